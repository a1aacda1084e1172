from holdfast.core.journal.events import LogLine, Note
from holdfast.core.observe.log_port import LINES_PER_S, LogPort


def events(records):
    return [record.event for record in records]


def test_lines_become_events_of_their_origin():
    port = LogPort("serial", "dev:80")
    (line,) = events(port.take([b"I (5) app: up"], 1.0))
    assert (line.origin, line.source, line.link, line.tag) == (
        "serial",
        "log.serial",
        "dev:80",
        "app",
    )
    assert port.take([b""], 1.0) == []


def test_a_flood_is_cut_and_counted():
    port = LogPort("telnet", "dev:80")
    told = events(port.take([b"x"] * 250, 1.0))
    assert len(told) == LINES_PER_S
    assert port.deadline() == 2.0
    (note,) = events(port.flush(2.0))
    assert isinstance(note, Note)
    assert note.about == "log-lines-dropped"
    assert note.text == "50 log lines dropped: more than 200 in one second"
    assert port.flush(3.0) == []


def test_the_next_second_has_its_own_lines():
    port = LogPort("serial", "")
    assert len(port.take([b"x"] * 200, 1.0)) == 200
    assert len(port.take([b"x"] * 200, 2.0)) == 200
    told = events(port.take([b"x"] * 201, 3.0)) + events(port.take([b"y"], 4.0))
    assert [type(e) for e in told[-2:]] == [Note, LogLine]


HISTORY = [
    b"=== Remote Log ===",
    b"--- Recent log history ---",
    b"[         1] INFO  one",
    b"[         2] INFO  two",
    b"--- End of history ---",
    b"[         3] INFO  three",
]


def test_history_is_told_as_history():
    told = events(LogPort("telnet", "").take(HISTORY, 9.0))
    assert [(e.source, e.text[-5:]) for e in told] == [
        ("log.telnet", "g ==="),
        ("log.telnet.history", "  one"),
        ("log.telnet.history", "  two"),
        ("log.telnet", "three"),
    ]


def test_history_that_is_repeated_is_told_once():
    """After a reconnect only what was missed meanwhile is new."""
    port = LogPort("telnet", "")
    port.take(HISTORY, 9.0)
    port.opened()
    again = [*HISTORY[:4], HISTORY[5], b"[         4] INFO  missed", *HISTORY[4:5]]
    told = events(port.take(again, 20.0))
    assert [e.text[-6:] for e in told] == ["og ===", "missed"]
    assert {e.boot for e in told} == {1}


def test_history_cut_off_by_a_close_is_over():
    port = LogPort("telnet", "")
    port.take(HISTORY[:3], 9.0)
    port.opened()
    assert events(port.take([b"live"], 20.0))[0].source == "log.telnet"


def test_what_is_remembered_is_bounded():
    port = LogPort("telnet", "")
    for n in range(2_000):
        port.take([b"line %d" % n], float(n))
    assert len(port._seen) == 256
