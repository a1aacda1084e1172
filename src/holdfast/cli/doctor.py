"""``holdfast doctor``: what this machine can measure."""

from __future__ import annotations

import asyncio
from typing import Annotated

import msgspec
import typer

from holdfast.adapters.host import gather
from holdfast.adapters.profiles import load_profile
from holdfast.apps.doctor import Check, Status, check_target, examine
from holdfast.cli.exit_codes import ExitCode
from holdfast.core.link.target import parse_target

__all__ = ["doctor_command", "lines"]


def doctor_command(
    target: Annotated[
        str | None, typer.Argument(help="A device to ask as well; none by default.")
    ] = None,
    profile: Annotated[str, typer.Option(help="Profile of that device.")] = "generic",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> int:
    """Say what this machine can measure, what is missing, and what to do about it.

    Nothing that is missing stops a diagnosis. Returns 3 only where a target was given
    and does not answer.
    """
    checks = examine(gather())
    if target is not None:
        known = load_profile(profile)
        where = parse_target(target)
        tls = known.tls if where.tls is None else where.tls
        port = where.port or known.port
        checks.append(asyncio.run(check_target(where.host, port, known, tls=tls)))
    if as_json:
        print(msgspec.json.encode({"checks": checks}).decode())
    else:
        print("\n".join(lines(checks)))
    last = checks[-1]
    lost = last.name == "target" and last.status is Status.MISSING
    return ExitCode.COULD_NOT_RUN if lost else ExitCode.OK


def lines(checks: list[Check]) -> list[str]:
    """Return one line a check, and one more for what to do."""
    width = max(len(check.name) for check in checks)
    shown = []
    for check in checks:
        shown.append(f"{check.status:<7}  {check.name:<{width}}  {check.text}")
        if check.todo:
            shown.append(f"{'':<7}  {'':<{width}}  -> {check.todo}")
    return shown
