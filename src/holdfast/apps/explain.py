"""Read what was recorded and name the causes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from holdfast.apps.load_run import load_run
from holdfast.core.explain.engine import explain
from holdfast.core.explain.finding import FindingKind
from holdfast.core.judge.recorded import recorded_criteria
from holdfast.core.judge.verdict import judge
from holdfast.errors import UnreadableError

if TYPE_CHECKING:
    from holdfast.core.explain.finding import Finding
    from holdfast.core.judge.verdict import Verdict
    from holdfast.core.measure.run import RunView

__all__ = ["Explained", "explain_path", "explain_paths"]

LIKELY: Final = 0.5
"""Confidence from which a cause counts for the exit code."""
MAX_RUNS: Final = 1_000
"""Runs taken from one folder of runs."""


@dataclass(frozen=True, slots=True)
class Explained:
    """A recorded run and what is wrong with it.

    Attributes:
        path: Where it was read from.
        run: Its events.
        findings: Ranked findings.
        verdict: The verdict by the criteria it was made with.
    """

    path: Path
    run: RunView
    findings: list[Finding]
    verdict: Verdict

    @property
    def has_likely_cause(self) -> bool:
        """Whether a cause was found with confidence 0.5 or more."""
        return any(f.kind is FindingKind.CAUSE and f.confidence >= LIKELY for f in self.findings)


def explain_path(path: Path) -> Explained:
    """Explain one run.

    Raises:
        UnreadableError: If there is no run at ``path``.
    """
    run = load_run(path)
    return Explained(path, run, explain(run), judge(run, recorded_criteria(run.header)))


def explain_paths(paths: list[Path]) -> tuple[list[Explained], list[UnreadableError]]:
    """Explain runs and folders of runs, in order.

    A folder that is no run itself stands for the runs in it.

    Returns:
        What was read, and one error for each path that holds nothing readable.
    """
    done: list[Explained] = []
    failed: list[UnreadableError] = []
    for path in paths:
        try:
            done.append(explain_path(path))
        except UnreadableError as exc:
            inner = _runs_in(path)
            done += inner
            if not inner:
                failed.append(exc)
    return done, failed


def _runs_in(folder: Path) -> list[Explained]:
    found: list[Explained] = []
    if not folder.is_dir():
        return found
    for path in sorted(p for p in folder.iterdir() if p.is_dir())[:MAX_RUNS]:
        try:
            found.append(explain_path(path))
        except UnreadableError:
            continue
    return found
