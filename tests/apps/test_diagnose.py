"""One diagnosis on real sockets."""

import asyncio

import pytest

from holdfast.apps.diagnose import diagnose, make_header, was_reached
from holdfast.core.journal.events import Header, Outcome, Probe, Stream, StreamWhat
from holdfast.core.link.target import Target
from holdfast.core.measure.run import RunView
from holdfast.errors import OutputError
from holdfast.testing.link_run import find_profile, short_settings
from holdfast.testing.running_twin import RunningTwin

DASHBOARD = find_profile("esp32-s3-dashboard", Target("127.0.0.1"))


def settings(port, for_s=1.5, **changes):
    return short_settings(Target("127.0.0.1", port), DASHBOARD, for_s=for_s, **changes)


@pytest.mark.slow
@pytest.mark.net
def test_a_healthy_twin_passes_and_has_no_cause():
    with RunningTwin() as twin:
        plan = settings(twin.port, for_s=4.0)
        done = asyncio.run(diagnose(plan, header=make_header(plan, seed=1)))
    assert was_reached(done.run)
    assert done.findings == []
    assert done.verdict.has_passed
    assert [e.seq for e in done.run.events if e.seq] == sorted(e.seq for e in done.run.events)


class FullDisk:
    """A journal that takes so many events."""

    def __init__(self, room):
        self.room = room
        self.kept = []

    def append(self, event):
        if len(self.kept) == self.room:
            raise OutputError("journal", "no space left on device")
        self.kept.append(event)
        return event


@pytest.mark.slow
@pytest.mark.net
def test_a_full_disk_ends_the_run_and_keeps_what_was_measured():
    journal = FullDisk(room=12)
    with RunningTwin() as twin:
        plan = settings(twin.port, for_s=60.0)
        done = asyncio.run(diagnose(plan, header=make_header(plan, seed=1), journal=journal))
    assert str(done.failure) == "journal: no space left on device"
    assert len(done.run.events) > 12
    assert done.run.end_s < 30.0


@pytest.mark.slow
@pytest.mark.net
def test_setting_stop_ends_the_run_early():
    async def main(plan):
        stop = asyncio.Event()
        return await diagnose(
            plan,
            header=make_header(plan, seed=1),
            stop=stop,
            on_event=lambda event, _watch: event.at_s > 0.5 and stop.set(),
        )

    with RunningTwin() as twin:
        done = asyncio.run(main(settings(twin.port, for_s=60.0)))
    assert done.run.end_s < 10.0
    assert was_reached(done.run)


def run_of(*events):
    return RunView(Header(), events)


@pytest.mark.parametrize(
    ("event", "reached"),
    [
        (Probe(at_s=0, method="http", target="ping", outcome=Outcome.OK, total_s=0.1), True),
        (
            Probe(
                at_s=0,
                method="http",
                target="ping",
                outcome=Outcome.NO_RESPONSE,
                total_s=4,
                connect_s=0.1,
            ),
            True,
        ),
        (
            Probe(
                at_s=0, method="http", target="ping", outcome=Outcome.CONNECT_REFUSED, total_s=0.1
            ),
            False,
        ),
        (Probe(at_s=0, method="icmp", target="icmp", outcome=Outcome.OK, total_s=0.1), True),
        (Probe(at_s=0, method="icmp", target="control", outcome=Outcome.OK, total_s=0.1), False),
        (Stream(at_s=0, what=StreamWhat.OPENED, transport="sse", session=1), True),
        (Stream(at_s=0, what=StreamWhat.REFUSED, transport="sse", session=1), False),
    ],
)
def test_reached_means_that_the_target_itself_answered(event, reached):
    assert was_reached(run_of(event)) is reached


def test_the_header_tells_the_plan_and_no_secret():
    plan = settings(8080, authorization="Basic c2VjcmV0")
    header = make_header(plan, seed=7, argv=("diagnose", "x"))
    assert (header.target, header.plan, header.seed) == ("127.0.0.1:8080", "general", 7)
    assert header.settings["criterion.00"].startswith("stream.continuity")
    assert "c2VjcmV0" not in repr(header)
