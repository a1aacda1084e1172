"""Messages that come again or out of order."""

from tests.core.explain.runs import Bench

from holdfast.core.explain.rules.stream.order_violation import check
from holdfast.core.journal.events import StreamWhat


def run(*messages, sessions=1):
    """One message a second; each is ``(device_seq, device_s)``."""
    bench = Bench()
    for session in range(sessions):
        bench.session = session + 1
        start_s = 100.0 * session
        bench._stream(start_s, StreamWhat.OPENING)
        bench._stream(start_s + 0.1, StreamWhat.OPENED)
        for i, (number, time_s) in enumerate(messages, start=1):
            bench._stream(start_s + i, StreamWhat.MESSAGE, device_seq=number, device_s=time_s)
    return bench.view()


def test_numbers_that_come_again_and_time_that_goes_back():
    (found,) = check(run((1, 1.0), (2, 2.0), (1, 1.0), (3, 3.0), (3, 3.0), (4, 4.0)))
    assert found.evidence[0].observed == 2.0
    assert (
        found.evidence[1].text == "stream 1 at 3.0 s: number 1 after 2, time 1.000 s after 2.000 s"
    )
    assert found.evidence[2].text == "stream 1 at 5.0 s: number 3 after 3"
    assert (found.from_s, found.to_s) == (3.0, 5.0)


def test_confidence_grows_with_their_number():
    few = run(*[(n, None) for n in (1, 2, 1, 3, 2)])
    many = run(*[(n, None) for n in (1, 2, 1, 3, 2, 4, 3, 5, 4, 6, 5)])
    assert check(few)[0].confidence < 0.8 <= check(many)[0].confidence


def test_one_fall_is_a_clock_that_was_set():
    assert not check(run((None, 5.0), (None, 3.0), (None, 4.0), (None, 5.0)))


def test_numbers_left_out_and_equal_times_are_in_order():
    assert not check(run((1, 1.0), (4, 1.0), (9, 1.0), (10, 2.0)))


def test_counters_that_wrap_begin_anew():
    wrap = [(n % 256, None) for n in range(250, 800)]
    assert not check(run(*wrap))
    assert not check(run((1, 4_294_967.0), (2, 0.1), (3, 4_294_967.0), (4, 0.1)))


def test_each_session_has_numbers_of_its_own():
    assert not check(run((1, 1.0), (2, 2.0), (3, 3.0), sessions=4))
