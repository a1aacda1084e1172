"""What one diagnosis does: target, plan, intervals, limits."""

from __future__ import annotations

import math

from msgspec import Struct

from holdfast.core.judge.criteria import Criterion
from holdfast.core.observe.credentials import Credentials
from holdfast.core.profile import Profile
from holdfast.errors import ConfigError

__all__ = ["PLANS", "DiagnosisSettings"]

PLANS = ("general", "a", "b")
"""Plans that one run can follow; ``ab`` is two runs."""


class DiagnosisSettings(Struct, frozen=True, kw_only=True):
    """Settings of one diagnosis; times in seconds.

    Attributes:
        host: Name or address of the target.
        port: Its TCP port.
        profile: What the device offers.
        plan: One of ``PLANS``: ``general`` (ICMP, ping each tick, health every
            ``health_every_s``, stream), ``a`` (stream only), ``b`` (stream, ping every
            ``ping_every_s``). ``a`` and ``b`` never ask for health.
        duration_s: Length of the run; 600 in document 000.
        tick_s: Time between ticks, by deadline; 5 in document 000.
        ping_every_s: Time between pings; ``None`` for each tick (general), 10 (b).
        health_every_s: Time between health requests; 30 in the original harness.
        stream: Whether to open the stream at all.
        warmup_s: Seconds at the start reported apart; 90 in the original harness.
        jitter_s: Largest random delay of a probe after its tick.
        control: Address of the control target for ICMP; ``""`` for none.
        icmp: Whether to send ICMP at all.
        authorization: Value of the ``Authorization`` header; ``""`` for none. Never
            recorded.
        credentials: Name and password for a target that challenges (digest); ``None``
            for none. Never recorded.
        telnet: Whether to read the telnet log, in plan ``general`` and where the
            profile has a port for it; it costs one connection.
        criteria: Criteria that abort the run are watched while it runs.
        link: Name of the link in events; ``host:port`` by default.
    """

    host: str
    port: int
    profile: Profile
    plan: str = "general"
    duration_s: float = 600.0
    tick_s: float = 5.0
    ping_every_s: float | None = None
    health_every_s: float = 30.0
    stream: bool = True
    warmup_s: float = 90.0
    jitter_s: float = 0.25
    control: str = ""
    icmp: bool = True
    authorization: str = ""
    credentials: Credentials | None = None
    telnet: bool = False
    criteria: tuple[Criterion, ...] = ()
    link: str = ""

    def __post_init__(self) -> None:
        if self.plan not in PLANS:
            raise ConfigError("plan", f"must be one of {', '.join(PLANS)}, got {self.plan!r}")
        for key, low, high in (
            ("duration_s", 0.5, 30 * 86_400.0),
            ("tick_s", 0.05, 3_600.0),
            ("health_every_s", 0.1, 86_400.0),
            ("warmup_s", 0.0, 86_400.0),
            ("jitter_s", 0.0, 60.0),
        ):
            value = getattr(self, key)
            if not (math.isfinite(value) and low <= value <= high):
                raise ConfigError(key, f"must be within {low:g} to {high:g} s, got {value!r}")
        ping_s = self.ping_every_s
        if ping_s is not None and not (math.isfinite(ping_s) and 0.1 <= ping_s <= 86_400.0):
            raise ConfigError("ping_every_s", f"must be within 0.1 to 86400 s, got {ping_s!r}")
        if not 1 <= self.port <= 65_535:
            raise ConfigError("port", f"must be within 1 to 65535, got {self.port}")

    def __repr__(self) -> str:
        return (
            f"DiagnosisSettings({self.host!r}, {self.port}, {self.profile.name!r}, {self.plan!r})"
        )
