import itertools
import re

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.adapters.render.examples import (
    HEADER,
    blocked_findings,
    blocked_run,
    healthy_run,
    http,
    numbered,
)

from holdfast.adapters.render.timeline import WIDTH, axis_ticks, merged, timeline
from holdfast.core.journal.events import Outcome
from holdfast.core.measure.run import RunView


def test_ticks_are_round_and_few():
    assert axis_ticks(600.0) == [0, 120, 240, 360, 480, 600]
    assert axis_ticks(4.0) == [0, 1, 2, 3, 4]
    assert axis_ticks(86_400.0) == [0, 21_600, 43_200, 64_800, 86_400]
    assert axis_ticks(0.5) == [0]


@given(st.floats(0.5, 1e8))
def test_there_are_never_more_than_eight_ticks(span_s):
    assert 1 <= len(axis_ticks(span_s)) <= 8


def test_marks_that_touch_are_joined_and_a_moment_is_still_seen():
    from_s, to_s = np.array([0.0, 1.0, 5.0]), np.array([1.0, 2.0, 5.0])
    unit = WIDTH // 10
    assert merged(from_s, to_s, 10.0) == [(0, 2 * unit), (5 * unit, 1)]
    assert merged(np.array([]), np.array([]), 10.0) == []


def test_a_mark_at_the_very_end_stays_inside():
    assert merged(np.array([10.0]), np.array([14.0]), 10.0) == [(WIDTH - 1, 1)]


@given(st.lists(st.tuples(st.floats(0, 1000), st.floats(0, 50)), max_size=60))
def test_joining_loses_no_mark(spans):
    spans = sorted((a, a + length) for a, length in spans)
    from_s, to_s = np.array([a for a, _ in spans]), np.array([b for _, b in spans])
    found = merged(from_s, to_s, 1000.0)
    assert all(a + w <= b for (a, w), (b, _) in itertools.pairwise(found))
    for begin in from_s:
        unit = min(int(begin / 1000.0 * WIDTH), WIDTH - 1)
        assert any(x <= unit < x + width for x, width in found)


def test_every_failure_of_a_day_is_drawn():
    fail_at = [5.0 * n for n in range(17_280) if n % 1000 == 500]
    events = [
        http(5.0 * n, "ping", Outcome.RESET if 5.0 * n in fail_at else Outcome.OK)
        for n in range(17_280)
    ]
    rows = timeline(RunView(HEADER, numbered(events)), []).rows
    paths = {shape.kind: shape.path for shape in rows[0].shapes}
    assert paths["cut"].count("M") == len(fail_at)
    assert paths["ok"].count("M") < 50


def test_paths_hold_numbers_only():
    for row in timeline(blocked_run(), []).rows:
        for shape in row.shapes:
            assert re.fullmatch(r"(M\d+ \d+h\d+v\d+h-\d+z)*", shape.path)
            assert bool(shape.path) != bool(shape.spans)


def test_lanes_findings_and_axis_do_not_overlap():
    drawn = timeline(blocked_run(), blocked_findings())
    tops = [row.top for row in drawn.rows]
    assert all(b - a >= 40 for a, b in itertools.pairwise(tops))
    assert max(bar.top + 20 for bar in drawn.bars) <= drawn.lanes_top < tops[0]
    assert tops[-1] + 18 <= drawn.axis_top < drawn.height


def test_findings_are_numbered_stacked_and_labelled_where_there_is_room():
    blocked, wifi, heap = blocked_findings()
    again = msgspec.structs.replace(wifi, from_s=100.0, to_s=100.0)
    bars = timeline(blocked_run(), [blocked, wifi, again, heap]).bars
    assert [(b.number, b.top, b.label, b.is_cause) for b in bars] == [
        (1, 0, "server-blocked-by-stream", True),
        (2, 0, "", True),
        (2, 24, "", True),
        (3, 48, "heap-decline", False),
    ]
    assert (bars[0].x, bars[0].width) == ("6.667%", "50.000%")


def test_a_finding_at_the_end_is_still_wide_enough_for_its_number():
    wifi = msgspec.structs.replace(blocked_findings()[1], from_s=600.0, to_s=600.0)
    bar = timeline(blocked_run(), [wifi]).bars[0]
    assert (bar.x, bar.width) == ("97.000%", "3.000%")


def test_warm_up_is_marked_only_where_something_follows_it():
    assert timeline(blocked_run(), []).warmup == "15.000%"
    short = msgspec.structs.replace(HEADER, warmup_s=700.0)
    assert timeline(healthy_run(short), []).warmup == ""


def test_the_legend_has_only_what_occurs():
    kinds = [kind for kind, _, _ in timeline(healthy_run(), []).legend]
    assert kinds == ["ok", "open"]


def test_forms_differ_between_the_kinds_of_one_lane():
    """Told apart without colour: no two kinds of probe have the same strips."""
    forms = [
        strips
        for kind, _, strips in timeline(blocked_run(), []).legend
        if kind in {"ok", "late", "unconnected", "silent", "cut", "wrong"}
    ]
    assert len(forms) == len(set(forms)) == 4


@pytest.mark.parametrize("header", [HEADER])
def test_an_empty_run_is_drawn_as_an_empty_axis(header):
    drawn = timeline(RunView(header, []), [])
    assert drawn.rows == ()
    assert drawn.ticks == (("0.000%", "0:00"),)
