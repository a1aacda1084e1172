"""One diagnosis of one target: the plan's probes and the live stream, as one machine.

Laws:
    - Everything worth knowing is a ``Record``; the run's ENDED, also of one that was aborted
      or interrupted, is the last of them, then comes ``Stop``, once, and nothing after.
    - At no moment are more connections open than the profile's ``max_connections``: one
      for the stream, one for the probe that runs, one for the telnet log where it is read.
      What does not fit is left out and noted.
    - HTTP probes run one after another, after the echo of their round has ended; the echo
      to the control target runs beside them, as it does not touch the device.
    - A tick is recorded when it begins; one that was skipped is named in a note.

Source: document 000 (plans, protocol of a run).
"""

from __future__ import annotations

import itertools
import math
from random import Random
from typing import TypeAlias

from holdfast.core.journal.events import Note, Run, RunPhase, Tick
from holdfast.core.link.transport import (
    Action,
    EchoFailed,
    EchoReply,
    Input,
    Record,
    SerialIn,
    Stop,
)
from holdfast.core.observe.body import body_reader
from holdfast.core.observe.credentials import Authorizer
from holdfast.core.observe.echo import EchoTrain
from holdfast.core.observe.http_probe import HttpProbe
from holdfast.core.observe.log_port import LogPort
from holdfast.core.observe.plan import Plan, Round
from holdfast.core.observe.settings import DiagnosisSettings
from holdfast.core.observe.site import Connections, Site
from holdfast.core.observe.sse_client import SseClient
from holdfast.core.observe.telnet_reader import TelnetReader
from holdfast.core.observe.ws_client import WsClient
from holdfast.core.wire.lines import Lines

__all__ = ["Diagnosis"]

_MAX_SERIAL_LINE = 4_096
"""Bytes; a longer serial line is binary noise at a wrong baud rate."""

_Client: TypeAlias = SseClient | WsClient | TelnetReader


