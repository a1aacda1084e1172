"""``holdfast explain PATH...``: ranked causes of recorded runs, with evidence."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from holdfast.adapters.render.terminal import print_run
from holdfast.apps.explain import explain_paths
from holdfast.cli.exit_codes import ExitCode

__all__ = ["explain_command"]


def explain_command(
    paths: Annotated[
        list[Path],
        typer.Argument(help="Run folders, journals, diag-logs folders, or folders of them."),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> int:
    """Name the causes in recorded runs; exit code 1 where a likely one was found."""
    done, failed = explain_paths(paths)
    for error in failed:
        print(f"holdfast: {error}", file=sys.stderr)
    if as_json:
        runs = [
            {
                "path": str(one.path),
                "target": one.run.header.target,
                "verdict": msgspec.to_builtins(one.verdict),
                "findings": msgspec.to_builtins(one.findings),
            }
            for one in done
        ]
        print(json.dumps({"format": 1, "runs": runs, "unreadable": [str(e) for e in failed]}))
    else:
        for one in done:
            print_run(one.run, one.findings, one.verdict, folder=one.path)
    if failed:
        return ExitCode.COULD_NOT_RUN
    return ExitCode.MISSED if any(one.has_likely_cause for one in done) else ExitCode.OK
