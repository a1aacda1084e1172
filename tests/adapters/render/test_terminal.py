import io
import random
import re

import msgspec
import pytest
from rich.console import Console
from tests.adapters.render.examples import (
    HEADER,
    blocked_findings,
    blocked_run,
    healthy_run,
    http,
    stream,
)

from holdfast.adapters.render.terminal import LiveView, print_run
from holdfast.core.explain.finding import Evidence
from holdfast.core.journal.events import CloseClass, Outcome, StreamWhat, Tick
from holdfast.core.judge.criteria import default_criteria
from holdfast.core.judge.verdict import judge
from holdfast.core.measure.run import RunView
from holdfast.core.observe.diagnosis import Diagnosis
from holdfast.core.observe.settings import DiagnosisSettings
from holdfast.core.observe.watch import Watch
from holdfast.core.profile import Endpoint, Profile

CRITERIA = default_criteria("general", has_health=True)
PROFILE = Profile(name="generic", title="Any", ping=Endpoint(path="/"))
SETTINGS = DiagnosisSettings(host="192.0.2.7", port=80, profile=PROFILE, link="192.0.2.7:80")


def console(*, width=80, encoding="utf-8", **more):
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding=encoding, write_through=True)
    made = Console(file=file, width=width, highlight=False, markup=False, emoji=False, **more)
    return made, lambda: raw.getvalue().decode(encoding)


def printed(run, findings=(), *, folder=None, criteria=CRITERIA, **more):
    out, text = console(**more)
    print_run(run, findings, judge(run, criteria), folder=folder, console=out)
    return text()


def test_the_verdict_and_the_chief_cause_stand_first():
    lines = printed(blocked_run(), blocked_findings()).splitlines()
    assert lines[:7] == [
        "192.0.2.7:80, plan general, 10 min",
        "✕ 4 of 5 criteria missed",
        "2 causes were found, the weightiest first:",
        "",
        "1. While a stream is open, the device's web server answers nobody else",
        "   server-blocked-by-stream: almost certain (0.97), 0:40 to 5:40",
        " - 0 of 58 pings were answered while the stream was open (0 %, limit 99 %)",
    ]
    assert len(lines) <= 40


@pytest.mark.parametrize("width", [40, 60, 80, 200])
def test_the_remedy_is_one_line_to_paste_whatever_the_width(width):
    finding = blocked_findings()[0]
    lines = printed(blocked_run(), [finding], width=width).splitlines()
    assert f"   {finding.remedy}" in lines
    others = [line for line in lines if finding.remedy not in line]
    assert max(len(line) for line in others) <= width


def test_what_was_missed_is_told_with_the_values_that_decided():
    text = printed(blocked_run(), blocked_findings())
    assert "✕  ping.ok_ratio (0.4902) >= 0.99" in text
    assert "health.context_names_total" not in text
    assert "HTTP ping 48.33 % (62 of 120 failed)" in " ".join(text.split())


def test_observations_and_minor_causes_have_a_line_each():
    blocked, wifi, heap = blocked_findings()
    more = [msgspec.structs.replace(wifi, code=f"other-{n}", title=f"Other {n}") for n in range(3)]
    text = printed(blocked_run(), [blocked, wifi, *more, heap])
    assert "Also found:\n4. Other 1 (likely, 7:31 to 7:42)\n5. Other 2" in text
    assert "Observed:\n6. Free heap falls by 5.7 kB a minute (very likely, 0:00 to 10:00)" in text


def test_a_repeated_cause_is_told_once():
    wifi = blocked_findings()[1]
    again = msgspec.structs.replace(wifi, from_s=182.0, to_s=189.0)
    text = printed(blocked_run(), [wifi, again])
    assert "wifi-dropout: likely (0.72), 7:31 to 7:42 and 1 more" in text
    assert text.count("The device left the Wi-Fi") == 2  # the headline and its card


def test_a_good_run_is_short():
    lines = printed(healthy_run()).splitlines()
    assert lines[1:3] == ["✓ All 5 criteria met", "No cause of trouble was found."]
    assert len(lines) < 10


def test_the_report_is_named_where_it_exists(tmp_path):
    assert "Report:" not in printed(healthy_run(), folder=tmp_path)
    (tmp_path / "report.html").write_text("x")
    text = printed(healthy_run(), folder=tmp_path, width=40)
    assert text.splitlines()[-1] == f"Report: {tmp_path / 'report.html'}"


def test_device_text_is_shown_not_executed():
    bad = "a\x1b[31m\x07[bold]b[/bold] :smile: \u202e"
    finding = msgspec.structs.replace(
        blocked_findings()[0], title=bad, remedy=bad, evidence=(Evidence(text=bad),)
    )
    text = printed(blocked_run(), [finding], force_terminal=True, color_system=None)
    assert "\x1b" not in text
    assert text.count("a\\x1b[31m\\x07[bold]b[/bold] :smile: \\u202e") == 4


