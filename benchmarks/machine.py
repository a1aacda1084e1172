"""What machine this is, and how a figure is printed: median and spread of repetitions."""

from __future__ import annotations

import os
import platform
import statistics
from pathlib import Path

__all__ = ["Figure", "describe"]


def describe() -> str:
    """One line about this machine, without names."""
    model = "unknown processor"
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                model = line.partition(":")[2].strip()
                break
    except OSError:
        pass
    return (
        f"{os.cpu_count()} x {model}, {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}"
    )


class Figure:
    """One measured number, its repetitions and its target."""

    def __init__(
        self, name: str, unit: str, values: list[float], target: str, met: bool | None
    ) -> None:
        self.name = name
        self.unit = unit
        self.values = values
        self.target = target
        self.met = met

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    def row(self) -> str:
        low, high = min(self.values), max(self.values)
        # None: shown for comparison, or its peer is not on this machine.
        verdict = {True: "met", False: "MISSED", None: "-"}[self.met]
        return (
            f"| {self.name} | {self.median:.4g} {self.unit} | {low:.4g} to {high:.4g} "
            f"(n={len(self.values)}) | {self.target} | {verdict} |"
        )
