"""A diagnosis that is judged and explained while it runs.

Wraps the plan's machine: keeps its events, looks at them now and then with the
same pure functions that read the finished run, and ends the run early when a
criterion that says ``abort`` is missed.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from holdfast.core.explain.engine import explain
from holdfast.core.judge.verdict import first_missed_abort
from holdfast.core.link.transport import Record
from holdfast.core.measure.run import RunView

if TYPE_CHECKING:
    from collections.abc import Sequence

    from holdfast.core.explain.finding import Finding
    from holdfast.core.journal.events import Event, Header
    from holdfast.core.judge.criteria import Criterion
    from holdfast.core.link.transport import Action, Input
    from holdfast.core.observe.diagnosis import Diagnosis

__all__ = ["LOOK_EVERY_S", "Watch"]

LOOK_EVERY_S: Final = 5.0
"""Shortest time between two looks: the original's tick."""
GROWTH: Final = 10
"""A look waits until the journal grew by a tenth: a cause is known at most a tenth of the
run so far late, and all looks at a 24-hour run together cost about ten times the last."""


class Watch:
    """A diagnosis and what is known of its run so far.

    Args:
        diagnosis: The machine that runs the plan.
        header: The journal's header.
        criteria: Those with ``abort`` end the run as soon as they are missed.
        look_every_s: Shortest time between two looks, in seconds.

    Attributes:
        events: What was recorded, unnumbered, in order.
        findings: What the last look found.
        looks: How often it looked.
    """

    def __init__(
        self,
        diagnosis: Diagnosis,
        header: Header,
        criteria: Sequence[Criterion] = (),
        *,
        look_every_s: float = LOOK_EVERY_S,
    ) -> None:
        self.events: list[Event] = []
        self.findings: list[Finding] = []
        self.looks = 0
        self._diagnosis = diagnosis
        self._header = header
        self._criteria = [c for c in criteria if c.abort]
        self._look_every_s = look_every_s
        self._look_at_s = look_every_s
        self._seen = 0
        self._is_over = False

    def start(self, now: float) -> list[Action]:
        """Begin the plan."""
        return self._keep(self._diagnosis.start(now))

    def receive(self, event: Input, now: float) -> list[Action]:
        """Hand one input to the plan."""
        return self._keep(self._diagnosis.receive(event, now))

    def on_timer(self, now: float) -> list[Action]:
        """Let the plan act; look at the run when it is time."""
        actions = self._keep(self._diagnosis.on_timer(now))
        if now >= self._look_at_s:
            self._look_at_s = now + self._look_every_s
            if len(self.events) - self._seen > len(self.events) // GROWTH:
                actions += self._look(now)
        return actions

    def deadline(self) -> float:
        """Return when the plan, or the next look, is due."""
        due = self._diagnosis.deadline()
        return due if math.isinf(due) else min(due, self._look_at_s)

    def interrupt(self, now: float) -> list[Action]:
        """End the plan early because the user asked for it."""
        self._is_over = True
        return self._keep(self._diagnosis.interrupt(now))

    def view(self) -> RunView:
        """Return the run so far."""
        return RunView(self._header, self.events)

    def _look(self, now: float) -> list[Action]:
        self._seen = len(self.events)
        self.looks += 1
        run = self.view()
        self.findings = explain(run)
        if self._is_over:
            return []
        missed = first_missed_abort(run, self._criteria)
        if missed is None:
            return []
        self._is_over = True
        return self._keep(self._diagnosis.abort(now, f"criterion missed: {missed}"))

    def _keep(self, actions: list[Action]) -> list[Action]:
        self.events.extend(action.event for action in actions if isinstance(action, Record))
        return actions
