"""The real driver: runs one machine on sockets, ICMP and serial lines.

Laws:
    - One ``TaskGroup`` a machine; every child is guarded, so that one bad peer ends
      nothing but its own connection.
    - What the machine or ``record`` raises ends the run, and is raised again from here.
    - When it returns, or is cancelled, every socket, port, thread and timer of it is gone
      or on its way out within a second.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Callable, Coroutine, Mapping
from math import inf
from random import Random
from typing import Any, Protocol, runtime_checkable

from holdfast.adapters.icmp import Pinger
from holdfast.adapters.pseudo_terminal import PseudoTerminal
from holdfast.adapters.radio_gate import RadioGate
from holdfast.adapters.serial_port import SerialPort
from holdfast.adapters.socket_errors import connect_failure
from holdfast.adapters.supervise import guard
from holdfast.adapters.tcp_client import TcpClient
from holdfast.adapters.tcp_link import TcpLink
from holdfast.adapters.tcp_server import Ports
from holdfast.core.journal.events import Event
from holdfast.core.link.transport import (
    Abort,
    Accepted,
    Action,
    AskTcp,
    Close,
    Connected,
    ConnectFailed,
    ConnectFailure,
    Echo,
    EchoFailed,
    Forget,
    Input,
    Listen,
    Machine,
    Open,
    PauseReading,
    Record,
    ResumeReading,
    Send,
    SerialIn,
    SerialOut,
    SetRadio,
    Stop,
    TcpSampled,
)
from holdfast.core.link.turns import Turns
from holdfast.errors import HoldfastError, LocalProtocolError

__all__ = ["Clock", "Interruptible", "drive"]

_FLUSH_S = 1.0  # what is still queued at the end gets so long to leave
_MAX_LATE_TURNS = 1_000_000  # timer calls in a row that were due already: a machine's bug


_ON_LINK: dict[type[Action], Callable[[TcpLink, Any], None]] = {
    Send: lambda link, action: link.send(action.data),
    Close: lambda link, _: link.close(),
    Abort: lambda link, _: link.abort(),
    Forget: lambda link, _: link.forget(),
    PauseReading: lambda link, _: link.pause(),
    ResumeReading: lambda link, _: link.resume(),
}


class Clock(Protocol):
    """Seconds on the run's clock."""

    def now(self) -> float:
        """Return the time."""
        ...


@runtime_checkable
class Interruptible(Protocol):
    """A machine that can be ended early in good order."""

    def interrupt(self, now: float) -> list[Action]:
        """Return the actions that end it."""
        ...


async def drive(
    machine: Machine,
    *,
    record: Callable[[Event], object],
    clock: Clock,
    ports: Mapping[int, int] | None = None,
    bind: str = "127.0.0.1",
    on_listening: Callable[[int, str, int], object] | None = None,
    serial: str | None = None,
    pty: Callable[[str], object] | None = None,
    stop: asyncio.Event | None = None,
    tls: ssl.SSLContext | None = None,
    rng: Random | None = None,
) -> str:
    """Run a machine until it stops, or until ``stop`` is set.

    Args:
        machine: What to run.
        record: Takes the events that it records.
        clock: The run's clock.
        ports: Real port of each logical port, 0 to pick one; bound from the start. A port
            that is not named here is picked when the machine first listens on it.
        bind: Numeric address of the ports.
        on_listening: Told of each port: logical port, address, real port.
        serial: Name of a serial port to read.
        pty: Told the name of a pseudo-terminal, made for what the machine writes to its
            serial line.
        stop: Ends the run early; a machine with ``interrupt`` does so in its own way.
        tls: Context for connections with TLS; the system's trust store by default.
        rng: Decides which chunks a twin's radio loses.

    Returns:
        The machine's reason, or ``"interrupted"``.

    Raises:
        UnreachableError: If a port cannot be bound or the serial port not opened.
        MissingExtraError: If the serial port needs pyserial.
    """
    driver = _Driver(
        machine,
        record=record,
        clock=clock,
        bind=bind,
        on_listening=on_listening,
        tls=tls,
        rng=rng,
    )
    await driver.run(ports or {}, serial=serial, pty=pty, stop=stop)
    return driver.why


