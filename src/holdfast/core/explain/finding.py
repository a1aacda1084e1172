"""A finding: a named cause or observation, with the evidence that proves it."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

__all__ = [
    "Consequence",
    "Evidence",
    "Finding",
    "FindingKind",
    "RuledOut",
    "Severity",
    "Side",
]


class FindingKind(StrEnum):
    """Causes are ranked; observations are shown beside them."""

    CAUSE = "cause"
    OBSERVATION = "observation"


class Side(StrEnum):
    """Where the cause sits."""

    DEVICE = "device"
    NETWORK = "network"
    HOST = "host"
    SERVER = "server"


class Severity(StrEnum):
    """How much a finding matters to the user of the link."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class Evidence(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing seen that speaks for the finding.

    Attributes:
        text: What was seen, in one clause, values included.
        source: Observer or file it came from.
        seq: Journal sequence number of the event, where it is one event.
        line: 1-based line number, where it came from a file.
        at_s: When, on the run's clock.
        metric: Name of the measure, unit suffix included.
        observed: What was measured.
        limit: What it was compared with.
    """

    text: str
    source: str = ""
    seq: int | None = None
    line: int | None = None
    at_s: float | None = None
    metric: str | None = None
    observed: float | None = None
    limit: float | None = None


class RuledOut(Struct, frozen=True):
    """Another cause that the evidence speaks against, and why."""

    code: str
    why: str


class Consequence(Struct, frozen=True, kw_only=True):
    """Something that followed from the cause."""

    code: str
    at_s: float
    text: str = ""


class Finding(Struct, frozen=True, kw_only=True):
    """A cause or observation that a rule is ready to name.

    Attributes:
        code: Kebab-case slug: rule file, docs page and corpus label.
        kind: Cause or observation.
        side: Where it sits.
        severity: How much it matters.
        confidence: 0 to 1.
        title: One sentence, in the user's words.
        evidence: Never empty.
        remedy: One imperative sentence: the one change to make.
        from_s: Start of the interval it holds for, on the run's clock.
        to_s: End of that interval.
        ruled_out: Other causes that were looked at.
        consequences: What followed from it.
    """

    code: str
    kind: FindingKind
    side: Side
    severity: Severity
    confidence: float
    title: str
    evidence: tuple[Evidence, ...]
    remedy: str
    from_s: float
    to_s: float
    ruled_out: tuple[RuledOut, ...] = ()
    consequences: tuple[Consequence, ...] = ()

    def __post_init__(self) -> None:
        if not self.evidence:
            raise ValueError(f"{self.code}: a finding needs evidence")
        if not 0.0 <= self.confidence <= 1.0:
            raise ValueError(f"{self.code}: confidence {self.confidence} is not within 0 to 1")
        if self.to_s < self.from_s:
            raise ValueError(f"{self.code}: ends at {self.to_s} before it begins at {self.from_s}")
