"""CPU of one tick beside the original shell harness's cycle of curl and ping processes.

Both do what the protocol asks of a tick against the same twin on loopback: an ICMP
echo, a GET of /ping and, every sixth tick, a GET of /health. The peer's cycle is
the plainest shell that does it (no parsing, no TSV, no arithmetic), so the ratio is a
lower bound.
"""

from __future__ import annotations

import resource
import shutil
import subprocess
import sys
import tempfile

from benchmarks.machine import Figure
from benchmarks.twins import running_twins

TICKS = 30
REPETITIONS = 5
TARGET_RATIO = 20.0


def shell_tick_cpu_s(port: int) -> float:
    """CPU seconds of one tick of curl and ping, shell included."""
    ping = "ping -c 1 -W 1 127.0.0.1 >/dev/null 2>&1 || true" if shutil.which("ping") else "true"
    curl = (
        "curl -s -o /dev/null -w '%{http_code} %{time_connect} %{time_total}' --connect-timeout 2"
    )
    script = f"""
    i=0
    while [ $i -lt {TICKS} ]; do
        {ping}
        a=$({curl} --max-time 4 http://127.0.0.1:{port}/ping)
        if [ $((i % 6)) = 0 ]; then b=$({curl} --max-time 5 http://127.0.0.1:{port}/health); fi
        i=$((i + 1))
    done
    """
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(["bash", "-c", script], check=True, stdin=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) / TICKS


def our_tick_cpu_s(port: int) -> float:
    """CPU seconds of one tick of a diagnosis that keeps its journal and explains live.

    The run is shortened in its tick only; the start-up's cost is taken out by
    measuring two lengths.
    """
    short, long = _run_cpu_s(port, 5), _run_cpu_s(port, 5 + TICKS)
    return (long - short) / TICKS


def _run_cpu_s(port: int, ticks: int) -> float:
    tick_s = 0.2
    code = f"""
import asyncio, resource, sys
from pathlib import Path
from holdfast.adapters.journal_file import JournalWriter
from holdfast.adapters.profiles import load_profile
from holdfast.apps.diagnose import diagnose, make_header
from holdfast.core.observe.settings import DiagnosisSettings
settings = DiagnosisSettings(
    host="127.0.0.1", port={port}, profile=load_profile("esp32-s3-dashboard"), stream=False,
    duration_s={ticks * tick_s}, tick_s={tick_s}, health_every_s={6 * tick_s}, jitter_s=0.02, warmup_s=0,
)
header = make_header(settings, seed=1)
writer = JournalWriter(Path(sys.argv[1]) / "journal.jsonl.zst", header)
before = resource.getrusage(resource.RUSAGE_SELF)
asyncio.run(diagnose(settings, header=header, journal=writer))
writer.close()
after = resource.getrusage(resource.RUSAGE_SELF)
print(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
"""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, "-c", code, folder],
            check=True,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
        )
    return float(done.stdout.split()[-1])


def run() -> list[Figure]:
    with running_twins(1) as ports:
        pairs = [(shell_tick_cpu_s(ports[0]), our_tick_cpu_s(ports[0])) for _ in range(REPETITIONS)]
    ratios = [theirs / ours for theirs, ours in pairs]
    ratio = sorted(ratios)[len(ratios) // 2]
    return [
        Figure("curl and ping, CPU a tick", "ms", [1e3 * p[0] for p in pairs], "the peer", True),
        Figure("holdfast, CPU a tick", "ms", [1e3 * p[1] for p in pairs], "", True),
        Figure("ratio", "x", ratios, f">= {TARGET_RATIO:.0f} x", ratio >= TARGET_RATIO),
    ]


if __name__ == "__main__":
    for figure in run():
        print(figure.row())
