"""What the GitHub Action runs: a diagnosis, then its summary, annotations and outputs.

Laws:
    - Inputs come by environment variables and go on as separate arguments; no shell
      reads them, and none can become an option.
    - Nothing that a device says can become a workflow command: the programs' own output
      is fenced, annotations are escaped.
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from holdfast.cli.exit_codes import ExitCode, exit_code_of
from holdfast.core.duration import parse_duration_s
from holdfast.core.redact import printable
from holdfast.errors import ConfigError, HoldfastError, UnreachableError

__all__ = ["Inputs", "entry", "main", "read_inputs", "workflow_commands"]

_PREFIX: Final = "HOLDFAST_ACTION_"
_START_S: Final = 20.0
"""Longest wait for the twin's address, on a busy runner."""
_GRACE_S: Final = 120.0
"""Longest time beyond the run itself: finding the profile, writing reports."""
_SUMMARY_BYTES: Final = 900_000
"""GitHub refuses a step's summary above 1 MiB."""
_ANNOTATIONS: Final = 10
"""GitHub shows at most 10 annotations of a kind and step."""
_SURE: Final = 0.5
"""Confidence from which a cause counts, as for the exit code of ``holdfast explain``."""


class Inputs(Struct, frozen=True, kw_only=True):
    """The Action's inputs.

    Attributes:
        target: Device; ``""`` where a twin is given.
        twin: Twin's name; ``""`` where a target is given.
        faults: The twin's faults.
        dialect: The twin's dialect; ``""`` for its default.
        duration: Length of the run, as text.
        duration_s: The same in seconds.
        profile: Device profile.
        require: Criteria.
        out: Folder of all runs.
    """

    target: str
    twin: str
    faults: tuple[str, ...]
    dialect: str
    duration: str
    duration_s: float
    profile: str
    require: tuple[str, ...]
    out: str


def entry() -> None:
    """Run ``main`` as a program."""
    sys.exit(main(os.environ))


def main(environ: Mapping[str, str]) -> int:
    """Diagnose, and tell GitHub.

    Args:
        environ: Environment of the step.

    Returns:
        The exit code of the diagnosis.
    """
    try:
        inputs = read_inputs(environ)
        if inputs.twin:
            with _running_twin(inputs) as target:
                code, answer = _diagnosed(inputs, target)
        else:
            code, answer = _diagnosed(inputs, inputs.target)
    except HoldfastError as exc:
        print(_command("error", "holdfast", str(exc)))
        _write_outputs(environ, {"verdict": "could_not_run", "causes": ""})
        return exit_code_of(exc)
    _tell(environ, code, answer)
    return code


def read_inputs(environ: Mapping[str, str]) -> Inputs:
    """Read and check the inputs.

    Raises:
        ConfigError: If neither or both of target and twin are given, or the duration is
            none.
    """
    given = {
        name: environ.get(f"{_PREFIX}{name.upper()}", "").strip()
        for name in ("target", "twin", "dialect", "duration", "profile", "require", "out")
    }
    if bool(given["target"]) == bool(given["twin"]):
        raise ConfigError("target", "give either target or twin")
    duration = given["duration"] or "60s"
    twin, _, faults = given["twin"].partition(":")
    return Inputs(
        target=given["target"],
        twin=twin,
        faults=tuple(f for f in faults.split("+") if f),
        dialect=given["dialect"],
        duration=duration,
        duration_s=parse_duration_s(duration, "duration", low_s=1.0, high_s=21_600.0),
        profile=given["profile"] or "auto",
        require=tuple(line.strip() for line in given["require"].splitlines() if line.strip()),
        out=given["out"] or "diag-logs",
    )


@contextmanager
def _running_twin(inputs: Inputs) -> Iterator[str]:
    """Run the twin as a program of its own; yields its ``HOST:PORT``."""
    arguments = ["twin", "--port", "0", "--telnet-port", "0", "--seed", "0"]
    if inputs.dialect:
        arguments.append(f"--dialect={inputs.dialect}")
    arguments += [f"--fault={fault}" for fault in inputs.faults]
    twin = subprocess.Popen(  # noqa: S603  # separate arguments, no shell
        _program(*arguments, "--", inputs.twin), stdout=subprocess.PIPE, text=True
    )
    try:
        yield _address(twin)
    finally:
        twin.terminate()
        try:
            twin.wait(5.0)
        except subprocess.TimeoutExpired:
            twin.kill()
            twin.wait()
        if twin.stdout is not None:
            twin.stdout.close()


