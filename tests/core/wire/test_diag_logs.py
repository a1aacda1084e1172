"""Every shape of the tables is read; what is ragged or damaged is noted, never fatal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.core.wire.diag_logs import (
    MAX_LINE_CHARS,
    Table,
    join_endpoints,
    parse_endpoint,
    parse_network,
    unwrap_clock,
)

WIDE = (
    "ts\telapsed_s\ticmp_status\ticmp_rtt_ms\thp_status\thp_code\thp_connect_ms\thp_total_ms\t"
    "hl_status\thl_code\thl_connect_ms\thl_total_ms\thealth_age_s\tsse_bytes\twifi_rssi_dbm\t"
    "wifi_disc\twifi_reconn\theap_kb\tuptime_s"
)
LONG = (
    "ts\ttype\tstatus\thttp_code\tconnect_ms\ttotal_ms\ticmp_rtt_ms\tsse_bytes\twifi_rssi_dbm\t"
    "wifi_disc\twifi_reconn\theap_kb\tuptime_s"
)
ANSWERED = (
    "20:46:01\t0\tok\t-\tok\t200\t8.4\t30.5\tok\t200\t7.5\t26.9\t0\t1318\t-71\t0\t1\t8043\t580"
)
SILENT = "20:46:06\t5\tfail\t-\tfail\t000\t0.0\t2002.9\t-\t-\t-\t-\t5\t0\t-71\t0\t1\t8043\t580"


def lines(*rows):
    return "\n".join(rows) + "\n"


def endpoint(text):
    table = Table()
    return parse_endpoint(text, "http_ping.tsv", table), table


def test_the_older_endpoint_shape_holds_seconds():
    (probe,), table = endpoint(
        lines("ts\tcode\tconnect_ms\ttotal_ms", "18:36:51\t000\t0.856013\t5.006081")
    )
    assert (probe.code, probe.connect_s, probe.total_s) == ("000", 0.856013, 5.006081)
    assert probe.done_clock_s == 18 * 3600 + 36 * 60 + 51
    assert (probe.line, table.notes) == (2, [])


def test_the_later_endpoint_shape_holds_milliseconds_and_a_literal_backslash_t():
    (probe,), table = endpoint(
        lines("ts\thttp_code\tconnect_ms\ttotal_ms", "20:26:58\t000\t8.8\\t5005.7")
    )
    assert (probe.code, probe.connect_s, probe.total_s) == ("000", 0.0088, 5.0057)
    assert table.notes == []


def test_the_header_decides_the_unit_and_never_the_magnitude():
    (probe,), _ = endpoint(lines("ts\tcode\tconnect_ms\ttotal_ms", "00:00:01\t200\t8.8\t30.5"))
    assert probe.total_s == 30.5


def test_connect_zero_means_never_connected_only_without_a_code():
    rows, _ = endpoint(
        lines(
            "ts\thttp_code\tconnect_ms\ttotal_ms",
            "00:00:01\t000\t0.0\t1.8",
            "00:00:02\t200\t0.0\t1.8",
        )
    )
    assert [row.connect_s for row in rows] == [None, 0.0]


def test_a_wide_row():
    table = parse_network(lines(WIDE, ANSWERED, SILENT))
    first, second = table.cycles
    assert (table.shape, table.has_stream, table.notes) == ("wide", True, [])
    assert (first.clock_s, first.elapsed_s, first.icmp, first.icmp_rtt_s) == (
        74_761,
        0.0,
        "ok",
        None,
    )
    assert (first.ping.code, first.ping.connect_s, first.ping.total_s) == ("200", 0.0084, 0.0305)
    assert (first.health.total_s, first.stream_bytes) == (0.0269, 1318)
    assert first.vitals == {
        "rssi_dbm": -71.0,
        "wifi_disconnects": 0.0,
        "wifi_reconnects": 1.0,
        "heap_free_bytes": 8043 * 1024.0,
        "uptime_s": 580.0,
    }
    assert (second.health, second.ping.connect_s, second.stream_bytes) == (None, None, 0)
    assert second.vitals == {}, "repeated cells tell nothing new"


def test_a_failed_health_tells_nothing_of_the_device():
    row = ANSWERED.replace("ok\t200\t7.5", "fail\t503\t7.5")
    assert parse_network(lines(WIDE, row)).cycles[0].vitals == {}


def test_absent_values_of_an_answered_health_are_left_out():
    row = ANSWERED.replace("-71\t0\t1\t8043", "-\t-\t-\t8043")
    assert set(parse_network(lines(WIDE, row)).cycles[0].vitals) == {"heap_free_bytes", "uptime_s"}


def test_our_own_table_is_known_by_its_further_columns():
    head = WIDE + "\thp_outcome\thl_outcome\tstream_state\tcontrol_status\tcontrol_rtt_ms"
    row = ANSWERED + "\tok_late\tok\topen\tok\t1.250"
    cycle = parse_network(lines(head, row)).cycles[0]
    assert parse_network(lines(head, row)).shape == "own"
    assert (cycle.ping.outcome, cycle.health.outcome) == ("ok_late", "ok")
    assert (cycle.stream_state, cycle.control, cycle.control_rtt_s) == ("open", "ok", 0.00125)


def test_long_rows_are_gathered_into_cycles():
    table = parse_network(
        lines(
            LONG,
            "20:26:49\ticmp\tfail\t-\t-\t-\t-\t-\t-\t-\t-\t-",
            "20:26:53\thttp_ping\tfail\t000\t1699.6\t4005.2\t-\t-\t-\t-\t-\t-",
            "20:26:58\thttp_health\tok\t200\t8.8\t50.7\t-\t-\t-\t-\t-\t7691\t4704",
            "20:26:58\tsse\tok\t-\t-\t-\t-\t1207\t-\t-\t-\t-",
            "20:27:04\ticmp\tok\t-\t-\t-\t-\t-\t-\t-\t-\t-",
            "20:27:08\thttp_ping\tfail\t000\t7.5\t4007.0\t-\t-\t-\t-\t-\t-",
        )
    )
    assert (table.shape, table.notes) == ("long", []), "rows of 12 and 13 cells are both right"
    first, second = table.cycles
    assert (first.icmp, first.stream_bytes, first.clock_s) == ("fail", 1207, 73_609)
    assert first.ping.done_clock_s == 73_613
    assert first.vitals == {"heap_free_bytes": 7691 * 1024.0, "uptime_s": 4704.0}
    assert (second.icmp, second.ping.total_s, second.health) == ("ok", 4.007, None)


def test_six_columns_are_the_long_shape_without_a_stream():
    table = parse_network(
        lines(
            "ts\ttype\tstatus\thttp_code\tconnect_ms\ttotal_ms",
            "20:26:49\ticmp\tok\t-\t-\t-",
            "20:26:53\thttp_ping\tok\t200\t9.6\t45.2",
        )
    )
    assert (table.shape, table.has_stream, table.notes) == ("long", False, [])
    assert table.cycles[0].ping.code == "200"


def test_a_second_ping_without_an_echo_begins_a_new_cycle():
    row = "20:26:5{}\thttp_ping\tok\t200\t9.6\t45.2\t-\t-\t-\t-\t-\t-"
    assert len(parse_network(lines(LONG, row.format(1), row.format(6))).cycles) == 2


@pytest.mark.parametrize(
    ("row", "note"),
    [
        (
            "20:46:01\t0\tok\t-\tok\t200\t8.4\t30.5",
            "network.tsv:2: 8 cells where the header has 19",
        ),
        (ANSWERED + "\tmore", "network.tsv:2: 20 cells where the header has 19"),
        (ANSWERED.replace("30.5", "soon"), "network.tsv:2: hp_total_ms is no number: soon"),
        (ANSWERED.replace("30.5", "nan"), "network.tsv:2: hp_total_ms is no number: nan"),
        (ANSWERED.replace("30.5", "1_0"), "network.tsv:2: hp_total_ms is no number: 1_0"),
        (ANSWERED.replace("30.5", "٣"), "network.tsv:2: hp_total_ms is no number: ٣"),
        (ANSWERED.replace("30.5", "-"), "network.tsv:2: hp_code 200 without a usable time"),
        (
            ANSWERED.replace("ok\t200\t8.4", "ok\t20\t8.4"),
            "network.tsv:2: hp_code 20 without a usable time",
        ),
        (
            ANSWERED.replace("20:46:01", "24:00:00"),
            "network.tsv:2: row without a time of day: 24:00:00",
        ),
        ("\x1b[31m", "network.tsv:2: row without a time of day: \\x1b[31m"),
    ],
)
def test_ragged_rows_are_noted_with_their_line(row, note):
    table = parse_network(lines(WIDE, row))
    assert note in table.notes


def test_a_ragged_row_still_gives_what_it_has():
    table = parse_network(lines(WIDE, "20:46:01\t0\tok\t-\tok\t200\t8.4\t30.5"))
    cycle = table.cycles[0]
    assert (cycle.ping.total_s, cycle.health, cycle.stream_bytes) == (0.0305, None, None)


def test_windows_line_ends_a_byte_order_mark_and_blank_lines_are_harmless():
    text = "\ufeff" + lines(WIDE, "", ANSWERED).replace("\n", "\r\n")
    table = parse_network(text)
    assert (len(table.cycles), table.notes) == (1, [])
    assert table.cycles[0].vitals["uptime_s"] == 580.0


@pytest.mark.parametrize("text", ["", "\n\n", "hello\nworld\n", "ts\tts\n", "<html>\n"])
def test_what_is_no_table_gives_no_cycle(text):
    assert parse_network(text).cycles == []
    assert endpoint(text)[0] == []


def test_a_header_of_unknown_columns_is_noted():
    assert parse_network("ts\tfoo\n").notes == [
        "network.tsv:1: columns of no known shape, the file is left out"
    ]
    assert endpoint("ts\tfoo\n")[1].notes == [
        "http_ping.tsv:1: columns of no known shape, the file is left out"
    ]


def test_notes_are_bounded_and_counted():
    table = parse_network(lines(WIDE, *["rubbish"] * 1000))
    assert len(table.notes) == 20
    assert table.dropped == 2000 - 20


def test_an_endless_row_is_left_out():
    table = parse_network(lines(WIDE, "x" * (MAX_LINE_CHARS + 1), ANSWERED))
    assert len(table.cycles) == 1
    assert table.notes == [f"network.tsv:2: row of {MAX_LINE_CHARS + 1} characters left out"]


def test_endpoint_files_are_joined_by_time():
    head = "ts\tcode\tconnect_ms\ttotal_ms"
    table = Table()
    pings = parse_endpoint(
        lines(
            head,
            "23:59:50\t200\t0.01\t0.02",
            "00:00:05\t200\t0.01\t0.02",
            "00:00:11\t000\t0.0\t2.0",
        ),
        "http_ping.tsv",
        table,
    )
    healths = parse_endpoint(
        lines(
            head,
            "23:59:51\t200\t0.01\t0.02",
            "00:00:05\t200\t0.01\t0.03",
            "00:00:06\t000\t0.01\t5.0",
        ),
        "http_health.tsv",
        table,
    )
    join_endpoints(pings, healths, table)
    assert table.shape == "endpoints"
    got = [(c.ping and c.ping.line, c.health and c.health.line) for c in table.cycles]
    assert got == [(2, 2), (3, 3), (None, 4), (4, None)]


@given(st.lists(st.integers(-3, 40_000), max_size=60), st.integers(0, 86_399))
def test_clock_times_are_unwrapped_across_midnights(steps, start_s):
    truth, at_s = [], 0
    for step in steps:
        at_s += step
        truth.append(at_s)
    assert unwrap_clock([(start_s + t) % 86_400 for t in truth], start_s) == truth


CELLS = st.sampled_from(
    [
        "ts",
        "type",
        "icmp",
        "http_ping",
        "http_health",
        "sse",
        "-",
        "",
        "200",
        "000",
        "0.0",
        "2006.1",
        "20:26:49",
        "23:59:59",
        "00:00:01",
        "\\t",
        "ok",
        "fail",
        "1e9",
        "-71",
        "x",
        "\x00",
        "é",
    ]
)


@given(
    st.sampled_from(
        [WIDE, LONG, "ts\tcode\tconnect_ms\ttotal_ms", "ts\thttp_code\tconnect_ms\ttotal_ms"]
    ),
    st.lists(st.lists(CELLS, max_size=22).map("\t".join), max_size=8),
)
def test_any_rows_are_survived(head, rows):
    table = parse_network(lines(head, *rows))
    pings = parse_endpoint(lines(head, *rows), "x", table)
    join_endpoints(pings, pings, table)
    for cycle in table.cycles:
        assert 0 <= cycle.clock_s < 86_400


@given(st.text())
def test_any_text_is_survived(text):
    parse_network(text)
    parse_network(WIDE + "\n" + text)
    endpoint(text)
