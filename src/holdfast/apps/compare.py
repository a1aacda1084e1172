"""Compare recorded runs, wherever they came from."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from holdfast.apps.load_run import load_run
from holdfast.core.measure.comparison import Comparison, compare
from holdfast.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from holdfast.core.measure.run import RunView

__all__ = ["compare_paths", "compare_runs", "short_names"]


def compare_paths(paths: Sequence[Path], *, seed: int = 0) -> Comparison:
    """Compare runs with the first of them.

    Args:
        paths: Two or more run folders, journals or diag-logs folders.
        seed: Seeds the resampling; equal seeds give equal figures.

    Raises:
        ConfigError: With fewer than two paths.
        UnreadableError: If one holds no run.
    """
    if len(paths) < 2:
        raise ConfigError("runs", f"compare needs at least 2 runs, got {len(paths)}")
    runs = [load_run(path) for path in paths]
    return compare_runs(list(zip(short_names(paths), runs, strict=True)), seed=seed)


def compare_runs(runs: Sequence[tuple[str, RunView]], *, seed: int = 0) -> Comparison:
    """Compare named runs with the first of them; equal seeds give equal figures."""
    return compare(runs, Random(seed))


def short_names(paths: Sequence[Path]) -> list[str]:
    """Return names for people: the last part that differs, else the whole path."""
    for take in (1, 2):
        names = ["/".join(path.parts[-take:]) for path in paths]
        if len(set(names)) == len(names) and all(names):
            return names
    whole = [str(path) for path in paths]
    if len(set(whole)) == len(whole):
        return whole
    return [f"{name} ({number})" for number, name in enumerate(whole, 1)]
