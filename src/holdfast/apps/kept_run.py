"""A diagnosis whose journal and artifacts are kept in a folder of its own."""

from __future__ import annotations

import asyncio
import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from holdfast.adapters.journal_file import JournalWriter
from holdfast.adapters.run_folder import create_run_folder
from holdfast.apps.artifacts import write_artifacts
from holdfast.apps.diagnose import diagnose, make_header
from holdfast.apps.load_run import JOURNAL_NAMES
from holdfast.core.redact import redact_text
from holdfast.errors import OutputError

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    from holdfast.core.explain.finding import Finding
    from holdfast.core.journal.events import Event
    from holdfast.core.judge.verdict import Verdict
    from holdfast.core.measure.run import RunView
    from holdfast.core.observe.settings import DiagnosisSettings
    from holdfast.core.observe.watch import Watch

__all__ = ["JOURNAL", "KeptRun", "diagnose_and_keep"]

JOURNAL = JOURNAL_NAMES[0]
"""Name of the journal in a run's folder."""


class KeptRun(msgspec.Struct, frozen=True, kw_only=True):
    """A finished diagnosis and where its files are.

    Attributes:
        run: Everything that was recorded.
        findings: Ranked findings.
        verdict: The verdict.
        folder: Its folder.
        ended: Why it ended.
        interrupted: Whether the user ended it.
        failure: What could not be written, in one line; ``""`` where all was.
    """

    run: RunView
    findings: list[Finding]
    verdict: Verdict
    folder: Path
    ended: str
    interrupted: bool
    failure: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return what ``--json`` prints of it."""
        return {
            "format": 1,
            "target": self.run.header.target,
            "plan": self.run.header.plan,
            "profile": self.run.header.profile,
            "seed": self.run.header.seed,
            "ended": self.ended,
            "interrupted": self.interrupted,
            "folder": str(self.folder),
            "failure": self.failure,
            "verdict": msgspec.to_builtins(self.verdict),
            "findings": msgspec.to_builtins(self.findings),
        }


async def diagnose_and_keep(
    settings: DiagnosisSettings,
    *,
    seed: int,
    out: Path,
    argv: tuple[str, ...] = (),
    stop: asyncio.Event,
    serial: str | None = None,
    tls: ssl.SSLContext | None = None,
    on_event: Callable[[Event, Watch], None] | None = None,
) -> KeptRun:
    """Run one diagnosis; keep its journal from the first event, then write its artifacts.

    Args:
        settings: What to do.
        seed: Seed of all randomness.
        out: Folder of all runs.
        argv: The command line; secrets are taken out here.
        stop: Set from outside to end the run early; everything is still written.
        serial: Serial port to read along; ``None`` for none.
        tls: How certificates are checked; ``None`` for the system's way.
        on_event: Called with each event, for live display.

    Raises:
        OutputError: If the folder or the journal cannot be created.
        UnreachableError: If the serial port cannot be opened.
    """
    header = make_header(settings, seed=seed, argv=tuple(redact_text(word) for word in argv))
    began = datetime.datetime.fromisoformat(header.wall_at)
    folder = create_run_folder(out, settings.link or settings.host, began)
    journal = JournalWriter(folder.path / JOURNAL, header)
    done = await diagnose(
        settings,
        header=header,
        journal=journal,
        serial=serial,
        tls=tls,
        stop=stop,
        on_event=on_event,
    )
    failure = str(done.failure or "")
    interrupted = stop.is_set() and not failure
    try:
        journal.close()
        write_artifacts(folder, done.run, done.findings, done.verdict)
    except OutputError as exc:
        failure = failure or str(exc)
    return KeptRun(
        run=done.run,
        findings=done.findings,
        verdict=done.verdict,
        folder=folder.path,
        ended=done.ended,
        interrupted=interrupted,
        failure=failure,
    )
