"""The device restarted during the run.

Proven by its uptime going back (run time minus uptime jumps), a new boot number, or a
boot banner on the serial line; the reason comes from the lines before the banner, the
ROM's ``rst:`` word or the device's own reset reason. Where none of these is recorded, a
long absence from the network is named with half the confidence.
"""

from __future__ import annotations

from typing import Final

from holdfast.core.explain.boots import Boot, boots, knows_uptime
from holdfast.core.explain.evidence import of_value
from holdfast.core.explain.finding import Finding, FindingKind, RuledOut, Severity, Side
from holdfast.core.explain.lanes import attempts
from holdfast.core.explain.outages import Outage, first_reached_s, outages
from holdfast.core.journal.events import Outcome
from holdfast.core.measure.run import RunView

__all__ = ["CODE", "KIND", "NEEDS", "SIDE", "check"]

CODE: Final = "device-reboot"
KIND: Final = FindingKind.CAUSE
SIDE: Final = Side.DEVICE
NEEDS: Final = (("http",), ("samples",), ("logs",))

_REMEDIES: Final = {
    "panic": "Decode the backtrace of the panic (idf.py monitor, or addr2line -pfiaC -e "
    "build/app.elf ADDRESSES) and mend that line; set CONFIG_ESP_COREDUMP_ENABLE_TO_FLASH=y "
    "to keep the next one.",
    "brownout": "Feed the board from a supply and cable good for 500 mA, add 470 uF at its "
    "3V3 pin, and lower the radio's peak with esp_wifi_set_max_tx_power(52).",
    "watchdog": "Move the work that held the task for over 5 s out of the callback named in "
    "the watchdog's lines, or feed it there with esp_task_wdt_reset().",
    "software": "Log the reason before each esp_restart() call, so that the next one names itself.",
    "": "Record the serial line (--serial PORT) or add esp_reset_reason() to the health "
    "answer, so that the next restart names its reason.",
}

_WHY: Final = {
    "panic": " after a panic",
    "brownout": " after a brownout",
    "watchdog": " by a watchdog",
    "software": " by its own software",
    "power-on": " by a power cycle",
    "host": " by the host (flash tool or monitor)",
    "": "",
}

LONG_S: Final = 45.0
"""A Wi-Fi drop-out heals in 5 to 40 s; a restart or a reflash takes longer."""


def check(run: RunView) -> list[Finding]:
    """Find restarts of a device that had been up in this run."""
    up_s = first_reached_s(run)
    gone = [outage for outage in outages(run) if outage.was_reached]
    witnessed = [b for b in boots(run) if b.is_witnessed or b.at_s > up_s + 5.0]
    found = [_proven(boot, gone) for boot in witnessed]
    if not knows_uptime(run) and not witnessed:
        found += [_inferred(run, o) for o in gone if _looks_like_restart(run, o)]
    return found


def _proven(boot: Boot, gone: list[Outage]) -> Finding:
    around = [o for o in gone if o.from_s - 30.0 <= boot.at_s <= o.to_s + 10.0]
    from_s = min([boot.at_s, *(o.from_s for o in around)])
    to_s = max([boot.at_s, *(o.to_s for o in around)])
    evidence = list(boot.evidence)
    if around:
        lost = sum(len(o.rows) for o in around)
        evidence.append(
            of_value(
                f"{lost} attempts to connect unanswered around it",
                "http.connect_timeout_total",
                observed=float(lost),
                at_s=from_s,
            )
        )
    planned = boot.reason in ("software", "power-on", "host")
    return Finding(
        code=CODE,
        kind=KIND,
        side=SIDE,
        severity=Severity.WARNING if planned else Severity.ERROR,
        confidence=0.97 if boot.is_witnessed else 0.9,
        title=f"The device restarted{_WHY[boot.reason]}",
        evidence=tuple(evidence),
        remedy=_REMEDIES.get(boot.reason, _REMEDIES[""]),
        from_s=from_s,
        to_s=to_s,
        ruled_out=(RuledOut("wifi-dropout", "the uptime began anew"),),
    )


def _looks_like_restart(run: RunView, outage: Outage) -> bool:
    """A long absence in which at last even the host's ARP found nobody."""
    if not outage.is_over or outage.for_s < LONG_S or outage.icmp_ok:
        return False
    http = run.http()
    failed_fast = http.has(Outcome.CONNECT_FAIL_FAST) & http.between(outage.from_s, outage.to_s)
    return bool(failed_fast.any()) and outage.ticks >= 4


def _inferred(run: RunView, outage: Outage) -> Finding:
    tries = attempts(run)
    return Finding(
        code=CODE,
        kind=KIND,
        side=SIDE,
        severity=Severity.ERROR,
        confidence=0.5,
        title="The device left the network and came back: probably it restarted",
        evidence=(
            of_value(
                f"{len(outage.rows)} attempts in a row unanswered for {outage.for_s:.0f} s, some "
                "failed at once because not even its address was found",
                "outage_s",
                observed=outage.for_s,
                limit=LONG_S,
                at_s=float(tries.at_s[outage.rows[0]]),
            ),
            of_value("its uptime is not recorded, so the restart is inferred"),
        ),
        remedy=_REMEDIES[""],
        from_s=outage.from_s,
        to_s=outage.to_s,
    )
