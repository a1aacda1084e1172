import itertools
import math
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs
from tests.core.observe.bench import Bench

from holdfast.core.journal.events import (
    CloseClass,
    LogLine,
    Note,
    Outcome,
    Probe,
    Run,
    RunPhase,
    Sample,
    Stream,
    StreamWhat,
    Tick,
)
from holdfast.core.link.transport import (
    Connected,
    ConnectFailed,
    ConnectFailure,
    EchoFailed,
    EchoReply,
    PeerClosed,
    PeerReset,
    Received,
    SerialIn,
    TcpSampled,
)
from holdfast.core.observe.diagnosis import Diagnosis
from holdfast.core.observe.settings import DiagnosisSettings
from holdfast.core.profile import Endpoint, Limits, Profile, StreamSpec
from holdfast.errors import ConfigError

SSE = StreamSpec(kind="sse", path="/api/events")
WS = StreamSpec(kind="ws", path="/ws")
PROFILE = Profile(
    name="x",
    title="x",
    ping=Endpoint(path="/ping", expect_body="OK"),
    health=Endpoint(path="/health", body="json", limit_s=5.0),
    stream=SSE,
    telnet_port=23,
    samples={"uptime_s": "up", "heap_free_bytes": "heap"},
    limits=Limits(max_connections=3, min_heap_free_bytes=1_000),
)


def diagnosing(profile=PROFILE, **fields):
    wanted = {"host": "192.0.2.7", "port": 80, "profile": profile, "control": "192.0.2.1"}
    wanted |= {"jitter_s": 0.0, "duration_s": 60.0, "warmup_s": 0.0} | fields
    return Bench(Diagnosis(DiagnosisSettings(**wanted), Random(1)))


class Device(Bench):
    """A bench whose network holds one healthy device, answering after 10 ms."""

    def __init__(self, machine, *, body=b'{"up":5,"heap":5000}', silent=()):
        self._body = body
        self._silent = silent
        self._due: list[tuple[float, object]] = []
        self._streams: list[int] = []
        super().__init__(machine)

    def _carry(self, actions):
        for action in actions:
            before = {c: len(d) for c, d in self.sent.items()}
            echoes = len(self.echoes)
            super()._carry([action])
            at = self.now + 0.01
            if len(self.opens) > len(before):
                self._due.append((at, Connected(self.conn)))
            for conn, data in self.sent.items():
                if len(data) > before.get(conn, 0):
                    self._answer(conn, data, at)
            for echo in self.echoes[echoes:]:
                if echo.host not in self._silent:
                    self._due.append((at, EchoReply(echo.token, 0.01)))

    def _answer(self, conn, data, at):
        path = data.split(b" ", 2)[1].decode()
        if path in self._silent:
            return
        if path == "/api/events":
            head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
            self._due.append((at, Received(conn, head)))
            self._streams.append(conn)
        else:
            body = self._body if path == "/health" else b"OK"
            head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body)
            self._due.append((at, Received(conn, head + body)))

    def run(self, until_s):
        """Play the device's answers, and one message a second."""
        beat = 1.0
        while self.now < until_s and not self.stopped:
            self._due.sort(key=lambda entry: entry[0])
            first = self._due[0][0] if self._due else math.inf
            self.until(min(first, beat, until_s, max(self.now, self.machine.deadline())))
            if self.stopped:
                break
            while self._due and self._due[0][0] <= self.now:
                _, event = self._due.pop(0)
                if getattr(event, "conn", None) in {None, *self.open}:
                    self._carry(self.machine.receive(event, self.now))
            if self.now >= beat:
                beat += 1.0
                for conn in [c for c in self._streams if c in self.open]:
                    self._carry(self.machine.receive(Received(conn, b"data: x\n\n"), self.now))
        return self


def device(profile=PROFILE, *, body=b'{"up":5,"heap":5000}', silent=(), **fields):
    wanted = {"host": "192.0.2.7", "port": 80, "profile": profile, "control": "192.0.2.1"}
    wanted |= {"jitter_s": 0.0, "duration_s": 60.0, "warmup_s": 0.0} | fields
    machine = Diagnosis(DiagnosisSettings(**wanted), Random(1))
    return Device(machine, body=body, silent=silent)


def probes(bench, target):
    return [p for p in bench.of(Probe) if p.target == target]


