"""The one table from the system's errors to ours."""

from __future__ import annotations

import errno
import os
import socket
import ssl

from holdfast.core.link.transport import ConnectFailure

__all__ = ["connect_failure", "reason"]

# By name: not every system has every one.
_REFUSED = ("ECONNREFUSED", "ECONNRESET", "ECONNABORTED")
_UNREACHABLE = (
    "ETIMEDOUT",
    "EHOSTUNREACH",
    "EHOSTDOWN",
    "ENETUNREACH",
    "ENETDOWN",
    "ENETRESET",
    "ENONET",
    "EPROTO",
    "ENOPROTOOPT",  # Linux turns ICMP "protocol unreachable" into it
    "EOPNOTSUPP",  # and "source route failed"
    "EMSGSIZE",  # and "fragmentation needed"
)
_BY_ERRNO = {
    getattr(errno, name): why
    for names, why in (
        (_REFUSED, ConnectFailure.REFUSED),
        (_UNREACHABLE, ConnectFailure.UNREACHABLE),
    )
    for name in names
    if hasattr(errno, name)
}


def connect_failure(error: OSError | UnicodeError) -> tuple[ConnectFailure, str]:
    """Return why an open failed, and a clause for people.

    Whatever speaks neither of the peer nor of the way to it is this host's own affair:
    no permission, no port, no memory, no such family.
    """
    if isinstance(error, socket.gaierror | UnicodeError):
        return ConnectFailure.NAME, "name not resolved"
    if isinstance(error, ssl.SSLCertVerificationError):
        return ConnectFailure.TLS, f"certificate not accepted: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return ConnectFailure.TLS, f"tls failed: {_tls_reason(error)}"
    if isinstance(error, TimeoutError) and error.errno is None:
        return ConnectFailure.UNREACHABLE, "timed out"
    return _BY_ERRNO.get(error.errno or 0, ConnectFailure.LOCAL), reason(error)


def _tls_reason(error: ssl.SSLError) -> str:
    said = getattr(error, "reason", None)  # e.g. WRONG_VERSION_NUMBER: no TLS spoken there
    return said.lower().replace("_", " ") if said else "the peer ended the handshake"


def reason(error: OSError) -> str:
    """Return the system's word for an error, without addresses."""
    if error.errno == errno.ETIMEDOUT:
        return "timed out"  # as the simulated world says it
    return os.strerror(error.errno).lower() if error.errno else type(error).__name__.lower()
