"""Every event survives the file; what is newer or damaged is counted, never guessed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.core.journal.codec import (
    READERS,
    Decoded,
    decode_header,
    encode_event,
    encode_header,
    line_decoder,
)
from holdfast.core.journal.events import (
    FORMAT,
    ClockStep,
    CloseClass,
    Header,
    LogLine,
    Note,
    Outcome,
    Probe,
    Run,
    RunPhase,
    Sample,
    Stream,
    StreamWhat,
    TcpInfo,
    Tick,
    Truth,
)
from holdfast.errors import UnreadableError

ONE_OF_EACH = [
    Run(at_s=0.0, seq=1, phase=RunPhase.PLAN, plan="general"),
    Tick(at_s=0.001, seq=2, n=0, due_s=0.0),
    Probe(
        at_s=0.1,
        seq=3,
        source="probe.ping",
        link="h:80",
        method="http",
        target="ping",
        outcome=Outcome.EARLY_CLOSE,
        total_s=0.3,
        tcp=TcpInfo(rtt_s=0.01, rttvar_s=0.002, retransmits=1),
    ),
    Stream(at_s=1.0, what=StreamWhat.CLOSED, transport="ws", close=CloseClass.BY_PEER, code=1001),
    Sample(at_s=2.0, values={"uptime_s": 3.0, "version": "é", "ok": True, "none": None}),
    LogLine(at_s=3.0, origin="serial", text="E (1) wifi: x", level="E", device_s=0.001, boot=1),
    ClockStep(at_s=4.0, what="suspend", by_s=30.0),
    Note(at_s=5.0, about="x", text="y"),
    Truth(at_s=6.0, what="fault", values={"name": "wifi-dropout"}),
]


def decode(block: bytes) -> Decoded:
    into = Decoded()
    line_decoder(Header())(block, into)
    return into


def test_every_kind_of_event_comes_back_equal():
    into = decode(b"".join(map(encode_event, ONE_OF_EACH)))
    assert into.events == ONE_OF_EACH
    assert (into.lines, into.bad_count, into.skipped) == (1 + len(ONE_OF_EACH), 0, {})


def test_the_header_says_its_format_even_where_it_is_the_default():
    header = Header(target="h:80", seed=7, argv=("diagnose", "h"), settings={"a.b": "1"})
    line = encode_header(header)
    assert line.startswith(b'{"format":1,')
    assert decode_header(line, path="j") == header


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b'{"format":2}', "journal format 2 is not known, only 1 to 1"),
        (b'{"format":0}', "journal format 0 is not known, only 1 to 1"),
        (b"{}", "the first line is no journal header"),
        (b"hello", "the first line is no journal header"),
        (b"", "the first line is no journal header"),
        (b"\xff\xfe", "the first line is no journal header"),
        (b"[" * 100_000, "the first line is no journal header"),
        (b'{"format":1,"seed":"x"}', "the journal header is damaged"),
    ],
)
def test_a_strange_header_is_refused_in_one_line(line, why):
    with pytest.raises(UnreadableError, match=why) as caught:
        decode_header(line, path="some/journal")
    assert str(caught.value).startswith("some/journal: ")
    assert "\n" not in str(caught.value)


def test_every_format_ever_written_has_its_reader():
    assert sorted(READERS) == list(range(1, FORMAT + 1))


def test_fields_of_a_newer_version_are_ignored():
    into = decode(b'{"kind":"note","at_s":1,"about":"a","text":"b","colour":"red"}\n')
    assert into.events == [Note(at_s=1.0, about="a", text="b")]


def test_kinds_and_words_of_a_newer_version_are_skipped_and_counted():
    lines = [
        b'{"kind":"hologram","at_s":1}',
        encode_event(ONE_OF_EACH[1]).strip(),
        b'{"kind":"hologram","at_s":2}',
        b'{"kind":"probe","at_s":1,"method":"http","target":"x","outcome":"teapot","total_s":1}',
    ]
    into = decode(b"\n".join(lines) + b"\n")
    assert into.events == [ONE_OF_EACH[1]]
    assert into.skipped == {"hologram": 2, "probe": 1}
    assert (into.lines, into.bad_count) == (5, 0)


def test_a_line_that_is_no_event_is_counted_with_its_number():
    good = encode_event(ONE_OF_EACH[1])
    into = decode(good + b"garbage\n" + good + b"\n" + b"\xff\n" + good)
    assert len(into.events) == 3
    assert into.bad_lines == [3, 5, 6]
    assert into.bad_count == 3


def test_only_the_first_numbers_of_bad_lines_are_kept():
    into = decode(b"x\n" * 1000)
    assert into.bad_count == 1000
    assert into.bad_lines == list(range(2, 22))


def test_a_lone_surrogate_does_not_stop_the_journal():
    into = decode(encode_event(Note(at_s=0.0, about="x", text="a\udc80b")))
    assert into.events == [Note(at_s=0.0, about="x", text="a?b")]


@given(st.lists(st.sampled_from(ONE_OF_EACH), max_size=12), st.data())
def test_line_by_line_equals_all_at_once(events, data):
    lines = [encode_event(e) for e in events]
    whole, single = Decoded(), Decoded()
    read = line_decoder(Header())
    if lines:
        read(b"".join(lines), whole)
    for line in lines:
        read(line, single)
    assert whole == single
    assert whole.events == events


@given(st.lists(st.binary(max_size=60).filter(lambda b: b"\n" not in b), min_size=1, max_size=5))
def test_any_bytes_are_survived_and_every_line_counted(lines):
    into = decode(b"\n".join(lines) + b"\n")
    assert into.lines == 1 + len(lines)
    assert len(into.events) + into.bad_count + sum(into.skipped.values()) == len(lines)


@given(st.floats(allow_nan=False, allow_infinity=False), st.text(st.characters(codec="utf-8")))
def test_numbers_and_texts_come_back_exactly(at_s, text):
    event = Note(at_s=at_s, about="x", text=text)
    assert decode(encode_event(event)).events == [event]