class _Driver:
    """One machine's sockets, timer and turns."""

    group: asyncio.TaskGroup

    def __init__(
        self,
        machine: Machine,
        *,
        record: Callable[[Event], object],
        clock: Clock,
        bind: str,
        on_listening: Callable[[int, str, int], object] | None,
        tls: ssl.SSLContext | None,
        rng: Random | None,
    ) -> None:
        self._error: Exception | None = None
        self.why = ""
        self._over = asyncio.Event()
        self._machine = machine
        self._record = record
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._connections: dict[int, TcpLink | asyncio.Task[None]] = {}
        self._links: set[TcpLink] = set()
        self._all_gone = asyncio.Event()
        self._turns = Turns(machine, self._connections, now=clock.now, carry_out=self._carry_out)
        self._client = TcpClient(self._spawn, tls)
        self._pinger = Pinger(self._client.resolver, self._deliver)
        self._gate = RadioGate(clock.now, rng or Random(0))
        self._ports = Ports(bind, self._accept, self._spawn, on_listening)
        self._accepted = 0
        self._serial: SerialPort | None = None
        self._terminal: PseudoTerminal | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = inf
        self._late_turns = 0

    # --- beginning and end ---------------------------------------------------------

    async def run(
        self,
        ports: Mapping[int, int],
        *,
        serial: str | None,
        pty: Callable[[str], object] | None,
        stop: asyncio.Event | None,
    ) -> None:
        """Do all of it, from the first port to the last socket closed."""
        async with asyncio.TaskGroup() as self.group:
            try:
                self._open_host(ports, serial, pty)
                self._start(stop)
                await self._over.wait()
                await self._flush()
            except HoldfastError as exc:
                self._error = exc  # a group would wrap it
            finally:
                self._close()
        await self._wait_until_gone()
        if self._error is not None:
            raise self._error

    def _open_host(
        self, ports: Mapping[int, int], serial: str | None, pty: Callable[[str], object] | None
    ) -> None:
        for logical, real in ports.items():
            self._ports.bind(logical, real)
        if serial is not None:
            self._serial = SerialPort(serial, lambda data: self._deliver(SerialIn(data)))
        if pty is not None:
            self._terminal = PseudoTerminal()
            pty(self._terminal.name)

    def _start(self, stop: asyncio.Event | None) -> None:
        if stop is not None:
            self._spawn(self._interrupt(stop))
        self._turn(lambda: self._machine.start(self._clock.now()))

    async def _flush(self) -> None:
        for link in self._links:
            link.close()
        await self._wait_until_gone()

    async def _wait_until_gone(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_FLUSH_S):
                while self._links:
                    self._all_gone.clear()
                    await self._all_gone.wait()

    def _close(self) -> None:
        self._over.set()
        self._turns.is_over = True
        if self._timer is not None:
            self._timer.cancel()
        self._ports.close()
        for task in self._tasks:
            task.cancel()
        for link in self._links:
            link.kill()
        self._pinger.close()
        for medium in (self._serial, self._terminal):
            if medium is not None:
                medium.close()

    async def _interrupt(self, stop: asyncio.Event) -> None:
        await stop.wait()
        machine = self._machine
        if isinstance(machine, Interruptible):
            self._turn(lambda: machine.interrupt(self._clock.now()))
        self._stop("interrupted")

    def _stop(self, why: str) -> None:
        if not self._over.is_set():
            self.why = why
            self._turns.is_over = True
            self._over.set()

    def _fail(self, error: Exception) -> None:
        self._error = self._error or error
        self._stop(str(error))

    def _spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        task = self.group.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    # --- turns ---------------------------------------------------------------------

    def _deliver(self, event: Input) -> None:
        if self._over.is_set():
            return
        try:
            if self._turns.deliver(event):
                self._set_timer()
        except Exception as exc:  # noqa: BLE001  # called by the loop: nobody else would hear it
            self._fail(exc)

    def _turn(self, act: Callable[[], list[Action]]) -> None:
        try:
            if self._turns.take(act()):
                self._set_timer()
        except Exception as exc:  # noqa: BLE001  # called by the loop: nobody else would hear it
            self._fail(exc)

    def _set_timer(self) -> None:
        deadline_s = self._machine.deadline()
        if deadline_s >= self._timer_at or self._over.is_set():
            return  # a timer that comes too early asks again
        if self._timer is not None:
            self._timer.cancel()
        wait_s = deadline_s - self._clock.now()
        self._late_turns = 0 if wait_s > 0.0 else self._late_turns + 1
        if self._late_turns > _MAX_LATE_TURNS:
            raise LocalProtocolError("machine", f"{_MAX_LATE_TURNS} turns without waiting")
        self._timer_at = deadline_s
        self._timer = self._loop.call_later(max(0.0, wait_s), self._on_timer)

    def _on_timer(self) -> None:
        self._timer, self._timer_at = None, inf
        if self._over.is_set():
            return
        now = self._clock.now()
        if self._machine.deadline() > now:
            self._set_timer()
        else:
            self._turn(lambda: self._machine.on_timer(now))

    # --- actions -------------------------------------------------------------------

    def _carry_out(self, action: Action) -> None:
        match action:
            case Record(event):
                self._record(event)
            case Open():
                self._connections[action.conn] = self._spawn(self._open(action))
            case Echo():
                self._spawn(self._echo(action))
            case Listen(logical, mode):
                self._ports.listen(logical, mode)
            case SetRadio(radio):
                self._gate.set(radio)
                self._ports.set_reachable(self._gate.is_reachable)
            case SerialOut(text):
                if self._terminal is not None:
                    self._terminal.write(text)
            case Stop(why):
                self._stop(why)
            case AskTcp(conn):
                link = self._connections.get(conn)
                tcp = link.tcp_info() if isinstance(link, TcpLink) else None
                self._turns.answer(TcpSampled(conn, tcp))
            case _:
                self._carry_out_on_connection(action)

    def _carry_out_on_connection(self, action: Action) -> None:
        conn: int = getattr(action, "conn", 0)
        if isinstance(action, Close | Abort | Forget):
            link = self._connections.pop(conn, None)
        else:
            link = self._connections.get(conn)
        if isinstance(link, asyncio.Task):
            if conn not in self._connections:
                link.cancel()
            return
        if link is not None:
            _ON_LINK[type(action)](link, action)

    # --- connections ---------------------------------------------------------------

    async def _open(self, action: Open) -> None:
        def fail(why: ConnectFailure, detail: str) -> None:
            self._deliver(ConnectFailed(action.conn, why, detail))

        async def work() -> None:
            try:
                await self._client.open(action, self._link)
            except (OSError, UnicodeError) as exc:
                fail(*connect_failure(exc))

        await guard(
            action.host, work(), on_error=lambda _, exc: fail(ConnectFailure.LOCAL, str(exc))
        )

    async def _echo(self, action: Echo) -> None:
        def fail(_: str, exc: Exception) -> None:
            self._deliver(EchoFailed(action.token, str(exc)))

        await guard(action.host, self._pinger.echo(action), on_error=fail)

    def _accept(self, logical: int, sock: socket.socket, peer: str) -> None:
        self._accepted += 1
        link = self._link(Accepted(-self._accepted, logical, peer))
        adopted = self._loop.connect_accepted_socket(lambda: link, sock)
        self._spawn(guard(peer, adopted, on_error=lambda *_: sock.close()))

    def _link(self, first: Connected | Accepted) -> TcpLink:
        gate = self._gate if isinstance(first, Accepted) else None
        return TcpLink(first, self._deliver, self._made, self._lost, gate)

    def _made(self, link: TcpLink) -> bool:
        """Enter an established connection, unless the machine gave it up meanwhile."""
        if self._over.is_set() or (link.conn > 0 and link.conn not in self._connections):
            return False
        self._connections[link.conn] = link
        self._links.add(link)
        return True

    def _lost(self, link: TcpLink) -> None:
        self._links.discard(link)
        if not self._links:
            self._all_gone.set()
