"""What TCP makes of a bad network: everything, once, in order, only later."""

from math import inf
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.core.impair.black_hole import BlackHole
from holdfast.core.impair.corrupt import Corrupt
from holdfast.core.impair.cut import Cut
from holdfast.core.impair.dropout import Dropout
from holdfast.core.impair.duplicate import Duplicate
from holdfast.core.impair.gilbert_elliott import GilbertElliott
from holdfast.core.impair.impairment import NOTHING, ImpairedLink, Impairment
from holdfast.core.impair.latency import Latency
from holdfast.core.impair.loss import Loss
from holdfast.core.impair.modem_sleep import ModemSleep
from holdfast.core.impair.rate import Rate
from holdfast.core.impair.reorder import Reorder
from holdfast.core.impair.reset import Reset
from holdfast.core.impair.roam import Roam
from holdfast.core.impair.segments import Segments
from holdfast.core.impair.stall import Stall
from holdfast.core.impair.stream import HELD_LIMIT_BYTES, Lane, Released
from holdfast.core.impair.unit import Direction, End
from holdfast.core.impair.weak_antenna import WeakAntenna

HARMLESS = {
    "latency": Latency(delay_s=0.05, jitter_s=0.03, distribution="normal"),
    "loss": Loss(probability=0.3),
    "gilbert_elliott": GilbertElliott(to_bad=0.1, to_good=0.3),
    "rate": Rate(bits_per_s=1e6, queue_bytes=3_000),
    "reorder": Reorder(probability=0.3, by_s=0.2),
    "duplicate": Duplicate(probability=0.3),
    "corrupt": Corrupt(probability=0.2),
    "stall": Stall(for_s=0.5, every_s=1.0, jitter=0.5),
    "dropout": Dropout(away_s=1.0, every_s=3.0, jitter=0.3),
    "roam": Roam(every_s=1.0, after_s=0.2, far_loss=0.2),
    "weak_antenna": WeakAntenna(frame_loss=0.7, fade_every_s=1.0, fade_s=0.3),
    "modem_sleep": ModemSleep(miss_probability=0.2),
    "segments": Segments(size_bytes=7, gap_s=0.001),
}
ENDING = {
    "cut": Cut(after_bytes=700, how="close"),
    "reset": Reset(probability=0.02),
    "black_hole": BlackHole(after_s=0.3),
}


def lane(impairment, direction=Direction.UP, seed=1, notes=None):
    told = notes if notes is not None else []
    return Lane(
        ImpairedLink(impairment, Random(seed)),
        direction,
        opened_s=0.0,
        note=lambda what, at_s, values: told.append((what, at_s, values)),
    )


def drain(made, until_s=inf):
    """Return bytes, last release and times, by walking from deadline to deadline."""
    out, released, times = b"", Released(), []
    while (at_s := made.deadline()) < inf and at_s <= until_s:
        released = made.take(at_s)
        if released.chunks:
            times.append(at_s)
        out += b"".join(released.chunks)
        if released.is_finished or released.end:
            break
    return out, released, times


writes = st.lists(st.tuples(st.floats(0.0, 1.0), st.binary(max_size=3_000)), max_size=12)


def feed(made, steps, switch=None):
    sent, now, out = b"", 0.0, b""
    for number, (step_s, data) in enumerate(steps):
        now += step_s
        got, released, _ = drain(made, now)
        out += got
        if released.end:
            return sent, out, released
        if switch and number == len(steps) // 2:
            made.switch(ImpairedLink(switch, Random(5), now), now)
        made.put(data, now)
        sent += data
    made.put_end(now)
    got, released, _ = drain(made)
    return sent, out + got, released


@settings(max_examples=60, deadline=None)
@given(st.sets(st.sampled_from(sorted(HARMLESS))), writes, st.integers(0, 10_000), st.booleans())
def test_no_composition_loses_doubles_or_reorders_a_byte(names, steps, seed, is_switched):
    impairment = Impairment(**{name: (HARMLESS[name],) for name in names})
    for direction in Direction:
        made = lane(impairment, direction, seed)
        switch = Impairment(loss=(Loss(probability=0.2),)) if is_switched else None
        sent, out, released = feed(made, steps, switch)
        if released.end:  # a stack that gave up after its last try
            assert sent.startswith(out)
        else:
            assert out == sent
            assert released.is_finished
            assert made.held_bytes == 0
            assert not made.is_stalled


@settings(max_examples=40, deadline=None)
@given(
    st.sets(st.sampled_from(sorted(HARMLESS))),
    st.sampled_from(sorted(ENDING)),
    writes,
    st.integers(0, 10_000),
)
def test_what_ends_or_holds_a_connection_leaves_its_beginning(names, ending, steps, seed):
    tables = {name: (HARMLESS[name],) for name in names} | {ending: (ENDING[ending],)}
    sent, out, released = feed(lane(Impairment(**tables), seed=seed), steps)
    assert sent.startswith(out)
    if released.is_finished:
        assert out == sent


def test_a_loss_waits_for_the_ladder_and_then_all_comes_at_once():
    made = lane(Impairment(black_hole=(BlackHole(for_s=1.0),)))
    made.put(b"a", 0.0)
    made.put(b"b", 0.1)
    made.put(b"c", 1.1)
    # Linux: sent at 0, again after 0.2, 0.4, 0.8 s: at 0.2, 0.6, 1.4; b at 0.3, 0.7, 1.5.
    assert drain(made)[2] == pytest.approx([1.4, 1.5])
    assert made.held_bytes == 0


