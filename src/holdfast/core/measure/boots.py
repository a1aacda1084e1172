"""When the device booted, as far as its own samples tell.

A sample's instant less its uptime is the moment of the boot; when that moment moves
forward, or the boot's id changes, the device started anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from holdfast.core.journal.events import Sample

__all__ = ["Boot", "boots"]

_MOVED_S: Final = 10.0
"""Uptime in whole seconds and an answer up to 5 s late move the moment by less than this."""
_FELL_S: Final = 1.0
"""Uptime that falls by more than its own rounding is a new boot, however soon."""


@dataclass(frozen=True, slots=True)
class Boot:
    """One boot of the device.

    Attributes:
        at_s: When it booted, seconds on the run's clock (negative: before the run);
            ``None`` where only a new id tells of it.
        seen_s: First sample of this boot.
        last_s: Last sample of it.
    """

    at_s: float | None
    seen_s: float
    last_s: float


def boots(samples: Iterable[Sample]) -> list[Boot]:
    """Return the boots that ``samples``, in order of time, tell of; the first is no reboot."""
    found: list[Boot] = []
    before: tuple[float, float] | None = None  # moment of boot and uptime in the last sample
    before_id: object = None
    for sample in samples:
        uptime_s, boot_id = _number(sample.values.get("uptime_s")), sample.values.get("boot_id")
        if uptime_s is None and boot_id is None:
            continue
        told = None if uptime_s is None else (sample.at_s - uptime_s, uptime_s)
        has_new_id = before_id is not None and boot_id is not None and boot_id != before_id
        if not found or has_new_id or _is_anew(before, told):
            found.append(Boot(told and told[0], sample.at_s, sample.at_s))
            before, before_id = told, boot_id
            continue
        first_s = found[-1].at_s
        found[-1] = Boot(
            told[0] if first_s is None and told else first_s, found[-1].seen_s, sample.at_s
        )
        before = told or before
        before_id = before_id if boot_id is None else boot_id
    return found


def _is_anew(before: tuple[float, float] | None, now: tuple[float, float] | None) -> bool:
    if before is None or now is None:
        return False
    return now[1] < before[1] - _FELL_S or now[0] > before[0] + _MOVED_S


def _number(value: object) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number else None  # type: ignore[arg-type]
