"""Score findings on labelled recordings: ``python -m holdfast.testing.score CORPUS``.

A label that must be found counts as found when a cause of its code overlaps its interval.
A cause that overlaps no interval of its code, be it one that must or one that may be
found, is false; worst of all inside an interval labelled clean.
"""

from __future__ import annotations

import argparse
import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from msgspec import Struct, field, to_builtins

from holdfast.adapters.importers.diag_logs import import_folder
from holdfast.core.explain.engine import explain
from holdfast.core.explain.finding import Finding, FindingKind
from holdfast.core.measure.run import RunView
from holdfast.errors import HoldfastError, UnreadableError

__all__ = [
    "CLEAN",
    "FIND",
    "MAY",
    "Claim",
    "Interval",
    "RunScore",
    "Score",
    "main",
    "score_probe_runs",
    "score_run",
]

FIND: Final = {
    "server_blocked_by_stream": "server-blocked-by-stream",
    "server_blocked_by_previous_stream": "server-blocked-by-stream",
    "wifi_dropout": "wifi-dropout",
    "reachability_intermittent": "wifi-dropout",
}
"""Labels that must be found, and the code that finds them."""

MAY: Final = {
    "recovered_at_stream_cap": "stream-lifetime-cap",
    "boot_warmup": "device-booting",
    "device_offline_probable_reflash": "device-reboot",
    "stream_never_connected": "stream-refused",
    "wifi_loss_minor": "wifi-dropout",
    "connect_timeout": "wifi-dropout",
    "wifi_reconnect": "wifi-dropout",
    "recovered_after_stream_lost": "wifi-dropout",
    "sse_stall_then_reset": "wifi-dropout",
    "sse_stall": "stream-stalled",
    "sse_short_stall": "stream-stalled",
}
"""True labels that are neither rewarded nor punished."""

CLEAN: Final = ("clean", "clean_after_stream")
"""Labels of intervals in which no cause may be claimed."""

DAY_S: Final = 86_400.0


class Interval(Struct, frozen=True):
    """A labelled interval on the run's clock.

    Attributes:
        label: As in the labels file.
        code: Code that answers it; ``""`` for context.
        from_s: Start.
        to_s: End.
        is_found: Whether a cause of that code overlaps it; ``None`` where none must.
    """

    label: str
    code: str
    from_s: float
    to_s: float
    is_found: bool | None = None

    def overlaps(self, from_s: float, to_s: float) -> bool:
        """Whether it shares a moment with ``[from_s, to_s]``."""
        return self.from_s <= to_s and from_s <= self.to_s


class Claim(Struct, frozen=True):
    """A cause that was claimed.

    Attributes:
        code: Of the finding.
        confidence: Of the finding.
        from_s: Of the finding.
        to_s: Of the finding.
        is_false: Whether no interval of its code justifies it.
        is_in_clean: Whether it is false and lies in time labelled clean.
    """

    code: str
    confidence: float
    from_s: float
    to_s: float
    is_false: bool
    is_in_clean: bool


class RunScore(Struct, frozen=True):
    """How one recording fared."""

    run: str
    intervals: list[Interval]
    claims: list[Claim]

    @property
    def missed(self) -> list[Interval]:
        """Intervals that had to be found and were not."""
        return [i for i in self.intervals if i.is_found is False]

    @property
    def false(self) -> list[Claim]:
        """Causes without a label."""
        return [c for c in self.claims if c.is_false]


class Score(Struct, frozen=True):
    """How a corpus fared.

    Attributes:
        recall: Found and all intervals of each label that must be found.
        false_total: Causes claimed without a label.
        clean_total: Of these, causes claimed in time labelled clean.
        runs: Each recording.
    """

    recall: dict[str, tuple[int, int]]
    false_total: int
    clean_total: int
    runs: list[RunScore] = field(default_factory=list)

    @property
    def is_perfect(self) -> bool:
        """Whether everything was found and nothing else claimed."""
        return not self.false_total and all(found == total for found, total in self.recall.values())


