"""Loss in bursts: a channel that is good or bad, and changes with each unit.

Source: E. N. Gilbert, "Capacity of a burst-noise channel" (1960); E. O. Elliott (1963).
"""

from __future__ import annotations

from random import Random

from holdfast.core.impair.unit import Direction, Fate, Probability, Spec, Unit

__all__ = ["GilbertElliott", "GilbertElliottModel"]


class GilbertElliott(Spec, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Loss with memory; each direction is a channel of its own.

    The mean burst is ``1 / to_good`` units, the share of time in the bad state
    ``to_bad / (to_bad + to_good)``.

    Attributes:
        to_bad: Probability that a good channel turns bad with a unit.
        to_good: Probability that a bad one turns good.
        loss_good: Loss in the good state.
        loss_bad: Loss in the bad state.
    """

    to_bad: Probability
    to_good: Probability
    loss_good: Probability = 0.0
    loss_bad: Probability = 1.0

    @property
    def mean_loss(self) -> float:
        """Loss in the long run, 0 to 1."""
        if self.to_bad + self.to_good == 0.0:
            return self.loss_good
        bad = self.to_bad / (self.to_bad + self.to_good)
        return bad * self.loss_bad + (1.0 - bad) * self.loss_good

    def model(self, rng: Random, since_s: float) -> GilbertElliottModel:
        """Return the model in operation."""
        del since_s
        return GilbertElliottModel(self, rng)


class GilbertElliottModel:
    """One state a direction; both begin good."""

    def __init__(self, spec: GilbertElliott, rng: Random) -> None:
        self._spec = spec
        self._rng = rng
        self._is_bad = dict.fromkeys(Direction, False)

    def touch(self, unit: Unit, fate: Fate) -> None:
        """Step the channel, then lose the unit or not."""
        spec, rng = self._spec, self._rng
        is_bad = self._is_bad[unit.direction]
        if rng.random() < (spec.to_good if is_bad else spec.to_bad):
            is_bad = self._is_bad[unit.direction] = not is_bad
        if rng.random() < (spec.loss_bad if is_bad else spec.loss_good):
            fate.lost_by = "gilbert_elliott"
