"""The default route's gateway is the control target."""

import ipaddress

from hypothesis import given
from hypothesis import strategies as st

from holdfast.adapters.default_gateway import default_gateway, gateway_of

HEAD = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"


def row(iface, destination, gateway, flags, metric, mask):
    return f"{iface}\t{destination}\t{gateway}\t{flags}\t0\t0\t{metric}\t{mask}\t0\t0\t0\n"


def test_the_default_route_with_the_lowest_metric_wins():
    table = (
        HEAD
        + row("wlan0", "00000000", "FE0200C0", "0003", 600, "00000000")
        + row("eth0", "00000000", "010200C0", "0003", 100, "00000000")
        + row("eth0", "000200C0", "00000000", "0001", 100, "00FFFFFF")
    )
    assert gateway_of(table) == "192.0.2.1"


def test_a_default_route_without_a_gateway_has_none():
    assert gateway_of(HEAD + row("tun0", "00000000", "00000000", "0001", 0, "00000000")) == ""


def test_a_route_to_a_network_is_no_default():
    assert gateway_of(HEAD + row("eth0", "000200C0", "010200C0", "0003", 0, "00FFFFFF")) == ""


@given(st.text(max_size=400))
def test_any_table_is_survived(text):
    found = gateway_of(HEAD + text)
    assert not found or ipaddress.ip_address(found)


def test_this_host_answers_with_an_address_or_nothing():
    found = default_gateway()
    assert not found or ipaddress.ip_address(found)
