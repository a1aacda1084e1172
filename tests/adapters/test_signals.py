"""The first signal asks, the second one kills."""

import asyncio
import os
import signal
import subprocess
import sys

import pytest

from holdfast.adapters.signals import stop_on_signal


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_sets_the_event(number):
    async def main():
        stop = asyncio.Event()
        with stop_on_signal(stop):
            os.kill(os.getpid(), number)
            await asyncio.wait_for(stop.wait(), 5)
        return stop.is_set()

    assert asyncio.run(main())


def test_without_a_signal_nothing_is_set_and_handlers_are_gone():
    async def main():
        stop = asyncio.Event()
        with stop_on_signal(stop):
            pass
        assert not asyncio.get_running_loop().remove_signal_handler(signal.SIGINT)
        return stop.is_set()

    assert not asyncio.run(main())


@pytest.mark.slow
def test_the_second_signal_ends_the_process():
    code = """
import asyncio, os, signal
from holdfast.adapters.signals import stop_on_signal
async def main():
    stop = asyncio.Event()
    with stop_on_signal(stop):
        os.kill(os.getpid(), signal.SIGTERM)
        await stop.wait()
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.Event().wait()
asyncio.run(main())
"""
    done = subprocess.run([sys.executable, "-c", code], timeout=20, check=False)
    assert done.returncode == -signal.SIGTERM
