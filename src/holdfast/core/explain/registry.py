"""The rules: every module of ``rules/<family>/`` is one, named after its finding's code.

A rule module has ``CODE``, ``KIND``, ``SIDE``, ``NEEDS`` (alternatives of lanes, any of
which will do) and ``check(run) -> list[Finding]``. Adding a rule is adding its file.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from holdfast.core.explain import rules
from holdfast.core.explain.finding import Finding, FindingKind, Side

if TYPE_CHECKING:
    from holdfast.core.measure.run import RunView

__all__ = ["CODES", "RULES", "Rule"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    Attributes:
        code: Code of its findings.
        family: Folder it lies in.
        kind: What its findings usually are.
        side: Where its cause sits.
        needs: Alternatives of lanes; one of them must be there as a whole.
        check: Looks at a run and returns what it finds, evidence included.
    """

    code: str
    family: str
    kind: FindingKind
    side: Side
    needs: tuple[frozenset[str], ...]
    check: Callable[[RunView], list[Finding]]

    def can_judge(self, lanes: frozenset[str]) -> bool:
        """Whether a run with these lanes gives it enough to look at."""
        return any(need <= lanes for need in self.needs)


def _discover() -> tuple[Rule, ...]:
    found = []
    for family in pkgutil.iter_modules(rules.__path__):
        package = importlib.import_module(f"{rules.__name__}.{family.name}")
        for entry in pkgutil.iter_modules(package.__path__):
            module = importlib.import_module(f"{package.__name__}.{entry.name}")
            found.append(
                Rule(
                    code=module.CODE,
                    family=family.name,
                    kind=module.KIND,
                    side=module.SIDE,
                    needs=tuple(frozenset(need) for need in module.NEEDS),
                    check=module.check,
                )
            )
    return tuple(sorted(found, key=lambda rule: rule.code))


RULES: Final = _discover()
"""All rules, by code."""

CODES: Final = tuple(rule.code for rule in RULES)
"""All codes that a finding can have."""
