"""Throughput and round trip of the proxy without impairment beside haproxy and socat; delay kept.

The proxy, each peer and the load run in processes of their own; each repetition measures
direct, proxy and peers one after the other.
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import shutil
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.machine import Figure
from holdfast.adapters.event_loop import loop_factory

REPETITIONS = 5
THROUGHPUT_S = 2.0
TRIPS = 4_000
CONNECTIONS, CHUNKS_PER_S, DELAY_RUN_S = 1_000, 5_000, 4.0
DELAY_S, TARGET_EXCESS_S = 0.05, 0.002
TARGET_ROUND_TRIP = 1.1  # times haproxy's
START_S = 10.0
STAMP = struct.Struct("=d")


def _serve(listener: socket.socket) -> None:
    """Echo what begins with ``e``; swallow the rest and answer its size at the end."""
    while True:
        sock, _ = listener.accept()
        with sock:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            buffer, total = bytearray(1 << 20), 0
            is_echo = sock.recv(1) == b"e"
            while count := sock.recv_into(buffer):
                if is_echo:
                    sock.sendall(memoryview(buffer)[:count])
                total += count
            with contextlib.suppress(OSError):
                sock.sendall(b"%d" % total)


@contextlib.contextmanager
def server() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
        process = multiprocessing.get_context("fork").Process(
            target=_serve, args=(listener,), daemon=True
        )
        process.start()
        try:
            yield listener.getsockname()[1]
        finally:
            process.terminate()
            process.join()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


@contextlib.contextmanager
def started(argv: list[str], port: int = 0) -> Iterator[int]:
    """Run a proxy; its port is ``port``, or what its first line says."""
    pipe = subprocess.DEVNULL if port else subprocess.PIPE
    with subprocess.Popen(argv, stdout=pipe, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            if not port:
                port = int(process.stdout.readline().rpartition(":")[2])
            until = time.monotonic() + START_S
            while True:
                try:
                    socket.create_connection(("127.0.0.1", port)).close()
                    break
                except ConnectionRefusedError:
                    if time.monotonic() > until:
                        raise
                    time.sleep(0.02)
            yield port
        finally:
            process.terminate()


def holdfast(target: int, *options: str) -> contextlib.AbstractContextManager[int]:
    return started(
        [sys.executable, "-m", "holdfast", "proxy", "0", f"127.0.0.1:{target}", "--no-control",
         *options]
    )  # fmt: skip


@contextlib.contextmanager
def haproxy(target: int) -> Iterator[int]:
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "haproxy.cfg"
        path.write_text(
            "global\n nbthread 1\ndefaults\n mode tcp\n timeout connect 5s\n timeout client 60s\n"
            f" timeout server 60s\nlisten l\n bind 127.0.0.1:{port}\n server s 127.0.0.1:{target}\n"
        )
        with started(["haproxy", "-db", "-f", str(path)], port) as bound:
            yield bound


def socat(target: int) -> contextlib.AbstractContextManager[int]:
    port = free_port()
    return started(
        ["socat", f"TCP-LISTEN:{port},fork,reuseaddr,nodelay,bind=127.0.0.1",
         f"TCP:127.0.0.1:{target},nodelay"], port,
    )  # fmt: skip


def throughput(port: int) -> float:
    """Bytes per second that arrived, over one connection."""
    data = bytes(1 << 20)
    with socket.create_connection(("127.0.0.1", port)) as sock:
        sock.sendall(b"s")
        begin = time.monotonic()
        while time.monotonic() - begin < THROUGHPUT_S:
            sock.sendall(data)
        sock.shutdown(socket.SHUT_WR)
        total = b""
        while piece := sock.recv(100):
            total += piece
        return int(total) / (time.monotonic() - begin)


def round_trip(port: int) -> float:
    """Median round trip of 64 bytes, seconds."""
    with socket.create_connection(("127.0.0.1", port)) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.sendall(b"e")
        trips = []
        for number in range(TRIPS):
            begin = time.perf_counter()
            sock.sendall(bytes(64))
            got = 0
            while got < 64:
                got += len(sock.recv(64))
            if number >= TRIPS // 10:
                trips.append(time.perf_counter() - begin)
    return statistics.median(trips)


class _Receiver(asyncio.Protocol):
    """Takes stamped chunks and keeps how much later than configured they came."""

    def __init__(self, excess: list[float], arrived: asyncio.Semaphore) -> None:
        self._excess, self._arrived, self._rest = excess, arrived, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._arrived.release()

    def data_received(self, data: bytes) -> None:
        now, data = time.monotonic(), self._rest + data
        whole = len(data) - len(data) % STAMP.size
        self._excess += [now - at - DELAY_S for (at,) in STAMP.iter_unpack(data[:whole])]
        self._rest = data[whole:]


async def _delays(folder: Path) -> list[float]:
    """Excess of every chunk over the configured delay; the sender is paced by the clock."""
    spec = folder / "delay.toml"
    spec.write_text(f'[[latency]]\ndelay_s = {DELAY_S}\ndirection = "up"\n')
    loop, excess = asyncio.get_running_loop(), []
    arrived = asyncio.Semaphore(0)
    receiver = await loop.create_server(
        lambda: _Receiver(excess, arrived), "127.0.0.1", 0, backlog=1_024
    )
    target = receiver.sockets[0].getsockname()[1]
    with contextlib.ExitStack() as stack:
        port = await asyncio.to_thread(stack.enter_context, holdfast(target, "--impair", str(spec)))
        links = []
        for _ in range(CONNECTIONS):
            link, _ = await loop.create_connection(asyncio.Protocol, "127.0.0.1", port)
            links.append(link)
        for _ in range(CONNECTIONS):  # the delay of chunks, not of connecting, is the claim
            await asyncio.wait_for(arrived.acquire(), START_S)
        begin, sent = time.monotonic(), 0
        while (passed := time.monotonic() - begin) < DELAY_RUN_S:
            while sent < passed * CHUNKS_PER_S:
                links[sent % CONNECTIONS].write(STAMP.pack(time.monotonic()))
                sent += 1
            await asyncio.sleep(0.001)
        await asyncio.sleep(1.0)
        for link in links:
            link.close()
        receiver.close()
        if len(excess) != sent:
            raise AssertionError(f"{sent} chunks were sent, {len(excess)} arrived")
    return sorted(excess)


def delays() -> list[float]:
    with (
        tempfile.TemporaryDirectory() as folder,
        asyncio.Runner(loop_factory=loop_factory()) as runner,
    ):
        return runner.run(_delays(Path(folder)))


def run() -> list[Figure]:
    peers = {name: start for name, start in (("haproxy", haproxy), ("socat", socat))
             if shutil.which(name)}  # fmt: skip
    for name in {"haproxy", "socat"} - peers.keys():
        print(f"proxy: {name} is not installed: skipped as a peer")
    ways = {"direct": contextlib.nullcontext, "holdfast": holdfast, **peers}
    rates: dict[str, list[float]] = {name: [] for name in ways}
    trips: dict[str, list[float]] = {name: [] for name in ways}
    late = {"p50": [], "p99": []}
    with server() as target:
        for _ in range(REPETITIONS):
            for name, start in ways.items():
                with start(target) as port:
                    rates[name].append(throughput(port) / 1e9)
                    trips[name].append(round_trip(port) * 1e6)
    for _ in range(REPETITIONS):
        excess = delays()
        late["p50"].append(excess[len(excess) // 2] * 1e3)
        late["p99"].append(excess[len(excess) * 99 // 100] * 1e3)
    return _figures(rates, trips, late)


def _figures(
    rates: dict[str, list[float]], trips: dict[str, list[float]], late: dict[str, list[float]]
) -> list[Figure]:
    def better(name: str) -> tuple[str, bool | None]:
        if name != "holdfast" or "haproxy" not in rates:
            return "a peer" if name != "holdfast" else "- (no haproxy here)", None
        is_met = statistics.median(rates[name]) >= statistics.median(rates["haproxy"])
        return ">= haproxy's", is_met

    def quick(name: str) -> tuple[str, bool | None]:
        if name != "holdfast" or "haproxy" not in trips:
            return "a peer" if name != "holdfast" else "- (no haproxy here)", None
        limit = TARGET_ROUND_TRIP * statistics.median(trips["haproxy"])
        return f"<= {TARGET_ROUND_TRIP} x haproxy's", statistics.median(trips[name]) <= limit

    figures = [Figure(f"{n}, throughput", "GB/s", v, *better(n)) for n, v in rates.items()]
    figures += [Figure(f"{n}, round trip p50", "us", v, *quick(n)) for n, v in trips.items()]
    limit = TARGET_EXCESS_S * 1e3
    return [
        *figures,
        Figure("delay beyond the configured, p50", "ms", late["p50"], "-", None),
        Figure(
            "delay beyond the configured, p99",
            "ms",
            late["p99"],
            f"< {limit:g} ms, 1,000 connections, 5,000 chunks/s",
            statistics.median(late["p99"]) < limit,
        ),
    ]


if __name__ == "__main__":
    for figure in run():
        print(figure.row())
