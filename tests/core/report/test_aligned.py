"""The aligned view has the original's widths."""

from holdfast.core.journal.events import Header, Tick
from holdfast.core.measure.run import RunView
from holdfast.core.report.aligned import aligned

HEAD = (
    "ts       elapsed  | icmp_status icmp_rtt    | hp_status hp_code hp_connect_ms hp_total_ms   | "
    "hl_status hl_code hl_connect_ms hl_total_ms   health_age_s | sse_bytes  | "
    "wifi_rssi_dbm wifi_disc  wifi_reconn  | heap_kb  uptime_s"
)


def test_header_dashes_and_a_row():
    run = RunView(Header(wall_at="2025-08-08T20:46:01+00:00"), [Tick(at_s=0.0, n=0, due_s=0.0)])
    head, dashes, row = aligned(run).splitlines()
    assert head == HEAD
    assert set(dashes) == {"-", " ", "|"}
    assert [i for i, c in enumerate(dashes) if c == "|"] == [
        i for i, c in enumerate(HEAD) if c == "|"
    ]
    assert row.startswith("20:46:01 0        | -           -           | -         -       ")
    assert len(row) == len(dashes) == len(head.ljust(len(dashes)))


def test_a_run_without_ticks_is_its_header():
    assert len(aligned(RunView(Header(), [])).splitlines()) == 2