def test_a_healthy_run_of_the_general_plan():
    bench = device().run(61.0)
    assert [p.outcome for p in bench.of(Probe)] == [Outcome.OK] * 38
    assert [len(probes(bench, t)) for t in ("icmp", "control", "ping", "health")] == [12, 12, 12, 2]
    assert [(t.n, t.due_s, t.at_s) for t in bench.of(Tick)] == [
        (n, 5.0 * n, 5.0 * n) for n in range(12)
    ]
    assert [s.values for s in bench.of(Sample)] == [{"uptime_s": 5, "heap_free_bytes": 5000}] * 2
    streams = bench.of(Stream)
    assert [e.what for e in streams[:2]] == [StreamWhat.OPENING, StreamWhat.OPENED]
    assert sum(e.what is StreamWhat.MESSAGE for e in streams) == 59
    assert (streams[-1].what, streams[-1].close) == (StreamWhat.CLOSED, CloseClass.BY_US)
    assert bench.of(Note) == []


def test_a_run_begins_and_ends_with_its_milestones():
    bench = device().run(61.0)
    assert [(r.phase, r.at_s, r.plan) for r in bench.of(Run)] == [
        (RunPhase.STARTED, 0.0, "general"),
        (RunPhase.PLAN, 0.0, "general"),
        (RunPhase.ENDED, 60.0, "general"),
    ]
    assert bench.records[0].phase is RunPhase.STARTED
    assert bench.records[-1].phase is RunPhase.ENDED
    assert bench.stopped == "the run is complete"
    assert bench.machine.deadline() == math.inf
    assert bench.machine.on_timer(99.0) == []
    assert bench.machine.interrupt(99.0) == []
    assert not bench.open


def test_the_probes_of_a_round_run_one_after_another():
    """Echo, ping, health: each begins when the one before has ended."""
    bench = device(control="").run(5.0)
    icmp, ping, health = bench.of(Probe)
    assert icmp.at_s == 0.0
    assert ping.at_s == icmp.at_s + icmp.total_s
    assert health.at_s == pytest.approx(ping.at_s + ping.total_s)


def test_a_lost_echo_holds_the_round_up_for_its_limit_only():
    bench = device(silent=("192.0.2.7",)).run(5.0)
    assert probes(bench, "icmp")[0].outcome is Outcome.NO_RESPONSE
    assert probes(bench, "ping")[0].at_s == 2.0


def test_a_silent_control_target_holds_nothing_up():
    bench = device(silent=("192.0.2.1",)).run(5.0)
    assert probes(bench, "control")[0].outcome is Outcome.NO_RESPONSE
    assert probes(bench, "ping")[0].at_s == 0.01
    assert probes(bench, "control")[0].link == "192.0.2.1"


@pytest.mark.parametrize("plan", ["a", "b"])
def test_plans_a_and_b_never_ask_for_health_or_send_icmp(plan):
    bench = device(plan=plan, telnet=True).run(61.0)
    asked = b"".join(bench.sent.values())
    assert b"/health" not in asked
    assert bench.echoes == []
    assert asked.count(b"GET /ping") == (6 if plan == "b" else 0)
    assert len(bench.of(Tick)) == 12
    assert all(opening.port == 80 for opening in bench.opens)


def test_without_stream_none_is_opened():
    bench = device(stream=False).run(61.0)
    assert bench.of(Stream) == []
    assert bench.peak == 1


def test_a_websocket_is_opened_where_the_profile_has_one():
    bench = diagnosing(structs.replace(PROFILE, stream=WS)).give(Connected(1), 0.01)
    assert b"Upgrade: websocket" in bench.sent[1]


