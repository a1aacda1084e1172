import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.core.wire.health_json import Reading
from holdfast.core.wire.prometheus_text import compile_metric_names, read_metrics
from holdfast.errors import ConfigError

TEXT = b"""# HELP esp32_uptime_seconds total uptime
# TYPE esp32_uptime_seconds counter
esp32_uptime_seconds 512

# TYPE esp32_heap_free_bytes gauge
esp32_heap_free_bytes 7805208
esp32_wifi_connected{ssid="net"} 1
esp32_wifi_rssi_dbm -61.5 1700000000000
core_load{core="0"} 3
core_load{core="1"} 4
core_load 9
only_labels{a="1"} 5
only_labels{a="2"} 6
bad NaN
worse +Inf
latency_ms 1500
esp32_wifi_disconnects_total 2
"""


def read(body, **names):
    return read_metrics(body, compile_metric_names(names))


def test_samples_are_taken_by_name():
    reading = read(
        TEXT,
        uptime_s="esp32_uptime_seconds",
        heap_free_bytes="esp32_heap_free_bytes",
        rssi_dbm="esp32_wifi_rssi_dbm",
        wifi_disconnects="esp32_wifi_disconnects_total",
        latency_s="latency_ms*0.001",
        absent="esp32_nothing",
        bad="bad",
        worse="worse",
    )
    assert reading == Reading(
        values={
            "uptime_s": 512.0,
            "heap_free_bytes": 7_805_208.0,
            "rssi_dbm": -61.5,
            "wifi_disconnects": 2.0,
            "latency_s": 1.5,
        }
    )


def test_the_sample_without_labels_counts_else_the_first():
    assert read(TEXT, a="core_load", b="only_labels").values == {"a": 9.0, "b": 5.0}


def test_both_line_ends_are_read():
    assert read(b"a 1\r\nb 2\r\n", a="a", b="b").values == {"a": 1.0, "b": 2.0}


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (b"\xff", "not UTF-8 at byte 0"),
        (b"", "Prometheus text without a sample"),
        (b"# only a comment\n", "Prometheus text without a sample"),
        (b"a 1\n" * 20_001, "more than 20000 lines"),
        (b"a{b=\"" + b"x" * 5_000 + b"\"} 1", "a line of 5009 characters, limit 4096"),
    ],
)  # fmt: skip
def test_a_bad_body_gives_a_clause(body, fault):
    assert read(body, a="a") == Reading(fault=fault)


def test_a_page_of_html_is_no_metrics():
    assert read(b"<html><body>404</body></html>", a="a").fault.startswith("not Prometheus text: ")


@pytest.mark.parametrize("name", ["", "a*x"])
def test_a_malformed_name_is_refused(name):
    with pytest.raises(ConfigError, match=r"metric_samples\.k"):
        compile_metric_names({"k": name})


@given(
    st.lists(
        st.sampled_from(
            ["a", "{", "}", '"', "=", ",", " ", "1", "#", "TYPE", "HELP", "counter", "\\", "\n",
             "\t", "NaN", "_total", "1e999", "é"]
        ),
        max_size=30,
    ).map("".join)
)  # fmt: skip
def test_no_text_raises(text):
    reading = read(text.encode(), a="a")
    assert reading.fault or set(reading.values) <= {"a"}
