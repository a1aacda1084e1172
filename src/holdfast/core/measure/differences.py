"""Tests of two runs against each other, one a measure, each with effect and interval.

After warm-up. Neighbouring probes fail together, so each test works on an effective
number of probes or on whole blocks (``resampling``). Correction for the number of tests
is the caller's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

import numpy as np
from scipy import stats

from holdfast.core.journal.events import Outcome
from holdfast.core.measure.availability import wilson
from holdfast.core.measure.gaps import Continuity, continuity
from holdfast.core.measure.resampling import block_medians, bootstrap, correlation_time

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.core.measure.run import RunView

__all__ = ["TESTS", "PairTest"]

_SPAN_S: Final = 10.0
"""Continuity is cut into spans of this length: longer than the documents' gap limit of 3 s."""
_BURST_S: Final = 60.0
"""Gaps are counted per minute to see whether they come in bursts."""

_MATTERS: Final = {"share": 0.005, "latency": 0.05, "continuity": 0.005}
"""Smallest change worth a word: half a point, 5 % of a latency (and 1 ms, below which a
Wi-Fi round trip varies by itself)."""
_MATTERS_S: Final = 0.001


class PairTest(NamedTuple):
    """An uncorrected test of one measure.

    Attributes:
        measure: Its name.
        before: Its value in the run that is the measure.
        after: Its value in the other.
        scale: ``difference`` or ``ratio``.
        effect: The change on that scale; ``None`` where a ratio has no base.
        low: Lower end of its 95 % interval.
        high: Its upper end; ``None`` where unbounded.
        p: Chance of such a change without a cause.
        matters: Whether the change is large enough to speak of.
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
    matters: bool
    method: str


_Probing: TypeAlias = Callable[["RunView", "RunView", np.random.Generator], "PairTest | None"]


def _share(target: str) -> _Probing:
    def probing(before: RunView, after: RunView, _rng: np.random.Generator) -> PairTest | None:
        one, two = _answered(before, target), _answered(after, target)
        if not len(one) or not len(two):
            return None
        ratios = (float(one.mean()), float(two.mean()))
        # One run's failures may happen to be too few to show how they cluster.
        alike = max(correlation_time(one), correlation_time(two))
        sizes = [len(v) / alike for v in (one, two)]
        bounds = [wilson(r * n, n) for r, n in zip(ratios, sizes, strict=True)]
        change = ratios[1] - ratios[0]
        (low1, high1), (low2, high2) = bounds
        below = np.hypot(ratios[1] - low2, high1 - ratios[0])
        above = np.hypot(high2 - ratios[1], ratios[0] - low1)
        table = np.array(
            [[round(r * n), round((1 - r) * n)] for r, n in zip(ratios, sizes, strict=True)]
        )
        return PairTest(
            measure=f"{target}.ok_ratio",
            before=ratios[0],
            after=ratios[1],
            scale="difference",
            effect=change,
            low=float(change - below),
            high=float(change + above),
            p=float(stats.fisher_exact(table).pvalue),
            matters=abs(change) >= _MATTERS["share"],
            method="Newcombe, Fisher, effective sample size",
        )

    return probing


def _answered(run: RunView, target: str) -> NDArray[np.float64]:
    table = run.probes(target)
    sent = (table.at_s >= run.header.warmup_s) & ~table.has(Outcome.NOT_PERMITTED)
    return table.is_ok[sent].astype(float)


def _latency(before: RunView, after: RunView, rng: np.random.Generator) -> PairTest | None:
    one, two = _times(before), _times(after)
    if not len(one) or not len(two):
        return None
    medians = (float(np.median(one)), float(np.median(two)))
    change = medians[1] - medians[0]
    drawn = bootstrap(two, _median, rng), bootstrap(one, _median, rng)
    size = min(len(drawn[0]), len(drawn[1]))
    low, high = np.quantile(drawn[0][:size] - drawn[1][:size], (0.025, 0.975))
    p = stats.mannwhitneyu(block_medians(one), block_medians(two)).pvalue
    return PairTest(
        measure="ping.p50_s",
        before=medians[0],
        after=medians[1],
        scale="difference",
        effect=change,
        low=float(low),
        high=float(high),
        p=float(p),
        matters=abs(change) >= max(_MATTERS_S, _MATTERS["latency"] * medians[0]),
        method="Mann-Whitney of block medians, block bootstrap",
    )


def _median(values: NDArray[np.float64]) -> float:
    return float(np.median(values))


def _mean(values: NDArray[np.float64]) -> float:
    return float(values.mean())


def _times(run: RunView) -> NDArray[np.float64]:
    table = run.probes("ping")
    return table.total_s[(table.at_s >= run.header.warmup_s) & table.is_ok]


def _due(run: RunView) -> Continuity | None:
    return continuity(run, run.header.warmup_s, run.end_s)


def _gap_rate(before: RunView, after: RunView, _rng: np.random.Generator) -> PairTest | None:
    one, two = _due(before), _due(after)
    if one is None or two is None:
        return None
    bursts = np.concatenate([_per_span(d, _BURST_S, is_count=True) for d in (one, two)])
    spread = max(1.0, float(bursts.var() / bursts.mean())) if bursts.any() else 1.0
    counts = [round(len(d.at_s) / spread) for d in (one, two)]
    rates = [len(d.at_s) * 600.0 / d.window_s for d in (one, two)]
    low, high, p = 0.0, None, 1.0
    if sum(counts):
        share = two.window_s / (one.window_s + two.window_s)
        exact = stats.binomtest(counts[1], sum(counts), share)
        bounds = exact.proportion_ci(0.95, method="exact")
        scale = one.window_s / two.window_s
        low = float(bounds.low / (1 - bounds.low) * scale)
        high = float(bounds.high / (1 - bounds.high) * scale) if bounds.high < 1.0 else None
        p = float(exact.pvalue)
    return PairTest(
        measure="stream.gaps_per_600_s",
        before=rates[0],
        after=rates[1],
        scale="ratio",
        effect=rates[1] / rates[0] if rates[0] else None,
        low=low,
        high=high,
        p=p,
        matters=True,
        method="exact Poisson rate ratio, over-dispersion taken out",
    )


def _continuity(before: RunView, after: RunView, rng: np.random.Generator) -> PairTest | None:
    one, two = _due(before), _due(after)
    if one is None or two is None:
        return None
    lost = [_per_span(d, _SPAN_S, is_count=False) for d in (two, one)]
    drawn = [bootstrap(1.0 - row, _mean, rng) for row in lost]
    size = min(len(row) for row in drawn)
    changes = drawn[0][:size] - drawn[1][:size]
    low, high = np.quantile(changes, (0.025, 0.975))
    change = two.ratio - one.ratio
    tail = min(int((changes <= 0).sum()), int((changes >= 0).sum()))
    return PairTest(
        measure="stream.continuity",
        before=one.ratio,
        after=two.ratio,
        scale="difference",
        effect=change,
        low=float(low),
        high=float(high),
        p=min(1.0, 2.0 * (tail + 1) / (size + 1)),
        matters=abs(change) >= _MATTERS["continuity"],
        method="block bootstrap over spans of 10 s",
    )


def _per_span(due: Continuity, span_s: float, *, is_count: bool) -> NDArray[np.float64]:
    """Return gaps begun in each span, or the share of each that is gap, shape ``(n,)``."""
    count = max(1, round((due.to_s - due.from_s) / span_s))
    edges = np.linspace(due.from_s, due.to_s, count + 1)
    if is_count:
        return np.histogram(due.at_s, edges)[0].astype(float)
    ends = due.at_s + due.for_s
    lost_by = [float(np.clip(e - due.at_s, 0.0, ends - due.at_s).sum()) for e in edges]
    return np.clip(np.diff(lost_by) / np.diff(edges), 0.0, 1.0)


TESTS: Final[tuple[_Probing, ...]] = (
    _continuity,
    _gap_rate,
    _share("ping"),
    _latency,
    _share("health"),
    _share("icmp"),
)
"""Every test: ``(before, after, rng)`` to the result, ``None`` without evidence in both."""
