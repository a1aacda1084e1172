"""The table's cells, to the character."""

from holdfast.core.journal.events import (
    Header,
    Outcome,
    Probe,
    Sample,
    Stream,
    StreamWhat,
    TcpInfo,
    Tick,
)
from holdfast.core.measure.run import RunView
from holdfast.core.report.network_tsv import DOCUMENTED_COLUMNS, OUR_COLUMNS, network_tsv
from holdfast.core.wire.diag_logs import parse_network

HEADER = Header(wall_at="2025-08-08T20:46:01+00:00", tick_s=5.0)


def lines(*events):
    return network_tsv(RunView(HEADER, events)).splitlines()


def test_the_documented_columns_come_first():
    assert lines() == ["\t".join(DOCUMENTED_COLUMNS + OUR_COLUMNS)]
    assert len(DOCUMENTED_COLUMNS) == 19


def test_a_full_row():
    events = [
        Tick(at_s=0.0, n=0, due_s=0.0),
        Probe(
            at_s=0.0,
            method="icmp",
            target="icmp",
            outcome=Outcome.OK,
            total_s=0.01,
            first_byte_s=0.0123,
        ),
        Probe(at_s=0.0, method="icmp", target="control", outcome=Outcome.NO_RESPONSE, total_s=2.0),
        Probe(
            at_s=0.1,
            method="http",
            target="ping",
            outcome=Outcome.OK,
            status=200,
            connect_s=0.0084,
            first_byte_s=0.0251,
            total_s=0.03046,
            tcp=TcpInfo(rtt_s=0.01, rttvar_s=0.001, retransmits=2),
        ),
        Probe(
            at_s=0.2,
            method="http",
            target="health",
            outcome=Outcome.CONNECT_TIMEOUT,
            total_s=2.0029,
        ),
        Stream(at_s=0.0, what=StreamWhat.OPENING, transport="ws", session=1),
        Stream(at_s=0.1, what=StreamWhat.OPENED, transport="ws", session=1),
        Stream(at_s=1.0, what=StreamWhat.MESSAGE, transport="ws", session=1, size_bytes=203),
        Sample(
            at_s=0.3,
            source="health",
            values={
                "rssi_dbm": -71,
                "wifi_disconnects": 0,
                "wifi_reconnects": 1,
                "heap_free_bytes": 8_236_124,
                "uptime_s": 580.9,
            },
        ),
    ]
    assert lines(*events)[1].split("\t") == [
        "20:46:01", "0", "ok", "12.300",
        "ok", "200", "8.4", "30.5",
        "fail", "000", "0.0", "2002.9", "0",
        "203", "-71", "0", "1", "8043", "580",
        "ok", "connect_timeout", "25.1", "-",
        "2", "fail", "-",
        "1", "1.203", "open",
    ]  # fmt: skip


def test_a_row_where_nothing_was_measured():
    row = lines(Tick(at_s=0.0, n=0, due_s=0.0))[1].split("\t")
    assert row == ["20:46:01", "0", *["-"] * 27]


def test_our_importer_reads_it_without_a_note():
    table = parse_network("\n".join(lines(Tick(at_s=0.0, n=0, due_s=0.0))))
    assert (table.shape, table.notes, len(table.cycles)) == ("own", [], 1)
