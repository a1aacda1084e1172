"""The device left the air for a while, or leaves it again and again.

One drop-out is proven by silence on every lane at once, and by the device's own word
(counters, reason, serial lines) where it gives one. A series of short ones is known by
isolated connect timeouts with answers between them, and by connections that succeed
only after a SYN was held back or sent again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from holdfast.core.explain.boots import boots
from holdfast.core.explain.evidence import grown, of_event, of_value, spread
from holdfast.core.explain.finding import (
    Evidence,
    Finding,
    FindingKind,
    RuledOut,
    Severity,
    Side,
)
from holdfast.core.explain.holds import silences
from holdfast.core.explain.lanes import Attempts, attempts, icmp, nearest, tick_s
from holdfast.core.explain.outages import Outage, first_reached_s, is_blocked, outages
from holdfast.core.explain.wifi_reasons import reason_text

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.core.measure.run import RunView

__all__ = ["CODE", "KIND", "NEEDS", "SIDE", "check"]

CODE: Final = "wifi-dropout"
KIND: Final = FindingKind.CAUSE
SIDE: Final = Side.NETWORK
NEEDS: Final = (("http",), ("stream",), ("samples",), ("logs",))

_REMEDY: Final = (
    "Call esp_wifi_set_ps(WIFI_PS_NONE) after connecting, log the reason of every "
    "WIFI_EVENT_STA_DISCONNECTED, and better the signal (distance, antenna, channel) "
    "until the reason no longer appears."
)

MIN_EPISODES: Final = 3
"""A quiet link loses a SYN now and then: 1 in 50 attempts was seen on clean runs."""

MIN_RATE: Final = 0.04
"""Share of attempts; clean runs stayed at 0.02, the mildest labelled series had 0.1."""

JOIN_S: Final = 120.0
"""Episodes closer than this belong to one series."""

_LOG: Final = re.compile(
    r"wifi:state: run -> init|bcn_time?out|ap_probe_send over|STA_DISCONNECTED"
    r"|wifi.*disconnect", re.IGNORECASE
)  # fmt: skip


def check(run: RunView) -> list[Finding]:
    """Find single drop-outs, series of short ones, and those only the device tells of."""
    tries = attempts(run)
    words = _words(run)
    gone = [
        o
        for o in outages(run)
        if o.was_reached
        and (o.is_off_air or (not o.stream and _near(words, o.from_s, o.to_s, 0.0)))
    ]
    found = [_single(run, tries, outage, words) for outage in gone]
    found += _series(run, tries, gone)
    told = [
        w
        for w in words
        if not any(f.from_s - 60.0 <= w.to_s and w.from_s <= f.to_s + 60.0 for f in found)
    ]
    return found + _told_only(run, told)


# --- what the device itself says --------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Word:
    from_s: float
    to_s: float
    evidence: Evidence


def _words(run: RunView) -> list[_Word]:
    found = []
    was: float | None = None
    was_s = 0.0
    restarts = [boot.at_s for boot in boots(run)]
    for sample in run.samples:
        count = sample.values.get("wifi_disconnects")
        if not isinstance(count, int | float):
            continue
        same_boot = not any(was_s < at_s <= sample.at_s for at_s in restarts)
        if was is not None and count > was and same_boot:
            reason = sample.values.get("wifi_last_reason")
            text = f"the device counted {count - was:g} Wi-Fi disconnect(s)"
            if isinstance(reason, int | float) and reason:
                text += f", last reason {reason_text(int(reason))}"
            seen = of_event(sample, text, "wifi.disconnects_total", observed=float(count - was))
            found.append(_Word(was_s, sample.at_s, seen))
        was, was_s = float(count), sample.at_s
    for line in run.logs:
        if line.origin != "server" and _LOG.search(line.text):
            seen = of_event(line, f"{line.origin}: {line.text[:120]}")
            found.append(_Word(line.at_s, line.at_s, seen))
    return sorted(found, key=lambda w: w.from_s)


def _near(
    words: list[_Word], from_s: float, to_s: float, slack_s: float = 10.0
) -> tuple[Evidence, ...]:
    return tuple(
        w.evidence for w in words if w.from_s - slack_s <= to_s and w.to_s >= from_s - slack_s
    )


def _told_only(run: RunView, told: list[_Word]) -> list[Finding]:
    """Findings for losses that fell between the probes; the stream may have felt them."""
    found = []
    for word in told:
        if word.from_s < first_reached_s(run):
            continue
        felt = [s for s in silences(run) if s.from_s < word.to_s + 5.0 and word.from_s < s.to_s]
        text = "the open stream was silent for {:.1f} s in that time"
        found.append(
            _finding(
                confidence=0.8 if felt else 0.6,
                severity=Severity.ERROR if felt else Severity.WARNING,
                from_s=min((s.from_s for s in felt), default=word.from_s),
                to_s=max((s.to_s for s in felt), default=word.to_s),
                evidence=(
                    word.evidence,
                    *(of_value(text.format(s.for_s), at_s=s.from_s) for s in felt[:3]),
                ),
                ruled_out=(),
            )
        )
    return found


# --- one drop-out ------------------------------------------------------------------


def _single(run: RunView, tries: Attempts, outage: Outage, words: list[_Word]) -> Finding:
    evidence = [
        of_value(
            f"{len(outage.rows)} connection attempts in a row unanswered "
            f"({outage.from_s:.0f} to {outage.to_s:.0f} s)",
            "http.connect_timeout_total",
            observed=float(len(outage.rows)),
            at_s=outage.from_s,
        )
    ]
    looked = outage.icmp_ok + outage.icmp_lost
    if looked:
        text = f"ICMP lost {outage.icmp_lost} of {looked} in the same ticks"
        ratio = outage.icmp_ok / looked
        evidence.append(of_value(text, "icmp.ok_ratio", observed=ratio, source="probe.icmp"))
    if outage.stream is False:
        evidence.append(of_value("the open stream fell silent in the same time"))
    device = _near(words, outage.from_s, outage.to_s)
    lanes = (looked > 0) + (outage.stream is False) + 2 * bool(device)
    low, high = (0.5, 0.95) if lanes else (0.4, 0.75)
    confidence = grown(low, high, outage.ticks - 1 + lanes, 2)
    if not outage.is_over:
        evidence.append(of_value("not reached again so far"))
        confidence = min(confidence, 0.7 if lanes else 0.5)
    return _finding(
        confidence=confidence,
        severity=Severity.ERROR,
        from_s=outage.from_s,
        to_s=outage.to_s,
        evidence=(*evidence, *device, *_attempt_rows(tries, outage.rows)),
        ruled_out=_ruled_out(run, outage.from_s, outage.to_s),
    )


# --- a series of short ones --------------------------------------------------------


def _series(run: RunView, tries: Attempts, gone: list[Outage]) -> list[Finding]:
    blocked = is_blocked(run, tries.at_s)
    begun = tries.at_s >= first_reached_s(run)
    failed = ~tries.is_reached & begun & ~blocked & ~_by_restart(run, tries)
    # One episode lasts until something is reached again.
    fresh = failed & ~np.concatenate([[False], failed[:-1]])
    starts = np.flatnonzero(fresh)
    if len(starts) < 2:
        return []
    cuts = np.flatnonzero(np.diff(tries.at_s[starts]) > max(JOIN_S, 24 * tick_s(run)))
    found = []
    for rows in np.split(starts, cuts + 1):
        finding = _one_series(run, tries, failed, blocked, rows)
        if finding is not None:
            found.append(finding)
    return found


def _by_restart(run: RunView, tries: Attempts) -> NDArray[np.bool_]:
    """Whether each attempt belongs to an outage in which the device restarted."""
    mask = np.zeros(len(tries), dtype=bool)
    restarts = [boot.at_s for boot in boots(run)]
    for outage in outages(run):
        if any(outage.from_s - 30.0 <= at_s <= outage.to_s + 10.0 for at_s in restarts):
            mask[outage.rows] = True
    return mask


def _one_series(
    run: RunView,
    tries: Attempts,
    failed: NDArray[np.bool_],
    blocked: NDArray[np.bool_],
    episodes: NDArray[np.int64],
) -> Finding | None:
    from_s, last_s = float(tries.at_s[episodes[0]]), float(tries.at_s[episodes[-1]])
    inside = (tries.at_s >= from_s) & (tries.at_s <= last_s) & ~blocked
    lost = np.flatnonzero(failed & inside)
    slow = np.flatnonzero(tries.is_slow & inside)
    echo = icmp(run)
    near = nearest(echo, tries.at_s[lost], 0.75 * tick_s(run))
    silent = int((~echo.is_ok[near[near >= 0]]).sum())
    hints = len(slow) + silent
    enough = len(episodes) >= MIN_EPISODES or (len(episodes) == 2 and hints >= 3)
    if not enough or len(lost) < MIN_RATE * inside.sum():
        return None
    to_s = float(tries.end_s[lost].max())
    evidence = [
        of_value(
            f"{len(lost)} of {inside.sum()} attempts to connect unanswered in "
            f"{len(episodes)} separate episodes, answers between them",
            "http.connect_timeout_total",
            observed=float(len(lost)),
        )
    ]
    if (near >= 0).any():
        text = f"ICMP was lost in the same tick {silent} of {(near >= 0).sum()} times"
        evidence.append(of_value(text, source="probe.icmp"))
    if len(slow):
        longest = float(np.nanmax(tries.connect_s[slow]))
        text = f"{len(slow)} connections needed up to {longest:.1f} s: SYN sent again or held back"
        evidence.append(of_value(text, "connect_s", observed=longest, limit=0.35))
    return _finding(
        confidence=grown(0.4, 0.9, len(episodes) + 0.5 * hints, 3),
        severity=Severity.ERROR if len(lost) >= 0.08 * inside.sum() else Severity.WARNING,
        from_s=from_s,
        to_s=to_s,
        evidence=(*evidence, *_attempt_rows(tries, lost)),
        ruled_out=_ruled_out(run, from_s, to_s),
    )


# --- common ------------------------------------------------------------------------


def _attempt_rows(tries: Attempts, rows: NDArray[np.int64]) -> tuple[Evidence, ...]:
    return tuple(
        Evidence(
            text=f"no answer to the connection at {tries.at_s[row]:.0f} s",
            source="stream" if tries.is_stream[row] else "probe",
            seq=int(tries.seq[row]) or None,
            at_s=float(tries.at_s[row]),
        )
        for row in spread(rows, 4)
    )


def _ruled_out(run: RunView, from_s: float, to_s: float) -> tuple[RuledOut, ...]:
    out = []
    uptime = run.series("uptime_s")
    around = bool((uptime.at_s < from_s).any() and (uptime.at_s > to_s).any())
    if around and not any(from_s - 60.0 <= b.at_s <= to_s for b in boots(run)):
        out.append(RuledOut("device-reboot", "the uptime went on without a break"))
    gateway = run.probes("control")
    meanwhile = gateway.between(from_s, to_s)
    if meanwhile.any() and gateway.is_ok[meanwhile].mean() > 0.5:
        answered = int(gateway.is_ok[meanwhile].sum())
        why = f"the control target answered {answered} of {int(meanwhile.sum())} times"
        out.append(RuledOut("observer-side", why))
    return tuple(out)


def _finding(
    *,
    confidence: float,
    severity: Severity,
    from_s: float,
    to_s: float,
    evidence: tuple[Evidence, ...],
    ruled_out: tuple[RuledOut, ...],
) -> Finding:
    return Finding(
        code=CODE,
        kind=KIND,
        side=SIDE,
        severity=severity,
        confidence=confidence,
        title="The device drops off the Wi-Fi",
        evidence=evidence,
        remedy=_REMEDY,
        from_s=from_s,
        to_s=max(to_s, from_s),
        ruled_out=ruled_out,
    )
