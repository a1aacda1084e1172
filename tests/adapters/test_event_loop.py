"""The loop is one that can be run, whichever is installed."""

import asyncio

from holdfast.adapters.event_loop import loop_factory


def test_what_is_returned_runs_a_coroutine():
    async def name():
        return type(asyncio.get_running_loop()).__module__

    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        assert runner.run(name()).split(".")[0] in {"asyncio", "uvloop"}
