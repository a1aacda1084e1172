"""Run every benchmark, print its figures, write RESULTS.md (latest only)."""

from __future__ import annotations

import argparse
import importlib
import sys
from pathlib import Path

from benchmarks.machine import describe

CLAIMS = ("truth", "load_200", "analysis_24h", "corpus", "shell_cycle", "world_speed", "proxy")
"""One module a claim; each has ``run() -> list[Figure]``."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("claims", nargs="*", default=CLAIMS, help=f"of {', '.join(CLAIMS)}")
    chosen = parser.parse_args().claims
    machine = describe()
    print(machine)
    lines = ["# Results", "", f"Machine: {machine}.", ""]
    missed = 0
    for name in chosen:
        module = importlib.import_module(f"benchmarks.{name}")
        figures = module.run()
        title = (module.__doc__ or name).splitlines()[0]
        block = [
            f"## {name}",
            "",
            title,
            "",
            "| figure | median | spread | target | |",
            "|---|---|---|---|---|",
        ]
        block += [figure.row() for figure in figures]
        print("\n".join(block), flush=True)
        lines += [*block, ""]
        missed += sum(figure.met is False for figure in figures)
    if tuple(chosen) == CLAIMS:
        (Path(__file__).parent / "RESULTS.md").write_text("\n".join(lines), encoding="utf-8")
    print(f"{missed} missed")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