def test_metrics_are_sampled_where_there_is_no_health():
    profile = structs.replace(
        PROFILE,
        health=None,
        metrics=Endpoint(path="/metrics", body="prometheus"),
        metric_samples={"uptime_s": "up"},
    )
    bench = diagnosing(profile, icmp=False, stream=False, control="")
    bench.give(Connected(1), 0.01)
    bench.give(Received(1, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK"), 0.02)
    bench.give(Connected(2), 0.03)
    bench.give(Received(2, b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nup 7\n"), 0.04)
    (sample,) = bench.of(Sample)
    assert (sample.source, sample.values) == ("metrics", {"uptime_s": 7.0})


# --- lateness --------------------------------------------------------------------------


def test_a_tick_that_falls_due_meanwhile_is_done_late_and_once():
    """A server that answers nothing: ping 4 s and health 5 s make each round 9 s."""
    bench = device(silent=("/ping", "/health"), stream=False).run(31.0)
    ticks = [(t.n, t.due_s, round(t.at_s, 2)) for t in bench.of(Tick)]
    assert ticks == [
        (0, 0.0, 0.0),
        (1, 5.0, 9.01),
        (2, 10.0, 13.02),
        (3, 15.0, 17.03),
        (4, 20.0, 21.04),
        (5, 25.0, 25.05),
        (6, 30.0, 30.0),
    ]
    assert {p.outcome for p in probes(bench, "ping")} == {Outcome.NO_RESPONSE}


def test_ticks_that_are_skipped_are_named():
    profile = structs.replace(PROFILE, ping=Endpoint(path="/ping", limit_s=17.0))
    bench = device(profile, silent=("/ping",), stream=False, health_every_s=600.0).run(40.0)
    assert [(t.n, round(t.at_s, 2)) for t in bench.of(Tick)] == [(0, 0.0), (3, 17.03), (6, 34.04)]
    assert [n.text for n in bench.of(Note)] == [
        "ticks 1 to 2 skipped: the probes of an earlier one still ran",
        "ticks 4 to 5 skipped: the probes of an earlier one still ran",
    ]


def test_a_device_that_keeps_failing_is_asked_less_and_that_is_said():
    bench = device(silent=("/ping", "/health"), duration_s=300.0, stream=False).run(301.0)
    (note,) = [n for n in bench.of(Note) if n.about != "tick-skipped"]
    assert (note.about, note.text) == (
        "backed-off",
        "half as many requests: 12 requests failed in a row",
    )
    before = [p for p in probes(bench, "ping") if p.at_s < note.at_s]
    after = [p.at_s for p in probes(bench, "ping") if p.at_s > note.at_s + 10.0]
    assert len(before) >= 8
    gaps = [b - a for a, b in itertools.pairwise(after)]
    assert sum(gaps) / len(gaps) == pytest.approx(10.0, abs=0.5)
    assert [t.n for t in bench.of(Tick)][-6:] == [54, 55, 56, 57, 58, 59]


def test_a_device_short_of_heap_is_asked_less():
    bench = device(body=b'{"up":5,"heap":999}').run(61.0)
    assert [n.about for n in bench.of(Note)] == ["backed-off"]
    assert len(probes(bench, "ping")) == 7


# --- the budget of connections -------------------------------------------------------------


@pytest.mark.parametrize(
    ("limit", "peak", "notes"),
    [(1, 1, ["probes-left-out", "telnet-left-out"]), (2, 2, ["telnet-left-out"]), (3, 3, [])],
)
def test_the_profile_s_limit_is_never_passed(limit, peak, notes):
    profile = structs.replace(PROFILE, limits=Limits(max_connections=limit))
    bench = device(profile, telnet=True).run(61.0)
    assert bench.peak == peak
    assert bench.machine.connections.peak == peak
    assert [n.about for n in bench.of(Note)] == notes
    assert any(opening.port == 23 for opening in bench.opens) is (limit == 3)


def test_the_telnet_log_is_read_only_where_it_is_asked_for():
    assert all(opening.port == 80 for opening in device().run(6.0).opens)
    bench = diagnosing(telnet=True)
    telnet = next(opening.conn for opening in bench.opens if opening.port == 23)
    bench.give(Connected(telnet), 0.01).give(Received(telnet, b"I (5) app: up\r\n"), 0.02)
    assert [line.origin for line in bench.of(LogLine)] == ["telnet"]


# --- ends, logs, permissions ---------------------------------------------------------------


def test_an_interrupted_run_closes_everything_and_says_so():
    bench = device().run(7.3)
    bench.carry(bench.machine.interrupt(7.3))
    assert [r.phase for r in bench.of(Run)][-2:] == [RunPhase.INTERRUPTED, RunPhase.ENDED]
    assert bench.stopped == "interrupted"
    assert not bench.open
    assert bench.stream()[-1] == "closed"


def test_an_aborted_run_says_why():
    bench = device().run(7.3)
    bench.carry(bench.machine.abort(7.3, "criterion missed"))
    aborted = bench.of(Run)[-2]
    assert (aborted.phase, aborted.text, bench.stopped) == (
        RunPhase.ABORTED,
        "criterion missed",
        "criterion missed",
    )


def test_an_unfinished_probe_leaves_no_record():
    bench = device(silent=("/ping",)).run(1.0)
    bench.carry(bench.machine.interrupt(1.0))
    assert probes(bench, "ping") == []
    assert not bench.open


def test_serial_lines_become_log_lines():
    bench = diagnosing()
    bench.give(SerialIn(b"ets Jun  8 2016 00:22:57\r\nrst:0x1 (POW"), 0.5)
    bench.give(SerialIn(b"ERON_RESET)\r\nI (5) a: pwd=x\r\n"), 0.6)
    assert [(e.at_s, e.origin, e.text, e.boot) for e in bench.of(LogLine)] == [
        (0.5, "serial", "ets Jun  8 2016 00:22:57", 1),
        (0.6, "serial", "rst:0x1 (POWERON_RESET)", 1),
        (0.6, "serial", "I (5) a: pwd=***", 1),
    ]


def test_where_icmp_is_forbidden_the_plan_goes_on_without_it():
    bench = diagnosing(stream=False)
    for echo in list(bench.echoes):
        bench.give(EchoFailed(echo.token, "", permitted=False), 0.1)
    assert len(bench.opens) == 1
    bench.until(59.0)
    assert len(bench.echoes) == 2
    assert [n.about for n in bench.of(Note)][:2] == ["icmp-not-permitted"] * 2


def test_the_warm_up_is_said():
    (note,) = diagnosing(warmup_s=90.0).of(Note)
    assert (note.about, note.text) == ("warm-up", "the first 90 s are reported apart")


def test_the_seed_decides_every_jitter():
    def starts(seed):
        wanted = DiagnosisSettings(
            host="192.0.2.7", port=80, profile=PROFILE, stream=False, duration_s=30.0
        )
        bench = Bench(Diagnosis(wanted, Random(seed))).until(29.0)
        return [p.at_s for p in bench.of(Probe)]

    assert starts(1) == starts(1)
    assert starts(1) != starts(2)


def test_no_secret_is_recorded():
    bench = device(authorization="Bearer hunter2").run(61.0)
    assert b"Authorization: Bearer hunter2" in bench.sent[1]
    assert "hunter2" not in repr(bench.records)


def test_a_malformed_sample_path_is_refused_at_once():
    with pytest.raises(ConfigError, match=r"samples\.uptime_s"):
        diagnosing(structs.replace(PROFILE, samples={"uptime_s": "up*x"}))


# --- whatever comes ------------------------------------------------------------------------

OK = b"HTTP/1.1 200 OK\r\n"
DATA = st.sampled_from(
    [OK + b"Content-Length: 2\r\n\r\nOK", OK + b"Content-Type: text/event-stream\r\n\r\n",
     b"data: {}\n\n", b":c\n\n", b"HTTP/1.1 503 B\r\nContent-Length: 0\r\n\r\n", OK,
     b"\xff\xfb\x01x\r\n",
     OK + b'Content-Length: 19\r\n\r\n{"up":5,"heap":900}']
) | st.binary(min_size=1, max_size=20)  # fmt: skip
CONN = st.integers(0, 3)
INPUTS = st.one_of(
    st.builds(Connected, CONN, st.just(""), st.none() | st.floats(0, 5)),
    st.builds(ConnectFailed, CONN, st.sampled_from(list(ConnectFailure)), st.text(max_size=5)),
    st.builds(Received, CONN, DATA),
    st.builds(PeerClosed, CONN),
    st.builds(PeerReset, CONN),
    st.builds(TcpSampled, CONN),
    st.builds(EchoReply, st.integers(0, 9), st.floats(0.0, 3.0)),
    st.builds(EchoFailed, st.integers(0, 9), st.text(max_size=5), st.booleans()),
    st.builds(SerialIn, st.binary(max_size=30)),
)


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.floats(0.0, 2.0), INPUTS), max_size=50),
    st.sampled_from(["general", "a", "b"]),
    st.sampled_from([SSE, WS, None]),
    st.integers(1, 4),
    st.booleans(),
)
def test_any_input_leaves_a_run_in_good_order(script, plan, stream, limit, telnet):
    profile = structs.replace(PROFILE, stream=stream, limits=Limits(max_connections=limit))
    bench = diagnosing(profile, plan=plan, telnet=telnet, tick_s=1.0, duration_s=40.0)
    for step, event in script:
        bench.until(bench.now + step)
        if bench.stopped:
            break
        if hasattr(event, "conn") and bench.opens:
            event = structs.replace(event, conn=max(1, bench.conn - event.conn))
            if event.conn not in bench.open:
                continue
        bench.give(event)
    bench.until(50.0)
    assert bench.stopped
    assert not bench.open
    assert bench.peak <= limit
    assert bench.records[-1].phase is RunPhase.ENDED
    streams = bench.of(Stream)
    for session in {e.session for e in streams}:
        whats = [e.what for e in streams if e.session == session]
        assert whats[0] is StreamWhat.OPENING
        assert whats[-1] in (StreamWhat.CLOSED, StreamWhat.REFUSED)
        assert sum(w in (StreamWhat.CLOSED, StreamWhat.REFUSED) for w in whats) == 1
        assert (StreamWhat.OPENED in whats) is (whats[-1] is StreamWhat.CLOSED)
    http = sorted((p for p in bench.of(Probe) if p.method == "http"), key=lambda p: p.at_s)
    for one, two in itertools.pairwise(http):
        assert two.at_s >= one.at_s + one.total_s - 1e-9
    ticks = [t.n for t in bench.of(Tick)]
    assert ticks == sorted(set(ticks))
