"""Any folder with one readable table gives a journal; what is wrong with it is noted."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from holdfast.adapters.importers.diag_logs import import_folder, is_diag_logs
from holdfast.core.journal.events import LogLine, Note, Outcome, Probe, Run, RunPhase, Sample, Tick
from holdfast.core.measure.run import RunView
from holdfast.errors import UnreadableError

PING = (
    "ts\tcode\tconnect_ms\ttotal_ms\n18:36:46\t000\t0.000000\t2.006175\n18:37:00\t200\t0.02\t0.04\n"
)
HEALTH = "ts\tcode\tconnect_ms\ttotal_ms\n18:36:51\t200\t0.856013\t1.006081\n"
HEAD = (
    "ts\telapsed_s\ticmp_status\ticmp_rtt_ms\thp_status\thp_code\thp_connect_ms\thp_total_ms\t"
    "hl_status\thl_code\thl_connect_ms\thl_total_ms\thealth_age_s\tsse_bytes\twifi_rssi_dbm\t"
    "wifi_disc\twifi_reconn\theap_kb\tuptime_s\n"
)
WIDE = (
    HEAD
    + "23:59:58\t0\tok\t-\tok\t200\t8.4\t30.5\tok\t200\t7.5\t26.9\t0\t1318\t-71\t0\t1\t8043\t580\n"
    + "00:00:03\t5\tok\t-\tok\t200\t8.4\t30.5\t-\t-\t-\t-\t5\t0\t-71\t0\t1\t8043\t580\n"
)
SUMMARY = "Diagnostics summary @ 2025-08-09T00:00:09\nDevice: 192.0.2.7\nDuration: 10s\n"
STORED = {
    "free_heap": 8236124,
    "uptime_seconds": 580,
    "version": "v6.25",
    "wifi_password": "hunter2",
    "wifi": {"rssi_dbm": -70, "last_reason": 8, "last_reason_ms": 1500},
}


def made(tmp_path, name="20250808-183644-192.0.2.201", **files):
    folder = tmp_path / name
    folder.mkdir()
    for key, content in files.items():
        path = folder / key.replace("_dot_", ".")
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def notes(journal):
    return {e.about: e.text for e in journal.events if isinstance(e, Note)}


def events(journal, kind):
    return [e for e in journal.events if isinstance(e, kind)]


def test_endpoint_files_alone_are_a_run(tmp_path):
    folder = made(tmp_path, http_ping_dot_tsv=PING, http_health_dot_tsv=HEALTH)
    journal = import_folder(folder)
    assert is_diag_logs(folder)
    assert journal.header.target == "192.0.2.201"
    assert journal.header.wall_at == "2025-08-08T18:36:44-00:00"
    assert [(p.target, p.at_s, p.outcome) for p in events(journal, Probe)] == [
        ("ping", 0.0, Outcome.CONNECT_TIMEOUT),
        ("health", pytest.approx(5.993919), Outcome.OK),
        ("ping", pytest.approx(15.96), Outcome.OK),
    ]
    assert set(notes(journal)) == {
        "missing-file",
        "zone-unknown",
        "stream-assumed",
        "run-truncated",
    }
    assert [e.seq for e in journal.events] == list(range(1, len(journal.events) + 1))


@pytest.mark.parametrize("missing", ["http_ping_dot_tsv", "http_health_dot_tsv"])
def test_one_endpoint_file_is_enough(tmp_path, missing):
    files = {"http_ping_dot_tsv": PING, "http_health_dot_tsv": HEALTH}
    del files[missing]
    journal = import_folder(made(tmp_path, **files))
    assert notes(journal)["missing-file"] == f"no {missing.replace('_dot_', '.')}"
    assert events(journal, Probe)


def test_a_complete_run_across_midnight(tmp_path):
    folder = made(
        tmp_path,
        "20250808-235958-board.local",
        network_dot_tsv=WIDE,
        summary_dot_txt=SUMMARY,
        last_health_dot_json=json.dumps(STORED),
    )
    journal = import_folder(folder)
    assert (journal.header.target, journal.header.duration_s) == ("192.0.2.7", 10.0)
    assert [(t.at_s, t.due_s) for t in events(journal, Tick)] == [(0.0, 0.0), (5.0, 5.0)]
    assert [(r.phase, r.at_s) for r in events(journal, Run)][-1] == (RunPhase.ENDED, 11.0)
    (sample,) = events(journal, Sample)
    assert sample.values["rssi_dbm"] == -71.0, "the table's value stays"
    assert sample.values["heap_free_bytes"] == 8043 * 1024.0
    assert sample.values["wifi_last_reason_s"] == 1.5
    assert sample.values["version"] == "v6.25"
    assert "hunter2" not in sample.raw
    assert set(notes(journal)) == {"zone-unknown"}


@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("20250808-183644-192.0.2.201", "192.0.2.201"),
        ("20250808-183644-192.0.2.201-2", "192.0.2.201"),
        ("20250808-183644-192.0.2.201_before-fix", "192.0.2.201"),
        ("20250808-183644-board.local_80", "board.local_80"),
        ("copy-of-20250808-183644-192.0.2.9", "192.0.2.9"),
        ("20250808-183644", "unknown"),
        ("renamed", "renamed"),
    ],
)
def test_the_target_comes_from_the_folder_s_name(tmp_path, name, target):
    journal = import_folder(made(tmp_path, name, http_ping_dot_tsv=PING))
    assert journal.header.target == target
    assert ("date-unknown" in notes(journal)) is (name == "renamed")
    assert (journal.header.wall_at == "") is (name == "renamed")


def test_a_stamp_that_is_no_date_is_as_good_as_none(tmp_path):
    journal = import_folder(made(tmp_path, "20259999-183644-h", http_ping_dot_tsv=PING))
    assert journal.header.wall_at == ""
    assert events(journal, Tick)[0].at_s == 0.0


def test_earlier_states_are_left_alone_and_noted(tmp_path):
    folder = made(tmp_path, http_ping_dot_tsv=PING)
    (folder / "earlier-73a0749").mkdir()
    (folder / "other").mkdir()
    journal = import_folder(folder)
    assert notes(journal)["earlier-state"].startswith("earlier-73a0749")
    assert len(events(journal, Probe)) == 2


def test_a_ragged_table_is_used_and_noted(tmp_path):
    journal = import_folder(made(tmp_path, network_dot_tsv=WIDE + "rubbish\n"))
    assert len(events(journal, Tick)) == 2
    assert notes(journal)["unreadable-row"] == "network.tsv:4: row without a time of day: rubbish"


def test_a_worthless_network_table_falls_back_to_the_endpoint_files(tmp_path):
    journal = import_folder(made(tmp_path, network_dot_tsv="x\n", http_ping_dot_tsv=PING))
    assert len(events(journal, Probe)) == 2
    assert "no header" in notes(journal)["unreadable-row"]


def test_logs_beside_the_tables(tmp_path):
    folder = made(
        tmp_path,
        http_ping_dot_tsv=PING,
        serial_dot_log=b"I (123) wifi: up\r\n\x1b[31mE (456) app: psk=secret\x1b[0m\n\xff\xfe\n\n",
        sse_dot_log="data: {}\n\ndata: {}\n\ncurl: (56) Recv failure: Connection reset by peer\n",
    )
    journal = import_folder(folder)
    first, second, third = events(journal, LogLine)
    assert (first.text, first.level, first.device_s) == ("I (123) wifi: up", "I", 0.123)
    assert second.text == "E (456) app: psk=***"
    assert third.text.isprintable()
    assert notes(journal)["stream-log"] == (
        "sse.log: 2 messages; the tool says: curl: (56) Recv failure: Connection reset by peer"
    )


@pytest.mark.parametrize("body", ["", "{", "[1]", '{"a":' * 500, "\x00"])
def test_a_damaged_health_body_is_noted(tmp_path, body):
    journal = import_folder(made(tmp_path, network_dot_tsv=WIDE, last_health_dot_json=body))
    assert notes(journal)["unreadable-file"].startswith("last_health.json: ")
    assert events(journal, Sample)[0].raw == ""


def test_a_health_body_of_a_run_without_device_columns(tmp_path):
    folder = made(
        tmp_path,
        http_ping_dot_tsv=PING,
        http_health_dot_tsv=HEALTH,
        last_health_dot_json=json.dumps(STORED),
    )
    (sample,) = events(import_folder(folder), Sample)
    assert sample.at_s == pytest.approx(7.0)
    assert sample.values["uptime_s"] == 580


def test_a_health_body_that_no_answer_of_the_run_gave_is_left_out(tmp_path):
    folder = made(tmp_path, http_ping_dot_tsv=PING, last_health_dot_json=json.dumps(STORED))
    journal = import_folder(folder)
    assert events(journal, Sample) == []
    assert "stale-file" in notes(journal)


@pytest.mark.parametrize("content", ["", "hello\n", HEAD])
def test_a_folder_without_one_row_is_unreadable(tmp_path, content):
    folder = made(tmp_path, network_dot_tsv=content)
    with pytest.raises(UnreadableError, match="no row of a diag-logs table"):
        import_folder(folder)


def test_what_is_no_such_folder(tmp_path):
    assert not is_diag_logs(tmp_path)
    assert not is_diag_logs(tmp_path / "none")
    (tmp_path / "file").write_text("")
    assert not is_diag_logs(tmp_path / "file")
    ours = made(tmp_path, network_dot_tsv=WIDE, journal_dot_jsonl_dot_zst="x")
    assert not is_diag_logs(ours)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(
        ["network.tsv", "http_ping.tsv", "summary.txt", "last_health.json", "serial.log", "sse.log"]
    ),
    st.binary(max_size=200),
    st.booleans(),
)
def test_any_bytes_in_any_file_are_survived(tmp_path, name, data, is_appended):
    folder = tmp_path / "20250808-183644-h"
    folder.mkdir(exist_ok=True)
    sound = {"network.tsv": WIDE, "http_ping.tsv": PING}
    for key, content in sound.items():
        (folder / key).write_text(content)
    head = sound.get(name, "").encode() if is_appended else b""
    (folder / name).write_bytes(head + data)
    try:
        journal = import_folder(folder)
    finally:
        if name not in sound:
            (folder / name).unlink()
    RunView(journal.header, journal.events)
    assert all(e.text.isprintable() for e in events(journal, Note))
