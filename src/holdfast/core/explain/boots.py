"""Boots: when the device started, as its uptime, boot number and serial line tell it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from holdfast.core.explain.evidence import of_event, of_value
from holdfast.core.explain.memo import once_per_run
from holdfast.core.journal.events import Stream
from holdfast.core.measure import boots as sampled

if TYPE_CHECKING:
    from holdfast.core.explain.finding import Evidence
    from holdfast.core.journal.events import LogLine, Sample
    from holdfast.core.measure.run import RunView

__all__ = ["Boot", "boots", "knows_uptime", "reset_word"]

CLOCK_SLACK_S: Final = 5.0
"""Whole seconds of uptime, a late answer, and a crystal 100 ppm off over half a day."""


@dataclass(frozen=True, slots=True)
class Boot:
    """One start of the device.

    Attributes:
        at_s: When, on the run's clock; before 0 for one before the run.
        seen_s: When the bench learned of it.
        is_witnessed: Whether the change itself was seen: uptime went back, the boot
            number changed, or the serial line restarted. ``False`` for the boot that
            the first uptime alone tells of.
        reason: ``"panic"``, ``"brownout"``, ``"watchdog"``, ``"software"``,
            ``"power-on"``, ``"host"`` or ``""``.
        evidence: What tells of it.
        lane: ``"samples"``, ``"serial"``, ``"stream"``, or several.
    """

    at_s: float
    seen_s: float
    is_witnessed: bool
    reason: str
    evidence: tuple[Evidence, ...]
    lane: str


_WORDS: Final = (
    # Order matters: a panic report may name the watchdog that caused it.
    ("brownout", re.compile(r"brown.?out|^BOD: |power.?glitch|pwr_glitch", re.IGNORECASE)),
    ("watchdog", re.compile(r"watchdog|wdt", re.IGNORECASE)),
    ("panic", re.compile(r"panic|meditation|abort|exception|assert|stack|heap", re.IGNORECASE)),
    ("host", re.compile(r"usb|jtag", re.IGNORECASE)),
    ("software", re.compile(r"software|(?<![A-Z])SW_|RTC_SW|restart", re.IGNORECASE)),
    ("power-on", re.compile(r"power.?on|POWERON", re.IGNORECASE)),
)

_BANNER: Final = re.compile(r"^(?:ets [A-Z][a-z]{2} +\d|ESP-ROM:|rst:0x[0-9a-f]+ \()")
_RST: Final = re.compile(r"rst:0x[0-9a-f]+ \((\w+)\)")
_OMEN: Final = re.compile(
    r"Guru Meditation Error|Brownout detector was triggered|BOD: |Task watchdog got triggered"
    r"|Interrupt wdt timeout|abort\(\) was called|assert failed:|stack overflow in task"
    r"|Stack canary watchpoint|CORRUPT HEAP|Stack smashing protect failure"
)
"""Lines that a device prints before it resets itself."""

OMEN_S: Final = 15.0
"""A panic prints its registers and backtrace within seconds of the boot that follows."""


def reset_word(text: str) -> str:
    """Return what kind of reset ``text`` tells of; ``""`` where it tells nothing."""
    for word, pattern in _WORDS:
        if pattern.search(text):
            return word
    return ""


def knows_uptime(run: RunView) -> bool:
    """Whether the device told its uptime or boot number at all."""
    return any("uptime_s" in s.values or "boot_id" in s.values for s in run.samples)


@once_per_run
def boots(run: RunView) -> list[Boot]:
    """Return all boots that the run tells of, in order; one boot seen twice is one."""
    found: list[Boot] = []
    told = [*_by_samples(run), *_by_serial(run), *_by_stream(run)]
    for boot in sorted(told, key=lambda b: b.at_s):
        last = found[-1] if found else None
        # The serial line speaks at once; uptime is asked for every 30 s and rounded.
        if last is None or boot.lane in last.lane or boot.at_s - last.at_s > 2 * CLOCK_SLACK_S:
            found.append(boot)
            continue
        found[-1] = Boot(
            at_s=last.at_s,
            seen_s=min(last.seen_s, boot.seen_s),
            is_witnessed=last.is_witnessed or boot.is_witnessed,
            reason=last.reason if last.reason not in ("", "software", "host") else boot.reason,
            evidence=last.evidence + boot.evidence,
            lane=f"{last.lane} {boot.lane}",
        )
    return found


def _by_samples(run: RunView) -> list[Boot]:
    samples = {sample.at_s: sample for sample in run.samples}
    found: list[Boot] = []
    before: sampled.Boot | None = None
    for boot in sampled.boots(run.samples):
        if boot.at_s is None:
            continue
        sample = samples[boot.seen_s]
        reason = _told_reason(sample)
        uptime_s = boot.seen_s - boot.at_s
        text = f"uptime {uptime_s:g} s at {boot.seen_s:.0f} s: it booted at {boot.at_s:.0f} s"
        if before is not None and abs(boot.at_s - (before.at_s or 0.0)) <= CLOCK_SLACK_S:
            text = f"boot number changed to {sample.values.get('boot_id')}"
        if reason and before is not None:
            text += f", reset reason {reason!r}"
        found.append(
            Boot(
                # A device cannot have booted before it was last seen running.
                at_s=boot.at_s if before is None else max(boot.at_s, before.last_s),
                seen_s=boot.seen_s,
                is_witnessed=before is not None,
                reason=reset_word(reason),
                evidence=(of_event(sample, text, "uptime_s", observed=uptime_s),),
                lane="samples",
            )
        )
        before = boot
    return found


def _told_reason(sample: Sample) -> str:
    told = sample.values.get("reset_reason")
    return told if isinstance(told, str) else ""


def _by_stream(run: RunView) -> list[Boot]:
    """Boots told by the device's own time in the stream's messages.

    Only a clock that counts from the boot is believed: after a fall it must say less than
    the time since the message before.
    """
    found: list[Boot] = []
    last: Stream | None = None
    for event in run.events:
        if not isinstance(event, Stream) or event.device_s is None:
            continue
        if last is not None and event.device_s < (last.device_s or 0.0) - CLOCK_SLACK_S:
            at_s = event.at_s - event.device_s
            if at_s >= last.at_s - CLOCK_SLACK_S:
                text = (
                    f"the stream's own time fell from {last.device_s:.1f} to "
                    f"{event.device_s:.1f} s: it booted at {at_s:.0f} s"
                )
                seen = of_event(event, text, "stream.device_s", observed=event.device_s)
                found.append(Boot(max(at_s, last.at_s), event.at_s, True, "", (seen,), "stream"))
        last = event
    return found


def _by_serial(run: RunView) -> list[Boot]:
    found: list[Boot] = []
    omens: list[LogLine] = []
    started = False
    booted_s = float("-inf")
    for line in run.logs:
        if line.origin != "serial":
            continue
        if _OMEN.search(line.text):
            omens.append(line)
        if _BANNER.search(line.text):
            if line.at_s - booted_s > 1.0:
                near = [o for o in omens if line.at_s - o.at_s <= OMEN_S]
                # The first lines of a capture: opening the port resets many boards.
                found.append(_serial_boot(line, near, is_witnessed=started))
                omens.clear()
                booted_s = line.at_s
            elif found and (rst := _RST.search(line.text)):
                found[-1] = _with_reset(found[-1], rst.group(1), line)
        started = True
    return found


def _serial_boot(line: LogLine, omens: list[LogLine], *, is_witnessed: bool) -> Boot:
    reason = next((w for w in (reset_word(o.text) for o in omens) if w), "")
    rst = _RST.search(line.text)
    boot = Boot(
        at_s=line.at_s,
        seen_s=line.at_s,
        is_witnessed=is_witnessed,
        reason=reason,
        evidence=(
            *(of_event(o, f"serial: {o.text[:120]}") for o in omens[:2]),
            of_event(line, f"serial: {line.text[:120]}"),
        ),
        lane="serial",
    )
    return _with_reset(boot, rst.group(1), None) if rst else boot


def _with_reset(boot: Boot, name: str, line: LogLine | None) -> Boot:
    word = reset_word(name)
    # SW_CPU_RESET follows a panic as well as a restart: the omen, where there is one, knows.
    reason = boot.reason if boot.reason and word in ("software", "", "host") else word
    more = () if line is None else (of_value(f"serial: {line.text[:120]}", at_s=line.at_s),)
    return replace(boot, reason=reason, evidence=boot.evidence + more)