def _address(twin: subprocess.Popen[str]) -> str:
    lines: list[str] = []

    def read() -> None:
        if twin.stdout is not None:
            lines.append(twin.stdout.readline())

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    reader.join(_START_S)
    words = lines[0].split() if lines else []
    if len(words) < 2 or words[0] != "listening":
        raise UnreachableError("twin", "did not start; its own message is above")
    return words[1].rstrip("/")


def _diagnosed(inputs: Inputs, target: str) -> tuple[int, dict[str, Any]]:
    arguments = [
        "diagnose",
        f"--for={inputs.duration}",
        f"--profile={inputs.profile}",
        f"--out={inputs.out}",
        "--json",
        *(f"--require={criterion}" for criterion in inputs.require),
    ]
    fence = secrets.token_hex(16)
    print(f"::stop-commands::{fence}", flush=True)
    try:
        done = subprocess.run(  # noqa: S603  # separate arguments, no shell
            _program(*arguments, "--", target),
            stdout=subprocess.PIPE,
            text=True,
            check=False,
            timeout=inputs.duration_s + _GRACE_S,
        )
    except subprocess.TimeoutExpired:
        raise UnreachableError(target, "the diagnosis did not end in time") from None
    finally:
        print(f"::{fence}::", flush=True)
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        if done.returncode == ExitCode.USAGE:
            raise ConfigError("inputs", "were refused; the reason is above")
        raise UnreachableError(printable(target, 80), "could not be diagnosed; see above")
    return done.returncode, answer


def _program(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "holdfast", *arguments]


def _tell(environ: Mapping[str, str], code: int, answer: Mapping[str, Any]) -> None:
    folder = Path(str(answer.get("folder", "")))
    ruling = str((answer.get("verdict") or {}).get("ruling", ""))
    findings = [f for f in answer.get("findings") or () if isinstance(f, dict)]
    for line in workflow_commands(findings):
        print(line)
    report = folder / "report.md"
    if (summary := environ.get("GITHUB_STEP_SUMMARY")) and report.is_file():
        text = report.read_bytes()[:_SUMMARY_BYTES].decode("utf-8", "replace")
        with Path(summary).open("a", encoding="utf-8") as file:
            file.write(f"{text}\n")
    sure = [f for f in findings if f.get("kind") == "cause" and f.get("confidence", 0) >= _SURE]
    _write_outputs(
        environ,
        {
            "verdict": "could_not_run" if code == ExitCode.COULD_NOT_RUN else ruling,
            "causes": ",".join(str(f.get("code")) for f in sure),
            "folder": str(folder),
            "report": str(folder / "report.html"),
        },
    )


def workflow_commands(findings: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return workflow commands that show the findings, the weightiest first.

    Args:
        findings: As in ``findings.json``. Causes of severity error are errors, other
            causes warnings, observations notices.
    """
    lines = []
    for finding in findings[:_ANNOTATIONS]:
        kind = "notice"
        if finding.get("kind") == "cause":
            kind = "error" if finding.get("severity") == "error" else "warning"
        text = f"{finding.get('title', '')} {finding.get('remedy', '')}".strip()
        lines.append(_command(kind, str(finding.get("code", "finding")), text))
    return lines


def _command(kind: str, title: str, text: str) -> str:
    """Return one workflow command, escaped as GitHub's own toolkit does."""
    data = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    name = title.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    name = name.replace(":", "%3A").replace(",", "%2C")
    return f"::{kind} title={name}::{data}"


def _write_outputs(environ: Mapping[str, str], values: Mapping[str, str]) -> None:
    path = environ.get("GITHUB_OUTPUT")
    if not path:
        return
    with Path(path).open("a", encoding="utf-8") as file:
        for name, value in values.items():
            line = " ".join(value.split())  # a line break would begin another output
            file.write(f"{name}={line}\n")


if __name__ == "__main__":
    entry()
