"""Write a finished run's artifacts anew, or a copy of them that may be shown to others."""

from __future__ import annotations

import datetime
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from holdfast.adapters.journal_file import JournalWriter
from holdfast.adapters.run_folder import RunFolder, create_run_folder
from holdfast.apps.artifacts import write_artifacts
from holdfast.apps.explain import explain_path
from holdfast.apps.kept_run import JOURNAL
from holdfast.core.explain.engine import explain
from holdfast.core.judge.recorded import recorded_criteria
from holdfast.core.judge.verdict import judge
from holdfast.core.measure.run import RunView
from holdfast.core.report.share import share_run

if TYPE_CHECKING:
    from holdfast.apps.explain import Explained
    from holdfast.core.journal.events import Event, Header

__all__ = ["rewrite", "share"]


def rewrite(path: Path, out: Path) -> tuple[Path, Explained]:
    """Write the artifacts of a run.

    A run folder of ours is renewed in place. An imported folder, or a bare journal, is
    left as it is: its artifacts go to a new folder under ``out``.

    Returns:
        The folder written to, and the run.

    Raises:
        UnreadableError: If there is no run at ``path``.
        OutputError: If an artifact cannot be written.
    """
    done = explain_path(path)
    folder = _folder_of(done, out)
    write_artifacts(folder, done.run, done.findings, done.verdict)
    return folder.path, done


def share(path: Path, out: Path) -> tuple[Path, Path]:
    """Write a run's artifacts, and beside them a copy without anything that names somebody.

    The copy is a run of its own: journal and all artifacts with the same pseudonym for
    the same thing. The run's report links to it.

    Returns:
        The run's folder and the copy's.

    Raises:
        UnreadableError: If there is no run at ``path``.
        OutputError: If an artifact cannot be written.
    """
    done = explain_path(path)
    folder = _folder_of(done, out)
    header, events = share_run(done.run.header, done.run.events, secrets.token_hex(16))
    copied = _new_folder(folder.path.parent, header, f"{header.target}-shared")
    _keep(copied, header, events)
    run = RunView(header, events)
    write_artifacts(copied, run, explain(run), judge(run, recorded_criteria(header)))
    link = f"../{copied.path.name}/report.html"
    write_artifacts(folder, done.run, done.findings, done.verdict, shared_link=link)
    return folder.path, copied.path


def _folder_of(done: Explained, out: Path) -> RunFolder:
    if done.path.is_dir() and not done.run.header.imported_from:
        return RunFolder(done.path)
    folder = _new_folder(out, done.run.header, done.run.header.target)
    _keep(folder, done.run.header, done.run.events)
    return folder


def _new_folder(out: Path, header: Header, target: str) -> RunFolder:
    try:
        began = datetime.datetime.fromisoformat(header.wall_at)
    except ValueError:  # a journal of another tool, or of an unknown time
        began = datetime.datetime.now(datetime.UTC)
    return create_run_folder(out, target, began)


def _keep(folder: RunFolder, header: Header, events: list[Event]) -> None:
    with JournalWriter(folder.path / JOURNAL, header) as journal:
        for event in events:
            journal.append(event)
