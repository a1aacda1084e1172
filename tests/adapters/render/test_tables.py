import msgspec
from tests.adapters.render.examples import (
    HEADER,
    blocked_run,
    healthy_run,
    http,
    icmp,
    log,
    numbered,
    stream,
)

from holdfast.adapters.render.lanes import Trouble
from holdfast.adapters.render.tables import (
    FigureRow,
    NoteRow,
    PercentileRow,
    Tile,
    TroubleRow,
    early_end,
    key_figures,
    note_rows,
    outcome_table,
    percentile_rows,
    run_facts,
    tiles,
    trouble_rows,
)
from holdfast.core.journal.events import Note, Outcome, Run, RunPhase, StreamWhat
from holdfast.core.measure.run import RunView
from holdfast.core.measure.summary import measures


def view(*events, header=HEADER):
    return RunView(header, numbered(events))


def test_tiles_tell_the_whole_run():
    assert tiles(measures(blocked_run())) == [
        Tile("HTTP ping", "48.33 %", "62 of 120 failed", "bad"),
        Tile("HTTP health", "50 %", "10 of 20 failed", "bad"),
        Tile("ICMP echo", "97.5 %", "3 of 120 failed", "bad"),
        Tile("Stream continuity", "52.03 %", "2 gaps, longest 4 min 20 s", "bad"),
        Tile("HTTP ping, median", "30.9 ms", "p95 61.4 ms"),
    ]


def test_tiles_of_a_good_run_say_so():
    found = {t.name: (t.value, t.note, t.state) for t in tiles(measures(healthy_run()))}
    assert found["HTTP ping"] == ("100 %", "all 120 answered", "good")
    assert found["Stream continuity"] == ("100 %", "no gap", "good")


def test_nothing_measured_gives_no_tile_and_no_figure():
    assert tiles(measures(view())) == []
    assert key_figures(measures(view())) == []


def test_key_figures_tell_warm_up_apart():
    rows = {row.name: row for row in key_figures(measures(blocked_run()))}
    assert rows["HTTP ping answered"] == FigureRow("HTTP ping answered", "49.01 %", "48.33 %")
    assert rows["Mean signal strength"].whole == "−57 dBm"
    assert "Heartbeat" not in rows


def test_percentiles_are_of_answered_requests_after_the_warm_up():
    run = view(
        http(0.0, "ping", took_s=3.0, connect_s=1.0),
        http(10.0, "ping", took_s=0.02, connect_s=0.01),
        http(20.0, "ping", Outcome.NO_RESPONSE, took_s=4.0),
        icmp(10.0, 0.005),
        stream(0.0, StreamWhat.OPENING),
        *(stream(float(t), StreamWhat.MESSAGE) for t in (1, 11, 12)),
        stream(11.5, StreamWhat.HEARTBEAT, for_s=0.05),
    )
    assert percentile_rows(run, 5.0) == [
        PercentileRow("ICMP echo", ("5.00 ms",) * 4),
        PercentileRow("HTTP ping", ("20.0 ms",) * 4),
        PercentileRow("… until connected", ("10.0 ms",) * 4),
        PercentileRow("Between messages", ("1.00 s",) * 4),
        PercentileRow("Heartbeat", ("50.0 ms",) * 4),
    ]
    assert percentile_rows(run, 0.0)[1].cells[3] == "3.00 s"


def test_outcomes_are_counted_per_target_and_add_up():
    table = outcome_table(blocked_run())
    assert table.columns == ("icmp", "control", "ping", "health")
    assert [(row.slug, row.counts) for row in table.rows] == [
        ("ok", (117, 120, 58, 10)),
        ("connect_timeout", (0, 0, 13, 1)),
        ("no_response", (3, 0, 5, 1)),
        ("early_close", (0, 0, 44, 8)),
    ]


def test_troubles_are_told_in_words():
    rows = trouble_rows([Trouble(62.0, 64.5, "HTTP ping", "connection reset", 2, "x")])
    assert rows == [TroubleRow("1:02", "2.50 s", "HTTP ping", "connection reset", 2, "x")]


def test_what_the_run_could_not_see_comes_first():
    texts = [row.text for row in note_rows(view(http(0.0, "ping")))]
    assert [text.partition(":")[0] for text in texts] == [
        "No ICMP",
        "No control target",
        "No stream was tried, so nothing is said of it.",
        "No log of the device was read",
        "The device told nothing of its heap, signal or uptime.",
    ]
    assert note_rows(blocked_run()) == [NoteRow("0:00", "ICMP echo by a datagram socket.")]


def test_icmp_that_was_never_permitted_was_not_seen():
    run = view(http(0.0, "icmp", Outcome.NOT_PERMITTED), log(0.0, "I", "x"))
    assert note_rows(run)[0].text.startswith("No ICMP")


def test_like_notes_are_told_once_and_hostile_text_harmlessly():
    note = Note(at_s=1.0, about="odd-header", text="a\x1b[2Jb")
    again = msgspec.structs.replace(note, at_s=9.0)
    bare = Note(at_s=2.0, about="clock-odd", text="")
    rows = note_rows(view(note, again, bare))[-2:]
    assert rows == [NoteRow("0:01", "a\\x1b[2Jb"), NoteRow("0:02", "clock odd")]


def test_a_run_that_ended_early_says_so():
    aborted = Run(at_s=61.0, phase=RunPhase.ABORTED, text="ping.ok_ratio (0) >= 0.5")
    cut = Run(at_s=70.0, phase=RunPhase.INTERRUPTED)
    rows = note_rows(view(aborted, cut))[-2:]
    assert rows == [
        NoteRow("1:01", "The run was aborted: ping.ok_ratio (0) >= 0.5"),
        NoteRow("1:10", "The run was interrupted."),
    ]
    assert early_end(view(aborted, cut)) == "was aborted: ping.ok_ratio (0) >= 0.5"
    assert early_end(healthy_run()) == ""


def test_run_facts_name_neither_user_nor_command_line():
    header = msgspec.structs.replace(HEADER, argv=("diagnose", "--out", "somewhere/secret"))
    facts = run_facts(healthy_run(header))
    assert facts[:4] == [
        ("Target", "192.0.2.7:80"),
        ("Began", "2026-01-02 03:04:05.678+00:00"),
        ("Measured", "10 min of 10 min planned"),
        ("Plan", "general"),
    ]
    assert ("Seed", "7") in facts
    assert not any("secret" in value for _, value in facts)


def test_an_imported_run_has_no_seed():
    header = msgspec.structs.replace(HEADER, imported_from="diag-logs", duration_s=None)
    facts = dict(run_facts(healthy_run(header)))
    assert facts["Imported from"] == "diag-logs"
    assert facts["Measured"] == "10 min"
    assert "Seed" not in facts
