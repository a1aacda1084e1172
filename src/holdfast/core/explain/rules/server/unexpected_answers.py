"""The device answers, but not what the profile expects.

The port, path or profile is wrong, or the handler itself fails: connection and time are
well; the answer itself is a wrong status, a body without what it should have, or no HTTP.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from holdfast.core.explain.evidence import grown, of_event, of_value, spread
from holdfast.core.explain.finding import Finding, FindingKind, RuledOut, Severity, Side
from holdfast.core.journal.events import Outcome

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.core.measure.run import RunView

__all__ = ["CODE", "KIND", "NEEDS", "SIDE", "check"]

CODE: Final = "unexpected-answers"
KIND: Final = FindingKind.CAUSE
SIDE: Final = Side.SERVER
NEEDS: Final = (("http",),)

MIN_IN_A_ROW: Final = 3
"""One wrong answer is an incident, three in a row are how it is."""

_UNEXPECTED: Final = (Outcome.BAD_STATUS, Outcome.BAD_BODY, Outcome.NOT_HTTP)
_SERVER_ERROR: Final = 500

_REMEDY_NOT_HTTP: Final = (
    "Give the port of the device's web server (TARGET:PORT), and https:// where it speaks TLS."
)
_REMEDY_PROFILE: Final = (
    "Name the profile that fits (--profile NAME; holdfast profile list), or correct path, status "
    "and body of the endpoint in your own."
)
_REMEDY_FAILING: Final = (
    "Look at the device's log at that time: the handler itself fails (status 5xx)."
)


def check(run: RunView) -> list[Finding]:
    """Find endpoints whose answers are unexpected, several in a row."""
    found = []
    for target in run.http_targets():
        table = run.probes(target)
        wrong = table.has(*_UNEXPECTED)
        edges = np.flatnonzero(np.diff(np.concatenate([[0], wrong.astype(np.int8), [0]])))
        found += [
            _finding(run, target, np.arange(start, stop))
            for start, stop in zip(edges[::2], edges[1::2], strict=True)
            if stop - start >= MIN_IN_A_ROW
        ]
    return found


def _finding(run: RunView, target: str, rows: NDArray[np.int64]) -> Finding:
    probes = [run.probe_events(target)[int(row)] for row in rows]
    table = run.probes(target)
    never = not table.is_ok.any()
    failing = sum((p.status or 0) >= _SERVER_ERROR for p in probes) >= 0.5 * len(probes)
    is_http = any(p.outcome is not Outcome.NOT_HTTP for p in probes)
    title, remedy = (
        f"The device answers {target}, but not what the profile expects",
        _REMEDY_PROFILE,
    )
    if failing:
        title, remedy = f"The device's own handler of {target} fails", _REMEDY_FAILING
    elif not is_http:
        title, remedy = "What listens on this port does not speak HTTP", _REMEDY_NOT_HTTP
    evidence = [
        of_value(
            f"{len(probes)} answers to {target} in a row were unexpected"
            + (", none was ever right" if never else ""),
            f"{target}.ok_ratio",
            observed=float(table.is_ok.mean()),
        )
    ]
    evidence += [
        of_event(probes[i], _text(probes[i].outcome, probes[i].status, probes[i].detail))
        for i in spread(range(len(probes)), 3)
    ]
    return Finding(
        code=CODE,
        kind=KIND,
        side=SIDE,
        severity=Severity.ERROR if target == "ping" else Severity.WARNING,
        confidence=grown(0.5, 0.95, len(probes), 2),
        title=title,
        evidence=tuple(evidence),
        remedy=remedy,
        from_s=probes[0].at_s,
        to_s=probes[-1].at_s + probes[-1].total_s,
        ruled_out=(
            RuledOut("port-closed", "connections were accepted"),
            RuledOut("wifi-dropout", "complete answers came back"),
        ),
    )


def _text(outcome: Outcome, status: int | None, detail: str) -> str:
    words = outcome.value.replace("_", " ")
    return f"{words}{'' if status is None else f', status {status}'}: {detail}".rstrip(": ")
