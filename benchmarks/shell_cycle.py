"""CPU of one tick beside the original shell harness's cycle, on the same twin on loopback.

A tick is an ICMP echo, a GET of /ping and, every sixth time, a GET of /health. The peer is
the cycle that the documented artifacts ask for: ``ping`` and ``curl`` as processes, ``date``
for the stamp, ``awk`` for milliseconds, ``stat`` for the stream's bytes, ``sed`` for the five
fields of the health answer, a row appended to each table. Its bare core, ``ping`` and
``curl`` without writing anything down, is shown beside it.
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


CURL = "curl -s --connect-timeout 2 -w '%{http_code} %{time_connect} %{time_total}'"
BARE = """
    ping -c 1 -W 1 127.0.0.1 >/dev/null 2>&1 || true
    a=$(CURL -o /dev/null --max-time 4 http://127.0.0.1:PORT/ping)
    if [ $((i % 6)) = 0 ]; then b=$(CURL -o /dev/null --max-time 5 http://127.0.0.1:PORT/health); fi
"""
DOCUMENTED = """
    now=$(date +%s); ts=$(date +%H:%M:%S)
    rtt=$(ping -c 1 -W 1 127.0.0.1 2>/dev/null | sed -n 's/.*time=\\([0-9.]*\\).*/\\1/p')
    read -r code connect total <<< "$(CURL -o /dev/null --max-time 4 http://127.0.0.1:PORT/ping)"
    hp=$(awk -v c="$connect" -v t="$total" 'BEGIN { printf "%.1f\\t%.1f", c * 1000, t * 1000 }')
    printf '%s\\t%s\\t%s\\n' "$ts" "$code" "$hp" >> http_ping.tsv
    hl="-"
    if [ $((i % 6)) = 0 ]; then
        read -r hcode hconnect htotal <<< "$(CURL -o last_health.json --max-time 5 http://127.0.0.1:PORT/health)"
        hl=$(awk -v c="$hconnect" -v t="$htotal" 'BEGIN { printf "%.1f\\t%.1f", c * 1000, t * 1000 }')
        printf '%s\\t%s\\t%s\\n' "$ts" "$hcode" "$hl" >> http_health.tsv
        heap=$(sed -n 's/.*"free_heap":\\([0-9]*\\).*/\\1/p' last_health.json)
        up=$(sed -n 's/.*"uptime_seconds":\\([0-9]*\\).*/\\1/p' last_health.json)
        rssi=$(sed -n 's/.*"rssi_dbm":\\(-*[0-9]*\\).*/\\1/p' last_health.json)
        disc=$(sed -n 's/.*"disconnects":\\([0-9]*\\).*/\\1/p' last_health.json)
        reco=$(sed -n 's/.*"reconnects":\\([0-9]*\\).*/\\1/p' last_health.json)
    fi
    bytes=$(stat -c %s sse.log)
    printf '%s\\t%s\\t%s\\t%s\\t%s\\t%s\\t%s\\n' "$ts" "$now" "$rtt" "$hp" "$hl" "$bytes" "$heap" >> network.tsv
"""


def shell_tick_cpu_s(cycle: str, port: int) -> float:
    """CPU seconds of one tick of a shell's cycle, the shell and its children included."""
    body = cycle.replace("CURL", CURL).replace("PORT", str(port))
    script = f"i=0; : > sse.log; while [ $i -lt {TICKS} ]; do {body} i=$((i + 1)); done"
    with tempfile.TemporaryDirectory() as folder:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(["bash", "-c", script], check=True, stdin=subprocess.DEVNULL, cwd=folder)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) / TICKS


def our_tick_cpu_s(port: int) -> float:
    """CPU seconds of one tick of a diagnosis that keeps its journal and explains live.

    The run is shortened in its tick only; the start-up's cost is taken out by
    measuring two lengths.
    """
    short, long = _run_cpu_s(port, 10), _run_cpu_s(port, 10 + 2 * TICKS)
    return (long - short) / (2 * TICKS)


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
    if not (shutil.which("ping") and shutil.which("curl")):
        print("shell_cycle: skipped, needs ping and curl")
        return []
    with running_twins(1) as ports:
        rows = [
            (
                shell_tick_cpu_s(DOCUMENTED, ports[0]),
                shell_tick_cpu_s(BARE, ports[0]),
                our_tick_cpu_s(ports[0]),
            )
            for _ in range(REPETITIONS)
        ]
    ratios = [documented / ours for documented, _, ours in rows]
    ratio = sorted(ratios)[len(ratios) // 2]
    return [
        Figure("the shell's cycle, CPU a tick", "ms", [1e3 * r[0] for r in rows], "the peer", None),
        Figure("its bare curl and ping", "ms", [1e3 * r[1] for r in rows], "", None),
        Figure("holdfast, CPU a tick", "ms", [1e3 * r[2] for r in rows], "", None),
        Figure("ratio", "x", ratios, f">= {TARGET_RATIO:.0f} x", ratio >= TARGET_RATIO),
        Figure("ratio to bare curl and ping", "x", [r[1] / r[2] for r in rows], "-", None),
    ]


if __name__ == "__main__":
    for figure in run():
        print(figure.row())
