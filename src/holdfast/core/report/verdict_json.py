"""``verdict.json`` and ``findings.json``, and the JSON Schemas that describe them.

Both carry ``format``; a field may be added within a format, none is renamed or removed.
The schemas in ``holdfast/schemas`` are what ``schemas()`` returns; a test compares them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import msgspec
from msgspec import Struct

from holdfast.core.explain.finding import Finding
from holdfast.core.judge.verdict import Judgement, Ruling
from holdfast.core.measure.summary import measures

if TYPE_CHECKING:
    from collections.abc import Sequence

    from holdfast.core.judge.verdict import Verdict
    from holdfast.core.measure.run import RunView

__all__ = [
    "Findings",
    "RunIdentity",
    "VerdictFile",
    "findings_json",
    "schemas",
    "verdict_json",
]


class RunIdentity(Struct, frozen=True, kw_only=True):
    """Which run a file is about.

    Attributes:
        target: What was looked at.
        plan: Name of the plan.
        profile: Name of the device profile.
        wall_at: RFC 3339 time at which the run's clock was 0; ``""`` where unknown.
        duration_s: Seconds covered, in fact and not as planned.
        warmup_s: Seconds at its start that criteria leave out.
        seed: Seed of all randomness.
        tool: Name and version of the journal's writer.
        imported_from: What an imported run was made of; ``""`` for a live one.
    """

    target: str
    plan: str
    profile: str
    wall_at: str
    duration_s: float
    warmup_s: float
    seed: int
    tool: str
    imported_from: str


class VerdictFile(Struct, frozen=True, kw_only=True):
    """Contents of ``verdict.json``.

    Attributes:
        format: Version of the file's format.
        run: Which run was judged.
        ruling: ``passed`` only if every criterion was met, with evidence.
        judgements: The criteria in their order.
        texts: For each of them, the values that decided it, in one line.
        measures: Every measure by name, SI units; ``null`` without evidence.
    """

    format: Literal[1] = 1
    run: RunIdentity
    ruling: Ruling
    judgements: tuple[Judgement, ...]
    texts: tuple[str, ...]
    measures: dict[str, float | None]


class Findings(Struct, frozen=True, kw_only=True):
    """Contents of ``findings.json``.

    Attributes:
        format: Version of the file's format.
        run: Which run was explained.
        findings: Causes first, the likeliest first; then observations.
    """

    format: Literal[1] = 1
    run: RunIdentity
    findings: tuple[Finding, ...]


_SCHEMAS: Final = {"verdict.schema.json": VerdictFile, "findings.schema.json": Findings}


def verdict_json(run: RunView, verdict: Verdict) -> str:
    """Return ``verdict.json``."""
    return _text(
        VerdictFile(
            run=_identity(run),
            ruling=verdict.ruling,
            judgements=verdict.judgements,
            texts=tuple(str(j) for j in verdict.judgements),
            measures=measures(run),
        )
    )


def findings_json(run: RunView, findings: Sequence[Finding]) -> str:
    """Return ``findings.json``."""
    return _text(Findings(run=_identity(run), findings=tuple(findings)))


def schemas() -> dict[str, str]:
    """Return the JSON Schemas by file name, as they stand in ``holdfast/schemas``."""
    dialect = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return {name: _text(dialect | msgspec.json.schema(kind)) for name, kind in _SCHEMAS.items()}


def _identity(run: RunView) -> RunIdentity:
    header = run.header
    return RunIdentity(
        target=header.target,
        plan=header.plan,
        profile=header.profile,
        wall_at=header.wall_at,
        duration_s=run.end_s,
        warmup_s=header.warmup_s,
        seed=header.seed,
        tool=header.tool,
        imported_from=header.imported_from,
    )


def _text(value: object) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n"
