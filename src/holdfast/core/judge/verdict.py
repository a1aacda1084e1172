"""The verdict on a run: every criterion with the values that decided it.

A criterion is judged over the run after its warm-up, or over the last ``window_s`` of
that; one on an ``all.`` measure takes the warm-up in. Without evidence a criterion is
neither passed nor missed, and the run has not passed.
"""

from __future__ import annotations

import operator
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from holdfast.core.measure.summary import ALL, measures_between

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from holdfast.core.judge.criteria import Criterion
    from holdfast.core.measure.run import RunView

__all__ = ["Judgement", "Ruling", "Verdict", "first_missed_abort", "judge"]

_COMPARE: Final[dict[str, Callable[[float, float], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
}


class Ruling(StrEnum):
    """How a criterion, or a whole run, came out."""

    PASSED = "passed"
    MISSED = "missed"
    NO_EVIDENCE = "no_evidence"


class Judgement(Struct, frozen=True, kw_only=True):
    """One criterion, judged.

    Attributes:
        measure: Name of the measure.
        operator: How it was compared.
        limit: What it was compared with, SI units.
        observed: What was measured; ``None`` without evidence.
        ruling: How it came out.
        from_s: Start of the window judged, on the run's clock.
        to_s: End of that window.
        window_s: The window that the criterion asked for; ``None`` for the whole run.
        why: Where the limit comes from.
    """

    measure: str
    operator: str
    limit: float
    observed: float | None
    ruling: Ruling
    from_s: float
    to_s: float
    window_s: float | None = None
    why: str = ""

    def __str__(self) -> str:
        """Return the values that decided: ``stream.continuity (0.962) >= 0.99``."""
        limit = f"{self.limit:.6g}"
        over = "" if self.window_s is None else f" over {self.window_s:g} s"
        if self.observed is None:
            return f"{self.measure} (no evidence) {self.operator} {limit}{over}"
        shown = _shown(self.observed, float(limit), self.operator, self.ruling)
        return f"{self.measure} ({shown}) {self.operator} {limit}{over}"


class Verdict(Struct, frozen=True, kw_only=True):
    """All criteria of a run, judged.

    Attributes:
        ruling: ``missed`` if any was missed; else ``no_evidence`` if any had none, or
            there were none at all; else ``passed``.
        judgements: One a criterion, in their order.
    """

    ruling: Ruling
    judgements: tuple[Judgement, ...]

    @property
    def has_passed(self) -> bool:
        """Whether every criterion was met, with evidence."""
        return self.ruling is Ruling.PASSED

    def of(self, ruling: Ruling) -> list[Judgement]:
        """Return the judgements that came out so."""
        return [j for j in self.judgements if j.ruling is ruling]


def judge(run: RunView, criteria: Iterable[Criterion]) -> Verdict:
    """Judge a run.

    Args:
        run: The run.
        criteria: What must hold; known measures and operators only.
    """
    cache: dict[tuple[str, float, float], dict[str, float | None]] = {}
    judgements = tuple(_judgement(run, criterion, cache) for criterion in criteria)
    found = {j.ruling for j in judgements} or {Ruling.NO_EVIDENCE}
    worst = next(o for o in (Ruling.MISSED, Ruling.NO_EVIDENCE, Ruling.PASSED) if o in found)
    return Verdict(ruling=worst, judgements=judgements)


def first_missed_abort(run: RunView, criteria: Iterable[Criterion]) -> Judgement | None:
    """Return the first criterion that says ``abort`` and is missed by the run so far.

    Nothing is missed during warm-up; one with a window is not judged before the whole
    window lies behind the warm-up, so that a single failure does not fill it.
    """
    cache: dict[tuple[str, float, float], dict[str, float | None]] = {}
    since_s = run.end_s - run.header.warmup_s
    for criterion in criteria:
        if not criterion.abort or since_s <= 0.0 or since_s < (criterion.window_s or 0.0):
            continue
        judged = _judgement(run, criterion, cache)
        if judged.ruling is Ruling.MISSED:
            return judged
    return None


def _judgement(
    run: RunView,
    criterion: Criterion,
    cache: dict[tuple[str, float, float], dict[str, float | None]],
) -> Judgement:
    name = criterion.measure.removeprefix(ALL)
    to_s = run.end_s
    from_s = 0.0 if criterion.measure.startswith(ALL) else min(run.header.warmup_s, to_s)
    if criterion.window_s is not None:
        from_s = max(from_s, to_s - criterion.window_s)
    group = name.partition(".")[0]
    if (group, from_s, to_s) not in cache:
        cache[group, from_s, to_s] = measures_between(run, from_s, to_s, groups={group})
    observed = cache[group, from_s, to_s].get(name)
    if observed is None:
        ruling = Ruling.NO_EVIDENCE
    else:
        is_met = _COMPARE[criterion.operator](observed, criterion.limit)
        ruling = Ruling.PASSED if is_met else Ruling.MISSED
    return Judgement(
        measure=criterion.measure,
        operator=criterion.operator,
        limit=criterion.limit,
        observed=observed,
        ruling=ruling,
        from_s=from_s,
        to_s=to_s,
        window_s=criterion.window_s,
        why=criterion.why,
    )


def _shown(observed: float, limit: float, how: str, ruling: Ruling) -> str:
    """Return ``observed`` as short as still shows why it came out so: 0.98996, not 0.99."""
    for digits in (4, 6, 9, 12, 17):
        text = f"{observed:.{digits}g}"
        if _COMPARE[how](float(text), limit) == (ruling is Ruling.PASSED):
            return f"{float(text):.12g}" if digits < 17 else text  # not 1e+03
    return repr(observed)
