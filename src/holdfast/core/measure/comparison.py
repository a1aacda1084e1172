"""Comparison of runs: how much changed, and how certain that is.

The first run is the measure of the others. After warm-up, five kinds of measures are
tested, each by the method its data allow, and all together corrected by Holm's:

- shares of answered probes: Newcombe's interval of the difference and Fisher's exact
  test, both on the effective number of probes (the number over the correlation time);
- latency of answered pings: Mann-Whitney's rank test of block medians, and a block
  bootstrap of the difference of medians;
- gaps: exact conditional test of two Poisson rates, over-dispersion taken out;
- continuity: block bootstrap over spans of ten seconds.

A change is certain when its corrected p is below 0.05 and it is large enough to matter.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

import numpy as np
from msgspec import Struct

from holdfast.core.measure.comparability import caveats, obstacles
from holdfast.core.measure.differences import TESTS, PairTest
from holdfast.core.measure.resampling import holm
from holdfast.core.measure.summary import MEASURES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from holdfast.core.measure.run import RunView

__all__ = ["AUTOCORRELATION", "Change", "Comparison", "Difference", "PairComparison", "compare"]

AUTOCORRELATION: Final = (
    "Probes close in time fail together; shares use the effective number of probes, "
    "latency and continuity whole blocks longer than the correlation."
)
"""How dependence between neighbours is handled, for people."""

_ALPHA: Final = 0.05


class Change(StrEnum):
    """What a comparison says of the later run."""

    BETTER = "better"
    WORSE = "worse"
    NO_DIFFERENCE = "no_difference"
    NOT_COMPARABLE = "not_comparable"


class Difference(Struct, frozen=True, kw_only=True):
    """One measure in both runs.

    Attributes:
        measure: Its name.
        before: Its value in the run that is the measure.
        after: Its value in the other.
        scale: ``difference`` (after less before) or ``ratio`` (after over before).
        effect: The change on that scale; ``None`` where a ratio has no base.
        low: Lower end of its 95 % interval.
        high: Its upper end; ``None`` where unbounded.
        p: Chance of such a change without a cause, corrected for all tests.
        change: Better or worse where certain, else no difference.
        method: How it was tested.
    """

    measure: str
    before: float
    after: float
    scale: str
    effect: float | None
    low: float
    high: float | None
    p: float
    change: Change
    method: str

    def __str__(self) -> str:
        """Return effect and certainty in one clause."""
        unit = "" if self.scale == "difference" else " times"
        high = "any" if self.high is None else f"{self.high:+.3g}"
        low = f"{self.low:+.3g}"
        if self.scale == "ratio":
            low, high = low.lstrip("+"), high.lstrip("+")
        effect = "" if self.effect is None else f"{self.effect:+.3g}".lstrip("+" if unit else "")
        shown = f"{effect}{unit}, " if effect else ""
        chance = "p < 0.001" if self.p < 0.001 else f"p = {self.p:.3f}"  # a draw's resolution
        return (
            f"{self.measure} {self.before:.4g} -> {self.after:.4g} "
            f"({shown}95 % interval {low} to {high}{unit}, {chance})"
        )


class PairComparison(Struct, frozen=True, kw_only=True):
    """One run compared with the first.

    Attributes:
        before: Name of the first.
        after: Name of the other.
        change: What became of it.
        sentence: Effect and certainty, or why nothing is said, in one sentence.
        obstacles: Why the two cannot be compared.
        caveats: What to keep in mind.
        differences: The measures tested; nothing is certain where there are obstacles.
    """

    before: str
    after: str
    change: Change
    sentence: str
    obstacles: tuple[str, ...]
    caveats: tuple[str, ...]
    differences: tuple[Difference, ...]


class Comparison(Struct, frozen=True, kw_only=True):
    """All runs compared with the first.

    Attributes:
        change: The worst that any pair says; not comparable weighs most.
        pairs: One a run after the first.
        autocorrelation: How dependence between neighbours was handled.
    """

    change: Change
    pairs: tuple[PairComparison, ...]
    autocorrelation: str = AUTOCORRELATION


def compare(runs: Sequence[tuple[str, RunView]], rng: Random) -> Comparison:
    """Compare runs with the first of them.

    Args:
        runs: Name and run; two or more, the first is the measure of the others.
        rng: Seeds the resampling.

    Raises:
        ValueError: With fewer than two runs.
    """
    if len(runs) < 2:
        raise ValueError(f"a comparison needs at least 2 runs, got {len(runs)}")
    generator = np.random.default_rng(rng.getrandbits(64))
    first, *others = runs
    tested = [
        [t for probing in TESTS if (t := probing(first[1], run, generator)) is not None]
        for _, run in others
    ]
    corrected = iter(holm([t.p for row in tested for t in row]))
    pairs = []
    for (name, run), row in zip(others, tested, strict=True):
        against = obstacles(first[1], run, (first[0], name))
        found = tuple(_difference(t, next(corrected), is_fair=not against) for t in row)
        if not found:
            against.append("no measure has evidence in both")
        notes = caveats(first[1], run, (first[0], name))
        pairs.append(_pair(first[0], name, found, against, notes))
    order = (Change.NOT_COMPARABLE, Change.WORSE, Change.BETTER, Change.NO_DIFFERENCE)
    worst = next(c for c in order if any(p.change is c for p in pairs))
    return Comparison(change=worst, pairs=tuple(pairs))


def _pair(
    before: str,
    after: str,
    differences: tuple[Difference, ...],
    against: list[str],
    notes: list[str],
) -> PairComparison:
    worse = [d for d in differences if d.change is Change.WORSE]
    better = [d for d in differences if d.change is Change.BETTER]
    if against:
        change = Change.NOT_COMPARABLE
        sentence = f"{after} cannot be compared with {before}: {'; '.join(against)}."
    elif worse:
        change = Change.WORSE
        sentence = f"{after} is certainly worse than {before}: {_listed(worse)}"
        sentence += f"; better only in {_listed(better)}." if better else "."
    elif better:
        change = Change.BETTER
        sentence = f"{after} is certainly better than {before}: {_listed(better)}."
    else:
        change = Change.NO_DIFFERENCE
        least = min(differences, key=lambda d: (d.p, d.before == d.after))
        sentence = (
            f"No certain difference between {before} and {after} in {len(differences)} "
            f"measure{'s' if len(differences) > 1 else ''}; the clearest is {least}."
        )
    return PairComparison(
        before=before,
        after=after,
        change=change,
        sentence=sentence,
        obstacles=tuple(against),
        caveats=tuple(notes),
        differences=differences,
    )


def _listed(differences: list[Difference]) -> str:
    return ", ".join(str(d) for d in differences)


def _difference(test: PairTest, p: float, *, is_fair: bool) -> Difference:
    change = Change.NO_DIFFERENCE
    if is_fair and p < _ALPHA and test.matters and test.before != test.after:
        has_risen = test.after > test.before
        is_better = has_risen == (MEASURES[test.measure].better == "high")
        change = Change.BETTER if is_better else Change.WORSE
    return Difference(
        measure=test.measure,
        before=test.before,
        after=test.after,
        scale=test.scale,
        effect=test.effect,
        low=test.low,
        high=test.high,
        p=p,
        change=change,
        method=test.method,
    )
