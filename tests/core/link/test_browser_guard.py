"""A page elsewhere neither reaches a server of ours by a name of its own nor changes anything."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.core.link.browser_guard import page_refusal

OWN = {"host": "127.0.0.1:8080"}


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1:8080",
        "[::1]:8080",
        "192.0.2.7",
        "localhost:1",
        "LOCALHOST.",
        "esp32.local",
        "board",
        "device.test",
        "x.home.arpa",
    ],
)
def test_addresses_and_local_names_are_answered(host):
    assert page_refusal("GET", {"host": host}) == ""


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.com:8080", "[::1", ":80"]
)
def test_a_name_that_somebody_may_own_is_not(host):
    assert page_refusal("GET", {"host": host}) == "the host is no address and no local name"


def test_a_request_without_a_host_comes_from_no_browser():
    assert page_refusal("POST", {}) == ""


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_a_program_may_change_things(method):
    assert page_refusal(method, OWN) == ""


@pytest.mark.parametrize("site", ["cross-site", "same-site", "Cross-Site"])
def test_a_page_elsewhere_may_read_but_not_change(site):
    headers = OWN | {"sec-fetch-site": site}
    assert page_refusal("GET", headers) == ""
    assert page_refusal("POST", headers) == f"asked for by a page elsewhere ({site.lower()})"
    assert page_refusal("GET", headers, is_upgrade=True).startswith("asked for by a page elsewhere")


@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_a_page_of_its_own_may(site):
    assert (
        page_refusal("POST", OWN | {"sec-fetch-site": site, "origin": "http://127.0.0.1:8080"})
        == ""
    )


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "http://127.0.0.1:8081", "null", "http://["]
)
def test_another_origin_may_not(origin):
    headers = OWN | {"origin": origin}
    assert page_refusal("GET", headers, is_upgrade=True) == "asked for by a page of another origin"
    assert page_refusal("POST", headers) == "asked for by a page of another origin"
    assert page_refusal("GET", headers) == ""


@given(
    st.dictionaries(st.sampled_from(["host", "origin", "sec-fetch-site"]), st.text(max_size=80)),
    st.text(max_size=10),
)
def test_any_header_is_survived(headers, method):
    refusal = page_refusal(method, headers, is_upgrade=True)
    assert "\n" not in refusal
