"""One diagnosis of one target: run the plan, keep the journal, judge, explain.

observe -> journal -> measure -> judge -> explain -> report, on real sockets.
"""

from __future__ import annotations

import asyncio
import datetime
import time
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Protocol

import msgspec

from holdfast import __version__
from holdfast.adapters.clock import RunClock, host_clocks
from holdfast.adapters.driver import drive
from holdfast.core.explain.engine import explain
from holdfast.core.journal.clock_watch import ClockWatch
from holdfast.core.judge.verdict import judge
from holdfast.core.measure.run import RunView
from holdfast.core.observe.diagnosis import Diagnosis
from holdfast.core.observe.run_header import header_of
from holdfast.core.observe.watch import Watch
from holdfast.errors import HoldfastError, OutputError

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    from holdfast.core.explain.finding import Finding
    from holdfast.core.journal.events import Event, Header
    from holdfast.core.judge.verdict import Verdict
    from holdfast.core.observe.settings import DiagnosisSettings

__all__ = ["Diagnosed", "Journal", "diagnose", "make_header", "was_reached"]


class Journal(Protocol):
    """Where events go: a journal file, or nowhere."""

    def append(self, event: Event) -> Event:
        """Number the event and keep it."""
        ...


@dataclass(frozen=True, slots=True)
class Diagnosed:
    """A finished diagnosis.

    Attributes:
        run: Everything that was recorded.
        findings: Ranked findings.
        verdict: The verdict on the settings' criteria.
        ended: Why it ended, for people.
        failure: Why the journal could not be kept to the end; ``None`` where it was.
    """

    run: RunView
    findings: list[Finding]
    verdict: Verdict
    ended: str
    failure: OutputError | None = None


class _Recorder:
    """Numbers events and keeps them, in the journal as long as it takes them.

    Args:
        journal: Where events go besides memory; ``None`` for nowhere.
        stop: Set when the journal takes no more.

    Attributes:
        events: All events, numbered, in order.
        failure: Why the journal takes no more; ``None`` while it does.
    """

    def __init__(self, journal: Journal | None, stop: asyncio.Event) -> None:
        self.events: list[Event] = []
        self.failure: OutputError | None = None
        self._journal = journal
        self._stop = stop

    def append(self, event: Event) -> Event:
        """Keep the event; return it as numbered."""
        if self._journal is not None:
            try:
                event = self._journal.append(event)
            except OutputError as exc:
                self.failure, self._journal = exc, None
                self._stop.set()
        if self._journal is None:
            event = msgspec.structs.replace(event, seq=len(self.events) + 1)
        self.events.append(event)
        return event


def make_header(settings: DiagnosisSettings, *, seed: int, argv: tuple[str, ...] = ()) -> Header:
    """Return the header of a run that begins now.

    Args:
        settings: What will be done.
        seed: Seed of all randomness.
        argv: The command line, secrets already redacted.
    """
    return header_of(
        settings,
        seed=seed,
        tool=f"holdfast {__version__}",
        wall_at=datetime.datetime.now(datetime.UTC).astimezone().isoformat(timespec="milliseconds"),
        monotonic_s=time.monotonic(),
        argv=argv,
    )


async def diagnose(
    settings: DiagnosisSettings,
    *,
    header: Header,
    journal: Journal | None = None,
    serial: str | None = None,
    tls: ssl.SSLContext | None = None,
    stop: asyncio.Event | None = None,
    on_event: Callable[[Event, Watch], None] | None = None,
) -> Diagnosed:
    """Run one diagnosis to its end.

    Args:
        settings: What to do.
        header: The run's header; its anchor is the clock's zero.
        journal: Where events are kept; ``None`` keeps them in memory only.
        serial: Name of a serial port to read along; ``None`` for none.
        tls: How certificates are checked; ``None`` for the system's way.
        stop: Set from outside to end the run early; what was measured is judged.
        on_event: Called with each numbered event, for live display.

    A journal that cannot be written any more ends the run early; what was measured is
    still judged and explained.

    Raises:
        UnreachableError: If the serial port cannot be opened.
    """
    stop = stop or asyncio.Event()
    watch = Watch(Diagnosis(settings, Random(header.seed)), header, settings.criteria)
    recorder = _Recorder(journal, stop)
    error: HoldfastError | None = None
    ended = ""

    def record(event: Event) -> None:
        event = recorder.append(event)
        if on_event is not None:
            on_event(event, watch)

    clock = RunClock(header.monotonic_s)
    async with asyncio.TaskGroup() as group:
        steps = group.create_task(_watch_clocks(clock, watch, record))
        try:
            ended = await drive(
                watch, record=record, clock=clock, serial=serial, stop=stop, tls=tls
            )
        except HoldfastError as exc:
            error = exc  # a group would wrap it
        steps.cancel()
    if error is not None:
        raise error
    run = RunView(header, recorder.events)
    return Diagnosed(run, explain(run), judge(run, settings.criteria), ended, recorder.failure)


async def _watch_clocks(clock: RunClock, watch: Watch, record: Callable[[Event], None]) -> None:
    """Record each jump of the wall clock and each suspend of the host, until cancelled."""
    steps = ClockWatch()
    while True:
        wall_s, boot_s = host_clocks()
        step = steps.observe(wall_s, clock.now(), boot_s)
        if step is not None:
            watch.events.append(step)
            record(step)
        await asyncio.sleep(steps.every_s)


def was_reached(run: RunView) -> bool:
    """Whether the target ever answered anything: a connection, a byte, an echo."""
    if any(session.opened_s is not None for session in run.sessions):
        return True
    if any(run.probes(target).is_ok.any() for target in run.targets if target != "control"):
        return True
    http = run.http()
    return bool((~(http.connect_s != http.connect_s)).any())
