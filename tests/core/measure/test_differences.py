"""Each test of two runs, by hand where that is possible."""

import numpy as np
import pytest
from scipy import stats

from holdfast.core.journal.events import Header, Outcome, Probe, Run, RunPhase, Stream, StreamWhat
from holdfast.core.measure.differences import TESTS
from holdfast.core.measure.run import RunView


def run(*events, ends_s=600.0):
    return RunView(Header(warmup_s=0.0), [*events, Run(at_s=ends_s, phase=RunPhase.ENDED)])


def pings(pattern, target="ping", total_s=0.1, every_s=1.0):
    """``.`` is answered, ``x`` is not."""
    return [
        Probe(at_s=i * every_s, method="http", target=target, total_s=total_s,
              outcome=Outcome.OK if c == "." else Outcome.RESET)
        for i, c in enumerate(pattern)
    ]  # fmt: skip


def stream(at_s):
    rows = [Stream(at_s=0, what=StreamWhat.OPENING, transport="ws", session=1)]
    return rows + [Stream(at_s=t, what=StreamWhat.MESSAGE, transport="ws", session=1) for t in at_s]


def results(before, after, seed=1):
    rng = np.random.default_rng(seed)
    rows = [t(before, after, rng) for t in TESTS]
    return {row.measure: row for row in rows if row is not None}


def test_without_evidence_in_both_there_is_no_test():
    assert results(run(), run()) == {}
    assert results(run(*pings("..")), run()) == {}
    assert set(results(run(*pings("..")), run(*pings("..")))) == {"ping.ok_ratio", "ping.p50_s"}


def test_shares_by_newcombe_and_fisher():
    """56/70 and 48/80: Newcombe's own example, 0.0524 to 0.3339 for their difference."""

    def spread(ok, sent):
        # Failures as evenly spread as can be: no run of them, so all probes count.
        return "".join("x" if (i * (sent - ok)) % sent < sent - ok else "." for i in range(sent))

    one, two = spread(48, 80), spread(56, 70)
    assert (one.count("."), two.count(".")) == (48, 56)
    found = results(run(*pings(one)), run(*pings(two)))["ping.ok_ratio"]
    assert found.effect == pytest.approx(0.2)
    assert (found.low, found.high) == pytest.approx((0.0524, 0.3339), abs=5e-5)
    assert found.p == pytest.approx(stats.fisher_exact(np.array([[48, 32], [56, 14]])).pvalue)
    assert found.matters


def test_failures_in_one_long_outage_prove_less_than_failures_apart():
    clean = run(*pings("." * 100))
    apart = results(clean, run(*pings("....x" * 20)))["ping.ok_ratio"]
    outage = results(clean, run(*pings("." * 40 + "x" * 20 + "." * 40)))["ping.ok_ratio"]
    assert apart.after == outage.after == 0.8
    assert apart.p < 0.001
    assert outage.p > 0.05
    assert outage.high - outage.low > 2 * (apart.high - apart.low)


def test_not_permitted_probes_do_not_count():
    denied = [
        Probe(at_s=t, method="icmp", target="icmp", outcome=Outcome.NOT_PERMITTED, total_s=0)
        for t in range(9)
    ]
    assert results(run(*denied), run(*denied)) == {}


def slow(median_s, count=100):
    times = median_s * (1 + 0.1 * np.sin(np.arange(count) * 2.4))
    return [
        Probe(at_s=float(i), method="http", target="ping", outcome=Outcome.OK, total_s=float(t))
        for i, t in enumerate(times)
    ]


def test_latency_shift_is_found_with_its_size():
    found = results(run(*slow(0.040)), run(*slow(0.060)))["ping.p50_s"]
    assert found.effect == pytest.approx(0.020, abs=0.002)
    assert 0.015 < found.low < found.effect < found.high < 0.025
    assert found.p < 1e-4
    assert found.matters


@pytest.mark.parametrize(
    ("before_s", "after_s", "matters"),
    [(0.040, 0.0415, False), (0.040, 0.0425, True), (0.010, 0.0108, False), (0.010, 0.0115, True)],
)
def test_a_change_of_latency_matters_from_five_per_cent_and_one_millisecond(
    before_s, after_s, matters
):
    found = results(run(*slow(before_s)), run(*slow(after_s)))["ping.p50_s"]
    assert found.matters == matters


def test_equal_constant_latencies_are_no_difference():
    """In the simulated world every round trip may be the same."""
    found = results(run(*pings("." * 50)), run(*pings("." * 50)))["ping.p50_s"]
    assert (found.p, found.effect, found.matters) == (1.0, 0.0, False)


def steady(gaps_at=(), gap_s=5.0, ends_s=600):
    return [t + 0.0 for t in range(ends_s) if not any(g < t < g + gap_s for g in gaps_at)]


def test_gap_rates_by_the_exact_test():
    one = run(*stream(steady(range(50, 600, 200))))
    two = run(*stream(steady(range(10, 600, 40))))
    found = results(one, two)["stream.gaps_per_600_s"]
    assert (found.before, found.after) == (pytest.approx(3.0), pytest.approx(15.0))
    assert found.effect == pytest.approx(5.0)
    assert found.p == pytest.approx(stats.binomtest(15, 18, 0.5).pvalue)
    assert found.low < 5.0 < found.high
    assert (found.scale, found.matters) == ("ratio", True)


def test_no_gaps_at_all_are_no_difference():
    found = results(run(*stream(steady())), run(*stream(steady())))
    gaps, whole = found["stream.gaps_per_600_s"], found["stream.continuity"]
    assert (gaps.p, gaps.effect, gaps.low, gaps.high) == (1.0, None, 0.0, None)
    assert (whole.p, whole.effect, whole.low, whole.high) == (1.0, 0.0, 0.0, 0.0)


def test_gaps_where_there_were_none_have_no_upper_bound():
    found = results(run(*stream(steady())), run(*stream(steady(range(10, 600, 60)))))
    gaps = found["stream.gaps_per_600_s"]
    assert (gaps.effect, gaps.high) == (None, None)
    assert gaps.low > 1.0
    assert gaps.p < 0.01


def test_a_burst_of_gaps_proves_less_than_gaps_apart():
    clean = run(*stream(steady()))
    apart = results(clean, run(*stream(steady(range(10, 600, 60)))))["stream.gaps_per_600_s"]
    burst = results(clean, run(*stream(steady(range(300, 360, 6)))))["stream.gaps_per_600_s"]
    assert burst.after == pytest.approx(apart.after)
    assert burst.p > 0.2 > apart.p


def test_continuity_lost_throughout_is_certain_and_lost_once_is_not():
    clean = run(*stream(steady()))
    often = results(clean, run(*stream(steady(range(10, 600, 30)))))["stream.continuity"]
    once = results(clean, run(*stream(steady([300], gap_s=100.0))))["stream.continuity"]
    assert often.after == pytest.approx(once.after, abs=0.01)
    assert often.p < 0.01 < 0.05 < once.p
    assert often.low < often.effect < often.high < 0.0
    assert once.high == 0.0


def test_the_whole_lost_time_counts_wherever_spans_begin():
    lost = steady([595], gap_s=12.0, ends_s=620)
    found = results(run(*stream(steady())), run(*stream(lost), ends_s=620))["stream.continuity"]
    assert found.after == pytest.approx(1 - 12.0 / 620, abs=1e-9)