def score_run(
    name: str, run: RunView, labels: list[dict[str, Any]], findings: list[Finding] | None = None
) -> RunScore:
    """Compare what is explained of a run with its labels.

    Args:
        name: Of the recording.
        run: The recording.
        labels: Its intervals as in the labels file.
        findings: What was found; ``None`` for explaining it here.
    """
    found = explain(run) if findings is None else findings
    causes = [f for f in found if f.kind is FindingKind.CAUSE]
    intervals = []
    for item in labels:
        label = str(item["label"])
        code = FIND.get(label) or MAY.get(label, "")
        from_s = _on_clock(item["start"], run)
        to_s = run.end_s if item["end"] is None else _on_clock(item["end"], run)
        blank = Interval(label, code, from_s, max(to_s, from_s))
        hit = any(c.code == code and blank.overlaps(c.from_s, c.to_s) for c in causes)
        is_found = hit if label in FIND else None
        intervals.append(Interval(label, code, from_s, blank.to_s, is_found))
    return RunScore(name, intervals, [_claim(cause, intervals) for cause in causes])


def _claim(cause: Finding, intervals: list[Interval]) -> Claim:
    near = [i for i in intervals if i.overlaps(cause.from_s, cause.to_s)]
    is_false = not any(i.code == cause.code for i in near)
    return Claim(
        cause.code,
        cause.confidence,
        cause.from_s,
        cause.to_s,
        is_false,
        is_false and any(i.label in CLEAN for i in near),
    )


def _on_clock(mark: float | str, run: RunView) -> float:
    """Return a label's moment on the run's clock: elapsed seconds, or local time of day."""
    if not isinstance(mark, str):
        return float(mark)
    begun = datetime.fromisoformat(run.header.wall_at)
    hour, minute, second = (int(part) for part in mark.split(":"))
    at_s = 3600.0 * hour + 60.0 * minute + second
    begun_s = 3600.0 * begun.hour + 60.0 * begun.minute + begun.second
    # A run over midnight goes on into the next day; half a day tells it from rounding.
    return (at_s - begun_s + DAY_S / 2) % DAY_S - DAY_S / 2


def score_probe_runs(corpus: Path) -> Score:
    """Import, explain and score every labelled probe run of a corpus.

    Args:
        corpus: The corpus, or its ``s3-dashboard`` folder.

    Raises:
        UnreadableError: If there are no labels, or a labelled run cannot be read.
    """
    folder = corpus if (corpus / "labels.json").is_file() else corpus / "s3-dashboard"
    try:
        labels = json.loads((folder / "labels.json").read_text(encoding="utf-8"))["runs"]
    except (OSError, ValueError, KeyError) as exc:
        raise UnreadableError(str(folder / "labels.json"), "no labels of probe runs") from exc
    runs = []
    for name in sorted(labels):
        journal = import_folder(folder / name)
        view = RunView(journal.header, journal.events)
        runs.append(score_run(name, view, labels[name]["intervals"]))
    recall = {}
    for label in FIND:
        marked = [i for r in runs for i in r.intervals if i.label == label]
        recall[label] = (sum(bool(i.is_found) for i in marked), len(marked))
    claims = [c for r in runs for c in r.claims]
    return Score(recall, sum(c.is_false for c in claims), sum(c.is_in_clean for c in claims), runs)


def _lines(score: Score) -> list[str]:
    lines = [
        f"{label:36} {found} of {total} found" for label, (found, total) in score.recall.items()
    ]
    lines.append(f"causes without a label: {score.false_total}, in clean time: {score.clean_total}")
    lines += [
        f"{run.run}: missed {miss.label} {miss.from_s:.0f}-{miss.to_s:.0f} s"
        for run in score.runs
        for miss in run.missed
    ]
    lines += [
        f"{run.run}: false {c.code} {c.from_s:.0f}-{c.to_s:.0f} s ({c.confidence:.2f})"
        for run in score.runs
        for c in run.false
    ]
    return lines


def main(argv: list[str] | None = None) -> int:
    """Print the score; return 0 where all is found and nothing else, 1 else, 3 unreadable."""
    parser = argparse.ArgumentParser(prog="holdfast.testing.score", description="Score a corpus.")
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--json", action="store_true", help="print one object")
    options = parser.parse_args(argv)
    try:
        score = score_probe_runs(options.corpus)
    except HoldfastError as exc:
        print(f"error: {exc}", file=sys.stderr)  # noqa: T201  # a command of its own
        return 3
    text = json.dumps(to_builtins(score)) if options.json else "\n".join(_lines(score))
    print(text)  # noqa: T201
    return 0 if score.is_perfect else 1


if __name__ == "__main__":
    sys.exit(main())
