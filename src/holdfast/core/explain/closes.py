"""Closes: how streams that the device ended came to their end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from holdfast.core.explain.boots import boots
from holdfast.core.explain.holds import Hold, holds
from holdfast.core.explain.lanes import tick_s
from holdfast.core.explain.memo import once_per_run
from holdfast.core.explain.outages import outages
from holdfast.core.journal.events import CloseClass

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.core.measure.run import RunView

__all__ = [
    "CAP_FROM_S",
    "KNOWN_CAPS_S",
    "PeerClose",
    "equal_ages",
    "is_capped",
    "is_eviction",
    "is_round",
    "newcomers",
    "peer_closes",
]

CAP_FROM_S: Final = 130.0
"""Age from which equal ends of lively streams are a cap. Idle and heartbeat closers work
with 20 to 120 s (server ping 20 s + 20 s, proxies 60 s, pong timeout 120 s)."""

KNOWN_CAPS_S: Final = (300.0, 600.0, 900.0, 1_200.0, 1_800.0, 3_600.0, 7_200.0, 86_400.0)
"""Round figures that firmware and proxies use: 5, 10, 15, 20, 30 min, 1, 2, 24 h."""

EVICTION_S: Final = 0.25
"""Accepting a connection and dropping the oldest is one turn of the server's loop, seen
within 50 ms; the rest is the way back over a radio that sleeps."""

_ORDERLY_CODES: Final = (1000, 1001)

_ENDED_BY_DEVICE: Final = (CloseClass.BY_PEER, CloseClass.RESET, None)


@dataclass(frozen=True, slots=True)
class PeerClose:
    """A stream's end that came from the device.

    Attributes:
        hold: The stream.
        at_s: When.
        age_s: How long it had been open.
        within_s: How exactly the age is known.
        silence_s: Time since its last sign of life.
        after_connect_s: Time since a request of ours had last connected; NaN for never.
        is_exact: Whether the close itself was recorded, not only bytes that ceased.
    """

    hold: Hold
    at_s: float
    age_s: float
    within_s: float
    silence_s: float
    after_connect_s: float
    is_exact: bool


@once_per_run
def newcomers(run: RunView) -> NDArray[np.float64]:
    """Return when each HTTP request's connection stood, in order, shape ``(n,)``."""
    http = run.http()
    stood = http.at_s + http.connect_s
    return np.sort(stood[np.isfinite(stood)])


@once_per_run
def peer_closes(run: RunView) -> list[PeerClose]:
    """Return the ends that came from a device which was on the air and stayed up."""
    off_air = [o for o in outages(run) if o.is_off_air]
    restarts = [b.at_s for b in boots(run)]
    stood = newcomers(run)
    found = []
    for hold in holds(run):
        session = hold.session
        if session.ended_s is None or session.close not in _ENDED_BY_DEVICE:
            continue
        at_s = hold.to_s
        if any(o.from_s - 20.0 <= at_s <= o.to_s + 20.0 for o in off_air):
            continue
        if any(at_s - 20.0 <= boot_s <= at_s + 20.0 for boot_s in restarts):
            continue
        found.append(_close(hold, at_s, stood, 2.0 * tick_s(run)))
    return found


def _close(hold: Hold, at_s: float, stood: NDArray[np.float64], coarse_s: float) -> PeerClose:
    is_exact = not hold.session.activity
    if is_exact:
        age_s, within_s = at_s - hold.from_s, 1.0
    else:
        age_s, within_s = hold.to_s - hold.from_s, coarse_s
    last = hold.life_s[hold.life_s <= at_s]
    silence_s = at_s - float(last[-1]) if len(last) else age_s
    row = int(np.searchsorted(stood, at_s + 0.005, side="right")) - 1
    after_s = at_s - float(stood[row]) if row >= 0 else float("nan")
    return PeerClose(hold, at_s, age_s, within_s, silence_s, after_s, is_exact)


def is_capped(close: PeerClose, gap_s: float) -> bool:
    """Whether a stream in full flow was ended for its age, not for want of a sign of life.

    Beyond the age of idle and heartbeat closers; or below it with an orderly close code
    on a WebSocket whose heartbeats were answered: no keepalive missed anything there.
    """
    if close.silence_s > max(gap_s, 2.0 * close.within_s, 0.05 * close.age_s):
        return False
    end = close.hold.session.end
    orderly = end is not None and end.code in _ORDERLY_CODES
    return close.age_s >= CAP_FROM_S or (orderly and bool(close.hold.session.heartbeats))


def is_eviction(close: PeerClose) -> bool:
    """Whether the stream ended as a request of ours connected."""
    return close.is_exact and close.after_connect_s <= EVICTION_S


def is_round(close: PeerClose) -> bool:
    """Whether the age is a round figure that caps are set to."""
    late_s = min((close.age_s - cap_s for cap_s in KNOWN_CAPS_S), key=abs)
    # 1 s before to 4 s after: a loop that counts turns of a second, plus its work.
    slack_s = 0.0 if close.is_exact else close.within_s
    return -1.0 - slack_s <= late_s <= 4.0 + slack_s


def equal_ages(closes: list[PeerClose]) -> list[PeerClose]:
    """Return the largest set of closes whose ages agree, in order of time.

    Ages agree within how exactly they are known and 2 % (a device's clock and loop).
    """
    best: list[PeerClose] = []
    for centre in closes:
        span_s = max(centre.within_s, 0.02 * centre.age_s)
        near = [c for c in closes if abs(c.age_s - centre.age_s) <= max(span_s, c.within_s)]
        if len(near) > len(best):
            best = near
    return best