def test_colour_obeys_no_color(monkeypatch):
    run = healthy_run()
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[1;32m" in printed(run, force_terminal=True, color_system="standard")
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[1;32m" not in printed(run, force_terminal=True, color_system="standard")


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
def test_a_terminal_without_our_signs_gets_others(encoding):
    finding = msgspec.structs.replace(blocked_findings()[0], title="温度 sensor")
    text = printed(blocked_run(), [finding], encoding=encoding)
    assert "x 4 of 5 criteria missed" in text
    assert "1. \\u6e29\\u5ea6 sensor" in text


def watch():
    return Watch(Diagnosis(SETTINGS, random.Random(1)), HEADER)


def shown(events, *, findings=(), settings=SETTINGS, quiet=False, **more):
    out, text = console(**more)
    seen = watch()
    seen.findings = list(findings)
    with LiveView(settings, quiet=quiet, console=out) as live:
        for event in events:
            live.update(event, seen)
    return text()


def test_without_a_terminal_there_is_a_line_a_tick():
    lines = shown(
        [
            Tick(at_s=0.0, n=0, due_s=0.0),
            http(0.1, "ping", took_s=0.025),
            http(0.2, "health", Outcome.NO_RESPONSE, took_s=5.0),
            stream(1.0, StreamWhat.OPENING),
            stream(1.1, StreamWhat.OPENED),
            stream(2.0, StreamWhat.MESSAGE),
            Tick(at_s=5.0, n=1, due_s=5.0),
            http(5.1, "ping", took_s=0.025),
            stream(6.0, StreamWhat.CLOSED, close=CloseClass.RESET),
            Tick(at_s=10.0, n=2, due_s=10.0),
        ]
    ).splitlines()
    assert lines == [
        "0:05  tick 0: ping 20.0 ms; health no answer within the limit; stream open, 1 message",
        "0:10  tick 1: ping 20.0 ms; stream closed: reset, 0 messages",
    ]


def test_a_finding_is_told_once_and_the_minute_brings_its_remedy():
    ticks = [Tick(at_s=5.0 * n, n=n, due_s=5.0 * n) for n in range(16)]
    text = shown(ticks, findings=blocked_findings()[:1])
    assert text.count("almost certain: While a stream is open") == 1
    assert "1:00  after a minute: change this: Take the stream out" in text
    assert text.count("after a minute") == 1


def test_observations_do_not_interrupt():
    ticks = [Tick(at_s=5.0 * n, n=n, due_s=5.0 * n) for n in range(16)]
    text = shown(ticks, findings=blocked_findings()[2:])
    assert "Free heap" not in text
    assert "1:00  after a minute: no cause found so far" in text


def test_a_refused_stream_and_a_gap_are_told():
    text = shown(
        [
            Tick(at_s=0.0, n=0, due_s=0.0),
            stream(1.0, StreamWhat.REFUSED, close=CloseClass.STATUS),
            Tick(at_s=5.0, n=1, due_s=5.0),
            stream(5.5, StreamWhat.GAP, for_s=4.0),
            Tick(at_s=10.0, n=2, due_s=10.0),
        ]
    )
    assert "stream attempt failed: status" in text
    assert "stream gap of 4.00 s at 0:05" in text


def test_quiet_shows_nothing():
    assert shown(blocked_run().events, quiet=True, findings=blocked_findings()) == ""


@pytest.mark.parametrize("width", [60, 100])
def test_on_a_terminal_lanes_are_drawn_and_fit(width):
    text = shown(
        blocked_run().events[:400],
        findings=blocked_findings(),
        width=width,
        force_terminal=True,
        color_system=None,
    )
    last = text.rpartition("192.0.2.7:80  ")[2]
    assert re.search(r"^ping    [▁-█✕]{12,} +\d+/\d+ ", last, re.MULTILINE)
    assert (
        max(len(re.sub(r"\x1b\[[^A-Za-z]*[A-Za-z]", "", line)) for line in last.splitlines())
        <= width
    )
    assert "✕✕✕" in last
    assert "1. While a stream is open" in last


def test_a_device_name_cannot_steer_the_terminal():
    settings = msgspec.structs.replace(SETTINGS, link="a\x1b[2Jb")
    event = http(1.0, "p\x1b[2Jq", took_s=0.01)
    text = shown([event], settings=settings, force_terminal=True, color_system=None, width=100)
    assert "a\\x1b[2Jb" in text
    assert "p\\x1b[2Jq" in text
    assert "\x1b[2J" not in text


def test_an_event_costs_next_to_nothing_between_pictures():
    """A stream of 200 messages a second must not be slowed by its own display."""
    out, text = console(force_terminal=True, color_system=None)
    seen = watch()
    with LiveView(SETTINGS, console=out) as live:
        live.update(http(0.3, "ping"), seen)
        size = len(text())
        for n in range(40):
            live.update(stream(0.3 + n * 0.005, StreamWhat.MESSAGE), seen)
        assert len(text()) == size


def test_an_empty_run_is_told_as_such():
    text = printed(RunView(HEADER, []))
    assert "! 5 of 5 criteria could not be judged" in text
