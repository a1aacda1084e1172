"""Reset: connections that are torn down by RST, by age or by chance."""

from __future__ import annotations

from random import Random

from holdfast.core.impair.unit import Duration, End, Fate, Probability, Spec, Unit

__all__ = ["Reset", "ResetModel"]


class Reset(Spec, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Connections that do not last.

    Attributes:
        after_s: Age at which a connection is reset, whether or not it is in use; 0 for
            never by age.
        probability: With which a unit brings RST instead of itself.
    """

    after_s: Duration = 0.0
    probability: Probability = 0.0

    def __post_init__(self) -> None:
        if not self.after_s and not self.probability:
            raise ValueError("reset: needs after_s or probability above 0")

    def model(self, rng: Random, since_s: float) -> ResetModel:
        """Return the model in operation."""
        del since_s
        return ResetModel(self, rng)


class ResetModel:
    """Looks at the age, then tosses."""

    def __init__(self, spec: Reset, rng: Random) -> None:
        self._spec = spec
        self._rng = rng

    def touch(self, unit: Unit, fate: Fate) -> None:
        """Reset the unit's connection, or not."""
        spec = self._spec
        is_old = 0.0 < spec.after_s <= unit.age_s
        if is_old or (spec.probability and self._rng.random() < spec.probability):
            fate.end = End.RESET
