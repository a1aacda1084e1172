"""Which criteria a plan can show: the profile's, else document 000's, then the user's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdfast.core.judge.criteria import default_criteria
from holdfast.core.measure.summary import ALL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from holdfast.core.judge.criteria import Criterion
    from holdfast.core.observe.settings import DiagnosisSettings

__all__ = ["planned_criteria"]

_TOLD = frozenset({"health", "heap", "rssi", "wifi", "device"})
"""Groups of measures about what the device says of itself when asked for health."""
_PROBED = {
    "general": frozenset({"http", "ping", "icmp", "control"}) | _TOLD,
    "a": frozenset[str](),
    "b": frozenset({"http", "ping"}),
}
"""Groups of measures that each plan can fill beside the stream; ``a`` is the stream alone."""
_REQUESTS = _PROBED["general"]


def planned_criteria(
    settings: DiagnosisSettings, asked: Sequence[Criterion] = ()
) -> tuple[Criterion, ...]:
    """Return the criteria of a run, without those that its plan never looks at.

    Args:
        settings: What the run does.
        asked: The user's own; kept whatever the plan.
    """
    profile = settings.profile
    has_stream = settings.stream and profile.stream is not None
    known = profile.criteria or default_criteria(
        settings.plan,
        duration_s=settings.duration_s,
        has_stream=has_stream,
        has_health=profile.health is not None,
    )
    return tuple(c for c in known if _is_shown(c, settings.plan, has_stream)) + tuple(asked)


def _is_shown(criterion: Criterion, plan: str, has_stream: bool) -> bool:
    group = criterion.measure.removeprefix(ALL).partition(".")[0]
    if group == "stream":
        return has_stream
    return group not in _REQUESTS or group in _PROBED[plan]
