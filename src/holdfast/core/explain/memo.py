"""Facts that many rules ask for are worked out once a run."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, TypeVar
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from holdfast.core.measure.run import RunView

__all__ = ["once_per_run"]

_Fact = TypeVar("_Fact")


def once_per_run(fact: Callable[[RunView], _Fact]) -> Callable[[RunView], _Fact]:
    """Return ``fact`` with its result kept for as long as the run itself.

    For pure functions of a run only; callers must not change what they get.
    """
    known: WeakKeyDictionary[RunView, _Fact] = WeakKeyDictionary()

    @wraps(fact)
    def remembered(run: RunView) -> _Fact:
        if run not in known:
            known[run] = fact(run)
        return known[run]

    return remembered
