"""Facts about this machine are found without privilege and without sending anything."""

import platform
import sys
import time

import pytest

from holdfast.adapters.host import gather

pytestmark = pytest.mark.net


def test_facts_agree_with_the_interpreter():
    facts = gather()
    assert facts.python == platform.python_version()
    assert facts.clock == time.get_clock_info("monotonic").implementation
    assert facts.clock_resolution_s == time.get_clock_info("monotonic").resolution
    assert facts.icmp in ("unprivileged", "raw", "")
    assert facts.open_files is None or facts.open_files > 0
    assert facts.mdns == facts.mdns.lower()


def test_pyserial_is_seen_where_it_is_installed():
    pytest.importorskip("serial")
    assert gather().serial is True


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="TCP_INFO is Linux's")
def test_linux_gives_tcp_info():
    assert gather().tcp_info is True
