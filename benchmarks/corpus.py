"""Time to import and explain the ten real recordings together, in one process."""

from __future__ import annotations

import os
import time
from pathlib import Path

from benchmarks.machine import Figure

REPETITIONS = 5


def run() -> list[Figure]:
    from holdfast.apps.load_run import load_run
    from holdfast.core.explain.engine import explain

    corpus = Path(os.environ.get("HOLDFAST_CORPUS", "")) / "s3-dashboard"
    runs = sorted(p for p in corpus.glob("2*") if p.is_dir())
    if not runs:
        print("corpus: skipped, HOLDFAST_CORPUS names no folder with recordings")
        return []
    took = []
    for _ in range(REPETITIONS):
        began = time.perf_counter()
        for path in runs:
            explain(load_run(path))
        took.append(time.perf_counter() - began)
    return [Figure(f"import and explain {len(runs)} runs", "s", took, "< 3 s", max(took) < 3)]


if __name__ == "__main__":
    for figure in run():
        print(figure.row())
