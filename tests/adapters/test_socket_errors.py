"""The table is total, and says what each error means."""

import errno
import os
import socket
import ssl

import pytest

from holdfast.adapters.socket_errors import connect_failure, reason
from holdfast.core.link.transport import ConnectFailure

# connect(2), and what Linux makes of ICMP errors (icmp_err_convert in net/ipv4/icmp.c).
REMOTE = {
    "ECONNREFUSED": ConnectFailure.REFUSED,
    "ECONNRESET": ConnectFailure.REFUSED,
    "ETIMEDOUT": ConnectFailure.UNREACHABLE,
    "ENETUNREACH": ConnectFailure.UNREACHABLE,
    "EHOSTUNREACH": ConnectFailure.UNREACHABLE,
    "EHOSTDOWN": ConnectFailure.UNREACHABLE,
    "ENONET": ConnectFailure.UNREACHABLE,
    "ENOPROTOOPT": ConnectFailure.UNREACHABLE,
    "EOPNOTSUPP": ConnectFailure.UNREACHABLE,
    "EMSGSIZE": ConnectFailure.UNREACHABLE,
    "EPROTO": ConnectFailure.UNREACHABLE,
}
OURS = ("EACCES", "EPERM", "EADDRINUSE", "EADDRNOTAVAIL", "EAFNOSUPPORT", "EAGAIN", "EMFILE")


@pytest.mark.parametrize(("name", "why"), REMOTE.items())
def test_errors_of_the_peer_and_of_the_way(name, why):
    number = getattr(errno, name)
    detail = "timed out" if name == "ETIMEDOUT" else os.strerror(number).lower()
    assert connect_failure(OSError(number, "Connect call failed ('192.0.2.1', 80)")) == (
        why,
        detail,
    )


@pytest.mark.parametrize("name", OURS)
def test_errors_of_this_host(name):
    assert connect_failure(OSError(getattr(errno, name), "x"))[0] is ConnectFailure.LOCAL


def test_the_map_is_total():
    for number in errno.errorcode:
        why, detail = connect_failure(OSError(number, "x"))
        assert isinstance(why, ConnectFailure)
        assert detail == detail.lower() != ""


def certificate_error():
    error = ssl.SSLCertVerificationError(1, "failed")
    error.verify_message = "self-signed certificate"
    return error


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (socket.gaierror(-2, "x"), (ConnectFailure.NAME, "name not resolved")),
        (UnicodeError("label too long"), (ConnectFailure.NAME, "name not resolved")),
        (TimeoutError(), (ConnectFailure.UNREACHABLE, "timed out")),
        (
            certificate_error(),
            (ConnectFailure.TLS, "certificate not accepted: self-signed certificate"),
        ),
        (
            ssl.SSLError("x"),
            (ConnectFailure.TLS, "tls failed: the peer ended the handshake"),
        ),
        (OSError("odd"), (ConnectFailure.LOCAL, "oserror")),
    ],
)
def test_errors_without_a_number(error, expected):
    assert connect_failure(error) == expected


def test_reasons_name_no_address():
    error = ConnectionResetError(errno.ECONNRESET, "('192.0.2.1', 80)")
    assert reason(error) == "connection reset by peer"
