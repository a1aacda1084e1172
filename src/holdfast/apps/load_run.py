"""The one way to read anything that was recorded: a run folder, a journal, a diag-logs folder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from holdfast.adapters.importers.diag_logs import import_folder, is_diag_logs
from holdfast.adapters.journal_file import read_journal
from holdfast.core.journal.events import Note, RunPhase
from holdfast.core.measure.comparability import TRUNCATED
from holdfast.core.measure.run import RunView
from holdfast.errors import UnreadableError

if TYPE_CHECKING:
    from pathlib import Path

    from holdfast.core.journal.codec import Journal

__all__ = ["JOURNAL_NAMES", "load_run"]

JOURNAL_NAMES: Final = ("journal.jsonl.zst", "journal.jsonl")
"""Names of the journal in a run's folder, the first that exists is read."""


def load_run(path: Path) -> RunView:
    """Read a run.

    Args:
        path: A run's folder, its journal, or a diag-logs folder of the original harness.

    Raises:
        UnreadableError: If there is no run, or it is a twin's journal of what it did.
    """
    journal = _read(path)
    try:
        run = RunView(journal.header, journal.events)
    except ValueError as exc:
        raise UnreadableError(str(path), str(exc)) from exc
    has_ended = any(m.phase is RunPhase.ENDED for m in run.milestones)
    if journal.cut is None or has_ended:
        return run
    where = f"the journal is cut off after line {journal.cut.line}: {journal.cut.why}"
    note = Note(at_s=run.end_s, about=TRUNCATED, text=where, source="journal")
    return RunView(journal.header, [*journal.events, note])


def _read(path: Path) -> Journal:
    if not path.is_dir():
        return read_journal(path)
    for name in JOURNAL_NAMES:
        if (path / name).is_file():
            return read_journal(path / name)
    if is_diag_logs(path):
        return import_folder(path)
    raise UnreadableError(str(path), f"neither {JOURNAL_NAMES[0]} nor a diag-logs table in it")
