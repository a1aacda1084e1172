"""``holdfast report RUN``: write a run's artifacts anew, or a copy that may be shown."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from holdfast.apps.report import rewrite, share
from holdfast.cli.exit_codes import ExitCode

__all__ = ["report_command"]


def report_command(
    path: Annotated[Path, typer.Argument(help="Run folder, journal or diag-logs folder.")],
    shared: Annotated[
        bool, typer.Option("--share", help="Also write a copy without names and addresses.")
    ] = False,
    out: Annotated[
        Path, typer.Option(help="Folder for the artifacts of what is no run folder of ours.")
    ] = Path("diag-logs"),
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> int:
    """Write a run's reports anew, or a copy to share."""
    copied: Path | None = None
    if shared:
        folder, copied = share(path, out)
    else:
        folder, _ = rewrite(path, out)
    if as_json:
        answer = {"format": 1, "folder": str(folder), "shared": str(copied) if copied else ""}
        print(json.dumps(answer))
        return ExitCode.OK
    print(folder / "report.html")
    if copied is not None:
        print(f"to share: {copied}")
    return ExitCode.OK
