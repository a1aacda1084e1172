import asyncio

import pytest

from holdfast.adapters.supervise import guard


def test_a_failing_handler_does_not_end_its_siblings():
    errors, done = [], []

    async def bad():
        raise ValueError("garbage")

    async def good():
        await failed.wait()
        done.append(True)

    def on_error(name, exc):
        errors.append((name, str(exc)))
        failed.set()

    async def main():
        global failed
        failed = asyncio.Event()
        async with asyncio.timeout(1), asyncio.TaskGroup() as group:
            group.create_task(guard("bad", bad(), on_error=on_error))
            group.create_task(guard("good", good(), on_error=on_error))

    asyncio.run(main())
    assert (errors, done) == ([("bad", "garbage")], [True])


def test_cancellation_passes():
    async def main():
        task = asyncio.get_running_loop().create_task(
            guard("idle", asyncio.Event().wait(), on_error=lambda *_: None)
        )
        asyncio.get_running_loop().call_soon(task.cancel)
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
