"""The reference pages of commands and profiles, made from what the program itself says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer

from holdfast.adapters.profiles import load_profile, shipped_profiles
from holdfast.cli.exit_codes import ExitCode
from holdfast.cli.main import COMMANDS, build_app
from holdfast.cli.profile import describe

__all__ = ["cli_reference", "profiles_reference"]

_WIDTH = 100
_CODES = {
    ExitCode.OK: "all criteria met; `explain`: no cause; `compare`: no certain difference",
    ExitCode.MISSED: "a criterion missed or without evidence; `explain`: a cause at confidence "
    "0.5 or more; `compare`: certainly worse",
    ExitCode.USAGE: "usage or configuration error, told in one line",
    ExitCode.COULD_NOT_RUN: "could not run: target unreachable, port busy, nothing readable; "
    "`compare`: not comparable",
    ExitCode.INTERRUPTED: "interrupted; what was measured is written all the same",
}


def cli_reference() -> str:
    """Return the page of all commands, as Markdown.

    Raises:
        HoldfastError: If a command cannot be loaded.
    """
    root: Any = typer.main.get_command(build_app(*(command.name for command in COMMANDS)))
    lines = ["# Commands", "", "Made from the program's own help; do not edit.", ""]
    for path, help_text in _helps(root, "holdfast", None):
        lines += [f"{'##' if path.count(' ') < 2 else '###'} {path}", "", "```text"]
        lines += [line.rstrip() for line in help_text.splitlines()]
        lines += ["```", ""]
    lines += ["## Exit codes", "", "| code | meaning |", "|---|---|"]
    lines += [f"| {int(code)} | {meaning} |" for code, meaning in _CODES.items()]
    return "\n".join([*lines, ""])


def _helps(command: Any, name: str, parent: Any) -> Iterator[tuple[str, str]]:
    """Yield the path and help of a command and of those below it."""
    context = typer.Context(
        command, info_name=name, parent=parent, terminal_width=_WIDTH, max_content_width=_WIDTH
    )
    yield context.command_path, command.get_help(context)
    for child_name, child in getattr(command, "commands", {}).items():
        yield from _helps(child, child_name, context)


def profiles_reference() -> str:
    """Return the page of all shipped profiles, as Markdown."""
    lines = [
        "# Profiles",
        "",
        "What each shipped profile says; made from `src/holdfast/profiles`, do not edit.",
        "`holdfast profile check FILE` reads one of your own; every key, range and default is in",
        "`src/holdfast/core/profile.py`. `--profile auto` tells the devices with a fingerprint",
        "apart by at most six GETs.",
        "",
        "| profile | device | stream | fingerprints |",
        "|---|---|---|---|",
    ]
    profiles = [load_profile(name) for name in shipped_profiles()]
    for profile in profiles:
        stream = profile.stream
        streams = f"{stream.kind} `{stream.path}`" if stream else "none"
        marks = [f"GET `{f.path}`" for f in profile.fingerprint if f.path]
        marks += [f"mDNS `{kind}`" for f in profile.fingerprint for kind in f.mdns]
        lines.append(
            f"| [{profile.name}](#{profile.name}) | {profile.title} | {streams} "
            f"| {', '.join(marks) or 'none'} |"
        )
    for profile in profiles:
        lines += ["", f"## {profile.name}", "", "```text", describe(profile), "```"]
    return "\n".join([*lines, ""])
