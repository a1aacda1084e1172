"""CPU and memory of one process that watches 200 devices, 1 event/s each, 5 s tick.

Each device has the whole of a diagnosis: probes, stream, live explanation, a journal on
disk. The twins run in a process of their own. CPU is measured between two moments of
the settled run, with ``getrusage`` of the watching process; memory is its peak.
"""

from __future__ import annotations

import subprocess
import sys

from benchmarks.machine import Figure
from benchmarks.twins import running_twins

DEVICES = 200
FOR_S = 40.0
SETTLE_S = 10.0
REPETITIONS = 5

CODE = """
import asyncio, resource, sys, tempfile, time
from pathlib import Path
from holdfast.adapters.journal_file import JournalWriter
from holdfast.adapters.profiles import load_profile
from holdfast.apps.diagnose import diagnose, make_header
from holdfast.core.journal.events import Probe, Stream, StreamWhat
from holdfast.core.observe.settings import DiagnosisSettings

ports = [int(p) for p in sys.argv[3:]]
for_s, settle_s = float(sys.argv[1]), float(sys.argv[2])
profile = load_profile("esp32-s3-dashboard")
messages = probes = 0

def seen(event, watch):
    global messages, probes
    messages += isinstance(event, Stream) and event.what is StreamWhat.MESSAGE
    probes += isinstance(event, Probe)

def cpu():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime

async def main(folder):
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        for n, port in enumerate(ports):
            settings = DiagnosisSettings(host="127.0.0.1", port=port, profile=profile, duration_s=for_s, tick_s=5.0, jitter_s=4.0)
            header = make_header(settings, seed=n)
            journal = JournalWriter(folder / f"{n}.jsonl.zst", header)
            group.create_task(diagnose(settings, header=header, journal=journal, stop=stop, on_event=seen))
        await asyncio.sleep(settle_s)
        c, t, m, p = cpu(), time.monotonic(), messages, probes
        await asyncio.sleep(for_s - settle_s - 5)
        took = time.monotonic() - t
        print((cpu() - c) / took, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, (messages - m) / took, (probes - p) / took, flush=True)

with tempfile.TemporaryDirectory() as folder:
    asyncio.run(main(Path(folder)))
"""


def run() -> list[Figure]:
    rows = []
    with running_twins(DEVICES) as ports:
        for _ in range(REPETITIONS):
            done = subprocess.run(
                [sys.executable, "-c", CODE, str(FOR_S), str(SETTLE_S), *map(str, ports)],
                check=True,
                capture_output=True,
                text=True,
                stdin=subprocess.DEVNULL,
            )
            rows.append([float(x) for x in done.stdout.split()])
    cpu, memory, messages, probes = ([r[i] for r in rows] for i in range(4))
    middle = sorted(cpu)[len(cpu) // 2]
    return [
        Figure("messages watched", "1/s", messages, "200 devices at 1/s", min(messages) > 170),
        Figure("probes", "1/s", probes, "ping and ICMP a tick, health each 30 s", None),
        Figure("CPU of one core", "%", [100 * c for c in cpu], "< 35 %", 100 * middle < 35),
        Figure("peak memory", "MB", memory, "< 150 MB", max(memory) < 150),
    ]


if __name__ == "__main__":
    for figure in run():
        print(figure.row())
