from random import Random

import pytest

from holdfast.core.link.transport import Open
from holdfast.core.observe.credentials import Authorizer
from holdfast.core.observe.site import Connections, Site, is_address


class Owner:
    def receive(self, event, now):
        return []


def site(host="dev", port=8080, limit=2, **options):
    auth = Authorizer(options.pop("authorization", ""), None, Random(1))
    return Site(host, port, authorizer=auth, connections=Connections(limit), **options)


def test_numbers_rise_and_are_never_used_again():
    connections, owner = Connections(1), Owner()
    assert connections.take(owner) == 1
    connections.drop(1)
    assert connections.take(owner) == 2
    assert connections.owner(1) is None
    assert connections.owner(2) is owner


def test_the_limit_is_never_passed_and_the_peak_is_kept():
    connections, owner = Connections(2), Owner()
    assert (connections.take(owner), connections.take(owner), connections.take(owner)) == (
        1,
        2,
        None,
    )
    connections.drop(1)
    assert connections.free == 1
    assert connections.peak == 2
    connections.drop(99)
    assert connections.free == 1


def test_a_connection_goes_to_the_site_or_to_another_port_without_tls():
    target = site(port=443, tls=True, limit=9)
    assert target.open(Owner()) == Open(1, "dev", 443, True)
    assert target.open(Owner(), 23) == Open(2, "dev", 23, False)
    assert site(limit=1).open(Owner()) == Open(1, "dev", 8080, False)


def test_without_budget_nothing_is_opened():
    target = site(limit=1)
    target.open(Owner())
    assert target.open(Owner()) is None


def test_a_request_carries_host_agent_and_authorization():
    asked = site(authorization="Bearer abc").exchange("/p", {"Accept": "*/*"}).request()
    assert asked == (
        b"GET /p HTTP/1.1\r\nHost: dev:8080\r\nUser-Agent: holdfast\r\nAccept: */*\r\n"
        b"Authorization: Bearer abc\r\n\r\n"
    )


def test_the_link_is_host_and_port_unless_named():
    assert site().link == "dev:8080"
    assert site(link="kitchen").link == "kitchen"


@pytest.mark.parametrize(
    ("host", "known"),
    [("192.0.2.7", True), ("2001:db8::7", True), ("fe80::1%eth0", True), ("dev.local", False),
     ("1.2.3", False)],
)  # fmt: skip
def test_addresses_are_told_from_names(host, known):
    assert is_address(host) is known