def test_the_device_waits_as_lwip_does():
    made = lane(Impairment(black_hole=(BlackHole(for_s=1.0),)), Direction.DOWN)
    made.put(b"a", 0.0)
    assert drain(made)[2] == [1.5]


def test_a_lost_segment_holds_back_those_behind_it():
    notes = []
    made = lane(Impairment(loss=(Loss(probability=0.5),)), seed=11, notes=notes)
    for number in range(10):
        made.put(bytes([number]), number * 0.001)
    lost = [at_s for what, at_s, _ in notes if what == "lost"]
    assert lost
    assert made.is_stalled
    out, _, times = drain(made)
    assert out == bytes(range(10))
    assert times[-1] >= lost[-1] + 0.2


def test_a_known_round_trip_lengthens_the_ladder():
    made = lane(Impairment(latency=(Latency(delay_s=0.5),)))
    for step in range(60):
        made.put(b"x", step * 1.0)
        drain(made, step + 0.9)
    assert made.delay_s == pytest.approx(0.5, abs=0.01)
    made.other = made
    made.switch(ImpairedLink(Impairment(black_hole=(BlackHole(),)), Random(1), 60.0), 60.0)
    made.put(b"y", 60.0)
    assert made.deadline() == pytest.approx(61.2, abs=0.02)


def test_a_stack_gives_up_in_the_end():
    notes = []
    made = lane(Impairment(black_hole=(BlackHole(),)), notes=notes)
    made.put(b"x" * 5_000, 0.0)
    out, released, _ = drain(made)
    assert (out, released.end) == (b"", End.RESET)
    whats = [what for what, _, _ in notes]
    assert whats.count("gave up") == 1
    assert 600.0 < notes[-1][1] < 1_200.0  # about a quarter of an hour, as Linux says


@pytest.mark.parametrize(("how", "end"), [("reset", End.RESET), ("close", End.CLOSE)])
def test_a_cut_lets_exactly_so_many_bytes_through(how, end):
    made = lane(Impairment(cut=(Cut(after_bytes=2_000, how=how),)))
    made.put(b"a" * 1_500, 0.0)
    made.put(b"b" * 1_500, 0.1)
    made.put(b"c", 0.2)
    out, released, _ = drain(made)
    assert out == b"a" * 1_500 + b"b" * 500
    assert released.end is end


def test_a_held_cut_goes_on_after_a_switch():
    made = lane(Impairment(cut=(Cut(after_bytes=10, how="hold"),)))
    made.put(b"0123456789abc", 0.0)
    made.put(b"def", 0.1)
    assert drain(made)[0] == b"0123456789"
    assert made.is_stalled
    assert made.deadline() == inf
    made.switch(ImpairedLink(NOTHING, Random(1), 5.0), 5.0)
    made.put_end(5.0)
    out, released, _ = drain(made)
    assert (out, released.is_finished) == (b"abcdef", True)


def test_a_switch_frees_what_is_delayed_but_not_what_is_lost():
    made = lane(Impairment(stall=(Stall(for_s=60.0),)))
    made.put(b"x", 0.0)
    assert (made.is_stalled, made.deadline()) == (True, 60.0)
    made.switch(ImpairedLink(NOTHING, Random(1), 2.0), 2.0)
    assert (made.is_stalled, made.deadline()) == (False, 2.0)
    lost = lane(Impairment(black_hole=(BlackHole(),)))
    lost.put(b"x", 0.0)
    drain(lost, 3.0)
    lost.switch(ImpairedLink(NOTHING, Random(1), 3.0), 3.0)
    assert drain(lost)[2] == pytest.approx([6.2])  # 0.2 + 0.4 + 0.8 + 1.6, then 3.2 s more


def test_a_silent_connection_is_reset_at_its_age():
    made = lane(Impairment(reset=(Reset(after_s=10.0),)))
    assert made.deadline() == 10.0
    assert made.take(9.9) == Released()
    assert made.take(10.0) == Released(end=End.RESET)


def test_pieces_leave_one_by_one_at_their_distance():
    made = lane(Impairment(segments=(Segments(size_bytes=3, gap_s=0.5),)))
    made.put(b"abcdefgh", 0.0)
    seen = []
    while made.deadline() < inf:
        at_s = made.deadline()
        seen.append((at_s, made.take(at_s).chunks))
    assert seen == [(0.0, (b"abc",)), (0.5, (b"def",)), (1.0, (b"gh",))]
    tight = lane(Impairment(segments=(Segments(size_bytes=3),)))
    tight.put(b"abcdefgh", 0.0)
    assert tight.take(0.0).chunks == (b"abc", b"def", b"gh")


def test_a_full_window_under_way_stops_the_sender():
    made = lane(Impairment(latency=(Latency(delay_s=1.0),)))
    made.put(b"x" * (HELD_LIMIT_BYTES - 1), 0.0)
    assert not made.is_stalled
    made.put(b"x", 0.0)
    assert made.is_stalled
    drain(made)
    assert not made.is_stalled


def test_a_broken_connection_ends_after_what_is_under_way():
    made = lane(Impairment(latency=(Latency(delay_s=1.0),)))
    made.put(b"last words", 0.0)
    made.break_off(End.RESET)
    made.put(b"too late", 0.1)
    assert made.take(0.5) == Released()
    assert made.take(1.0) == Released(chunks=(b"last words",), end=End.RESET)