class Diagnosis:
    """The observer of one target.

    Args:
        settings: What to do.
        rng: Source of every jitter.

    Attributes:
        connections: The run's budget of connections.

    Raises:
        ConfigError: If a sample path of the profile is malformed.
    """

    def __init__(self, settings: DiagnosisSettings, rng: Random) -> None:
        profile = settings.profile
        self._settings = settings
        self._plan = Plan(settings, rng)
        self.connections = Connections(profile.limits.max_connections)
        self._site = Site(
            settings.host,
            settings.port,
            tls=profile.tls,
            link=settings.link,
            authorizer=Authorizer(settings.authorization, settings.credentials, rng),
            connections=self.connections,
        )
        self._notes = list(self._plan.notes)
        self._clients = self._make_clients(rng)
        tokens = itertools.count(1)
        self._echoes = {
            "icmp": EchoTrain(settings.host, "icmp", self._site.link, tokens),
            "control": EchoTrain(settings.control, "control", settings.control, tokens),
        }
        endpoints = {"ping": profile.ping, "health": profile.health, "metrics": profile.metrics}
        self._requests = {
            target: (endpoint, body_reader(endpoint, profile))
            for target, endpoint in endpoints.items()
            if endpoint is not None
        }
        self._serial_lines = Lines(_MAX_SERIAL_LINE)
        self._serial = LogPort("serial", self._site.link)
        self._round: Round | None = None
        self._queue: list[str] = []
        self._probe: HttpProbe | None = None
        self._is_backing_off = False
        self._is_over = False

    # --- the machine -------------------------------------------------------------------

    def start(self, now: float) -> list[Action]:
        """Begin the run."""
        settings = self._settings
        actions: list[Action] = [
            self._run(now, RunPhase.STARTED, self._site.link),
            self._run(now, RunPhase.PLAN),
        ]
        if settings.warmup_s:
            text = f"the first {settings.warmup_s:g} s are reported apart"
            actions.append(self._note(now, "warm-up", text))
        actions += [self._note(now, about, text) for about, text in self._notes]
        for client in self._clients:
            actions += client.start(now)
        return [*actions, *self._advance(now)]

    def receive(self, event: Input, now: float) -> list[Action]:
        """Hand one input to whom it concerns."""
        if self._is_over:
            return []
        if isinstance(event, SerialIn):
            lines = self._serial_lines.receive(event.data)
            return [*self._serial.take([line[:_MAX_SERIAL_LINE] for line in lines], now)]
        if isinstance(event, EchoReply | EchoFailed):
            actions = [
                action for echo in self._echoes.values() for action in echo.receive(event, now)
            ]
            return [*actions, *self._advance(now)]
        owner = self.connections.owner(event.conn)
        if owner is None:
            return []
        actions = owner.receive(event, now)
        return [*actions, *self._advance(now)] if owner is self._probe else actions

    def on_timer(self, now: float) -> list[Action]:
        """Let everything that is due act; harmless when called early."""
        if self._is_over or now < self.deadline():
            return []
        if now >= self._settings.duration_s:
            return self._end(now, "the run is complete")
        actions: list[Action] = []
        for client in self._clients:
            actions += client.on_timer(now)
        for echo in self._echoes.values():
            actions += echo.on_timer(now)
        if self._probe is not None:
            actions += self._probe.on_timer(now)
        if now >= self._serial.deadline():
            actions += self._serial.flush(now)
        return [*actions, *self._advance(now)]

    def deadline(self) -> float:
        """Return when :meth:`on_timer` must run next; ``inf`` once it is over."""
        if self._is_over:
            return math.inf
        due_s = min(
            self._settings.duration_s,
            self._next_probe_s(),
            self._echoes["icmp"].deadline(),
            self._echoes["control"].deadline(),
            self._serial.deadline(),
        )
        for client in self._clients:
            due_s = min(due_s, client.deadline())
        return due_s

    def interrupt(self, now: float) -> list[Action]:
        """End the run early because the user asked for it."""
        return self._end(now, "interrupted", RunPhase.INTERRUPTED)

    def abort(self, now: float, why: str) -> list[Action]:
        """End the run early because of what it found; ``why`` is a clause for people."""
        return self._end(now, why, RunPhase.ABORTED)

    # --- making ------------------------------------------------------------------------

    def _make_clients(self, rng: Random) -> list[_Client]:
        """Make what holds a connection for long, as far as the budget goes."""
        settings, profile, site = self._settings, self._settings.profile, self._site
        clients: list[_Client] = []
        if settings.stream and profile.stream is not None:
            kind = WsClient if profile.stream.kind == "ws" else SseClient
            clients.append(kind(profile.stream, site, rng))
        left = profile.limits.max_connections - len(clients)
        if self._plan.requests and not left:
            self._notes.append(
                ("probes-left-out", "the stream takes the only connection of the profile's limit")
            )
        port = profile.telnet_port
        if settings.telnet and settings.plan == "general" and port is not None:
            if left - bool(self._plan.requests) > 0:
                clients.append(TelnetReader(site, port, rng))
            else:
                text = f"no connection left of the profile's {profile.limits.max_connections}"
                self._notes.append(("telnet-left-out", text))
        return clients

    # --- probes --------------------------------------------------------------------------

    def _next_probe_s(self) -> float:
        if self._probe is not None:
            return self._probe.deadline()
        if self._round is None:
            return self._plan.deadline()
        return math.inf if self._echoes["icmp"].is_waiting else self._round.start_s

    def _advance(self, now: float) -> list[Action]:
        """Do the next things of the plan, as far as they are due."""
        actions: list[Action] = []
        while True:
            if self._probe is not None:
                if not self._probe.is_done:
                    return actions
                actions += self._learn(self._probe, now)
                self._probe = None
            if self._round is None:
                self._round = self._plan.take(now)
                if self._round is None:
                    return actions
                self._queue = list(self._round.targets)
                actions += self._announce(self._round, now)
            if self._queue and (now < self._round.start_s or self._echoes["icmp"].is_waiting):
                return actions
            if not self._queue:
                self._round = None
            else:
                actions += self._begin(self._queue.pop(0), now)

    def _announce(self, due: Round, now: float) -> list[Action]:
        actions: list[Action] = []
        if due.skipped:
            first, last = due.skipped[0], due.skipped[-1]
            which = f"tick {first}" if first == last else f"ticks {first} to {last}"
            text = f"{which} skipped: the probes of an earlier one still ran"
            actions.append(self._note(now, "tick-skipped", text))
        if due.tick is not None:
            tick = Tick(at_s=now, source="plan", link=self._site.link, n=due.tick, due_s=due.due_s)
            actions.append(Record(tick))
        return actions

    def _begin(self, target: str, now: float) -> list[Action]:
        if target == "icmp":
            actions = self._echoes["icmp"].send(now)
            if self._queue[:1] == ["control"]:
                del self._queue[0]
                actions += self._echoes["control"].send(now)
            return actions
        endpoint, reader = self._requests[target]
        self._probe = HttpProbe(self._site, target, endpoint, reader)
        return self._probe.start(now)

    def _learn(self, probe: HttpProbe, now: float) -> list[Action]:
        """Take from a probe what the plan goes by."""
        if probe.result is None:
            return []
        self._plan.note_request(is_ok=probe.result.outcome.is_ok)
        heap = None if probe.sample is None else probe.sample.values.get("heap_free_bytes")
        if isinstance(heap, float | int):
            self._plan.note_heap(heap)
        if self._plan.is_backing_off is self._is_backing_off:
            return []
        self._is_backing_off = self._plan.is_backing_off
        if not self._is_backing_off:
            return [self._note(now, "backed-off-ended", "requests as planned again")]
        text = f"half as many requests: {self._plan.why_backing_off()}"
        return [self._note(now, "backed-off", text)]

    # --- the end ---------------------------------------------------------------------------

    def _end(self, now: float, why: str, early: RunPhase | None = None) -> list[Action]:
        if self._is_over:
            return []
        self._is_over = True
        actions: list[Action] = [] if early is None else [self._run(now, early, why)]
        if self._probe is not None:
            actions += self._probe.cancel()
        for client in self._clients:
            actions += client.finish(now)
        return [*actions, *self._serial.flush(now), self._run(now, RunPhase.ENDED, why), Stop(why)]

    # --- records ---------------------------------------------------------------------------

    def _run(self, now: float, phase: RunPhase, text: str = "") -> Record:
        link, plan = self._site.link, self._settings.plan
        return Record(Run(at_s=now, source="plan", link=link, phase=phase, plan=plan, text=text))

    def _note(self, now: float, about: str, text: str) -> Record:
        return Record(Note(at_s=now, source="plan", link=self._site.link, about=about, text=text))
