"""Twins in a process of their own, for benchmarks: what they cost is not the bench's."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator

__all__ = ["running_twins"]

CODE = """
import asyncio, sys
from random import Random
from holdfast.adapters.clock import RunClock
from holdfast.adapters.driver import drive
from holdfast.core.device.catalogue import make_twin

async def main(count, dialect):
    async with asyncio.TaskGroup() as group:
        for n in range(count):
            twin = make_twin("dashboard", dialect=dialect, settings={}, faults=[], rng=Random(n))
            group.create_task(drive(
                twin, record=lambda event: None, clock=RunClock(), ports={80: 0},
                on_listening=lambda logical, host, port: print(port, flush=True) if logical == 80 else None,
            ))

asyncio.run(main(int(sys.argv[1]), sys.argv[2]))
"""


@contextlib.contextmanager
def running_twins(count: int, dialect: str = "plan") -> Iterator[list[int]]:
    """Run ``count`` dashboard twins on loopback; give their ports; end them."""
    process = subprocess.Popen(
        [sys.executable, "-c", CODE, str(count), dialect],
        stdout=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield [int(process.stdout.readline()) for _ in range(count)]
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()
