"""Off the air once, or again and again."""

import pytest
from tests.core.explain.runs import Bench, blocked

from holdfast.core.explain.finding import Severity
from holdfast.core.explain.rules.network.wifi_dropout import CODE, check
from holdfast.core.journal.events import CloseClass, Outcome

DOWN = Outcome.CONNECT_TIMEOUT


def test_everything_silent_at_once_is_a_drop_out():
    bench = Bench().stream(0.05, 104, CloseClass.RESET, quiet=[(80, 104)])
    bench.ticks(0, 80).ticks(80, 105, DOWN, icmp=False).ticks(105, 200)
    bench.uptimes(10, 200, -500.0)
    (found,) = check(bench.view())
    assert found.code == CODE
    assert found.severity is Severity.ERROR
    assert (found.from_s, round(found.to_s, 1)) == (80.1, 102.1)
    assert found.confidence >= 0.8
    texts = [e.text for e in found.evidence]
    assert "ICMP lost 5 of 5 in the same ticks" in texts
    assert "the open stream fell silent in the same time" in texts
    assert {r.code for r in found.ruled_out} == {"device-reboot"}


def test_without_icmp_the_silent_stream_tells():
    bench = Bench().stream(0.05, 200, None, quiet=[(80, 100)])
    bench.ticks(0, 80, icmp=None).ticks(80, 95, DOWN, icmp=None).ticks(95, 200, icmp=None)
    (found,) = check(bench.view())
    assert found.confidence >= 0.7


def test_without_icmp_and_stream_three_ticks_in_a_row_are_needed():
    def run(to_s):
        bench = Bench().ticks(0, 80, icmp=None).ticks(80, to_s, DOWN, icmp=None)
        return bench.ticks(to_s, 200, icmp=None).view()

    assert not check(run(90))
    assert len(check(run(95))) == 1


def test_a_flowing_stream_or_answered_icmp_clears_the_network():
    flowing = Bench().stream(0.05, 200, None).ticks(0, 80)
    assert not check(flowing.ticks(80, 100, DOWN, icmp=None).ticks(100, 200).view())
    answered = Bench().ticks(0, 80).ticks(80, 100, DOWN, icmp=True).ticks(100, 200)
    assert not check(answered.view())


def test_a_device_never_seen_before_has_not_dropped_out():
    assert not check(Bench().ticks(0, 30, DOWN, icmp=False).ticks(30, 100).view())


def test_what_the_device_says_adds_to_it():
    bench = Bench().ticks(0, 80).ticks(80, 95, DOWN, icmp=False).ticks(95, 200)
    plain = check(bench.view())[0].confidence
    bench.told(60, wifi_disconnects=0, uptime_s=600.0)
    bench.told(110, wifi_disconnects=1, wifi_last_reason=200, uptime_s=650.0)
    (found,) = check(bench.view())
    assert found.confidence > plain
    assert any(
        e.text.endswith("reason 200 (beacons missed: range, access point gone, or power save)")
        for e in found.evidence
    )


def test_a_counted_loss_between_the_probes_is_told_as_a_warning():
    bench = Bench().ticks(0, 200)
    bench.told(60, wifi_disconnects=3).told(90, wifi_disconnects=5)
    (found,) = check(bench.view())
    assert (found.severity, found.confidence) == (Severity.WARNING, 0.6)
    assert found.evidence[0].observed == 2.0
    # A counter that starts anew with the device counts nothing.
    reborn = Bench().ticks(0, 200).told(60, wifi_disconnects=0, uptime_s=900.0)
    assert not check(reborn.told(90, wifi_disconnects=1, uptime_s=20.0).view())


def test_a_counted_loss_that_the_stream_felt_is_sure():
    bench = Bench().ticks(0, 200, icmp=None).stream(0.05, 200, None, quiet=[(71, 74)])
    bench.told(60, wifi_disconnects=3).told(90, wifi_disconnects=4)
    (found,) = check(bench.view())
    assert (found.severity, found.confidence) == (Severity.ERROR, 0.8)
    assert (round(found.from_s), round(found.to_s)) == (70, 74)


def test_one_tick_that_fails_on_every_lane_is_enough():
    bench = Bench().stream(0.05, 200, None, quiet=[(79, 84)]).ticks(0, 80)
    bench.ticks(80, 85, DOWN, icmp=False).ticks(85, 200)
    assert len(check(bench.view())) == 1


@pytest.mark.parametrize(
    "line",
    [
        "I (4711) wifi:state: run -> init (c800)",
        "W (4711) wifi:bcn_timout,ap_probe_send_start",
        "W app: STA_DISCONNECTED reason: 200",
    ],
)
def test_serial_lines_tell_too(line):
    (found,) = check(Bench().ticks(0, 200).log(90, line).view())
    assert found.evidence[0].text == f"serial: {line}"
    assert not check(Bench().ticks(0, 200).log(90, "I wifi:state: assoc -> run (10)").view())


def test_isolated_timeouts_with_answers_between_are_a_series():
    bench = Bench().ticks(0, 300)
    for at_s in (51, 96, 141):
        bench.ask(at_s, DOWN).echo(at_s, False)
    (found,) = check(bench.view())
    assert (found.from_s, found.to_s) == (51.0, 143.0)
    assert found.severity is Severity.ERROR
    assert found.evidence[0].text.startswith("3 of 21 attempts to connect unanswered in 3 separate")


def test_a_single_loss_on_a_clean_run_is_none():
    assert not check(Bench().ticks(0, 300).ask(51, DOWN).echo(51, False).view())
    assert not check(Bench().ticks(0, 300).ask(51, DOWN).ask(96, DOWN).view())


def test_two_losses_count_with_late_connections_beside_them():
    bench = Bench().ticks(0, 300).ask(51, DOWN).ask(96, DOWN)
    for at_s in (61, 71, 81):
        bench.ask(at_s, connect_s=1.3)
    (found,) = check(bench.view())
    assert any("needed up to 1.3 s" in e.text for e in found.evidence)


def test_losses_far_apart_are_no_series():
    bench = Bench().ticks(0, 1200)
    for at_s in (51, 351, 651, 951):
        bench.ask(at_s, DOWN)
    assert not check(bench.view())


def test_syns_that_a_full_listen_queue_drops_are_not_the_network():
    assert not check(blocked().ticks(300.5, 400).view())


def test_the_control_target_rules_the_bench_out():
    bench = Bench().ticks(0, 80, control=True).ticks(80, 95, DOWN, icmp=False, control=True)
    (found,) = check(bench.ticks(95, 150, control=True).view())
    assert "observer-side" in {r.code for r in found.ruled_out}


def test_while_it_lasts_it_is_less_sure():
    bench = Bench().ticks(0, 80).ticks(80, 100, DOWN, icmp=False)
    (found,) = check(bench.view())
    assert found.confidence <= 0.7
