"""``holdfast diagnose``: options, exit codes, what is printed and written."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from holdfast.cli.main import main
from holdfast.testing.running_twin import RunningTwin


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["x", "--plan", "c"], "plan: must be one of general, a, b, ab, got 'c'"),
        (["x", "--for", "10"], "for: must be a duration like 500ms, 30s, 10m or 1h30m, got '10'; a number needs a unit"),
        (["x", "--tick", "0s"], "tick: must be within 50ms to 1h, got '0s'"),
        (["http://u:p@x"], "target: must not carry credentials; use --auth-file or HOLDFAST_TARGET_AUTH"),
        (["x", "--require", "ping.p59_s < 1"], "require: unknown measure 'ping.p59_s', did you mean ping.p99_s?"),
        (["https://x", "--insecure", "--auth-file", "a.toml"], "insecure: credentials are not sent to a peer that nobody checked"),
        (["127.0.0.1", "--profile", "dashbord"], "profile: no profile is called 'dashbord'"),
    ],
)  # fmt: skip
def test_a_wrong_word_is_refused_in_one_line(arguments, message, capsys, tmp_path):
    assert main(["diagnose", *arguments, "--out", str(tmp_path)]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith(f"holdfast: {message}")
    assert shown.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.net
def test_a_closed_port_is_named_and_could_not_run(capsys, tmp_path):
    code = main(
        ["diagnose", f"127.0.0.1:{free_port()}", "--for", "3s", "--tick", "1s", "--no-icmp",
         "--profile", "generic", "--out", str(tmp_path), "--seed", "1", "--json"]
    )  # fmt: skip
    answer = json.loads(capsys.readouterr().out)
    assert code == 3
    assert [f["code"] for f in answer["findings"]] == ["port-closed"]


@pytest.mark.slow
@pytest.mark.net
def test_an_unknown_name_is_named_and_could_not_run(capsys, tmp_path):
    code = main(
        ["diagnose", "no-such-board.invalid", "--for", "3s", "--tick", "1s", "--no-icmp",
         "--profile", "generic", "--out", str(tmp_path), "--control", "none", "--json"]
    )  # fmt: skip
    answer = json.loads(capsys.readouterr().out)
    assert code == 3
    assert [f["code"] for f in answer["findings"]] == ["name-not-resolved"]


@pytest.mark.slow
@pytest.mark.net
def test_a_healthy_twin_passes_and_the_answer_comes_first(capsys, tmp_path):
    with RunningTwin() as twin:
        code = main(
            ["diagnose", twin.address, "--for", "4s", "--tick", "1s", "--health-every", "1s", "--seed", "3",
             "--out", str(tmp_path)]
        )  # fmt: skip
    shown = capsys.readouterr()
    assert code == 0
    assert "All 8 criteria met" in shown.out
    assert "No cause of trouble was found" in shown.out
    assert "profile esp32-s3-dashboard: GET /health has" in shown.err
    folder = next(tmp_path.iterdir())
    assert str(folder / "report.html").replace("\n", "") in shown.out.replace("\n", "")


class TlsServer:
    """Answers every GET over TLS with a certificate that it signed itself, in a thread."""

    def __enter__(self):
        self.loop = asyncio.new_event_loop()
        ready = threading.Event()
        self.thread = threading.Thread(target=self.serve, args=(ready,), daemon=True)
        self.thread.start()
        assert ready.wait(5)
        return self

    def serve(self, ready):
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(Path(__file__).parents[1] / "adapters" / "localhost-test-only.pem")

        async def answer(reader, writer):
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                await reader.readuntil(b"\r\n\r\n")
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nOK")
                writer.close()

        async def main():
            self.stop = asyncio.Event()
            server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)
            self.port = server.sockets[0].getsockname()[1]
            ready.set()
            async with server:
                await self.stop.wait()

        self.loop.run_until_complete(main())
        self.loop.close()

    def __exit__(self, *error):
        self.loop.call_soon_threadsafe(self.stop.set)
        self.thread.join(5)


@pytest.mark.slow
@pytest.mark.net
@pytest.mark.parametrize(("option", "code"), [((), 1), (("--insecure",), 0)])
def test_a_certificate_of_its_own_is_taken_only_when_asked(option, code, capsys, tmp_path):
    with TlsServer() as server:
        found = main(
            ["diagnose", f"https://127.0.0.1:{server.port}", "--profile", "generic", "--for", "3s",
             "--tick", "1s", "--warmup", "0s", "--out", str(tmp_path), "--json", *option]
        )  # fmt: skip
    answer = json.loads(capsys.readouterr().out)
    assert found == code, answer["verdict"]


@pytest.mark.slow
@pytest.mark.net
def test_a_criterion_of_ones_own_decides_the_exit_code(capsys, tmp_path):
    with RunningTwin() as twin:
        code = main(
            ["diagnose", twin.address, "--for", "4s", "--tick", "500ms", "--no-stream", "--json",
             "--profile", "esp32-s3-dashboard", "--require", "ping.p50_s < 0.001ms", "--out", str(tmp_path)]
        )  # fmt: skip
    answer = json.loads(capsys.readouterr().out)
    assert code == 1
    assert answer["verdict"]["ruling"] == "missed"
    assert answer["verdict"]["judgements"][-1]["measure"] == "ping.p50_s"


@pytest.mark.slow
@pytest.mark.net
def test_plan_ab_runs_both_and_compares_their_streams(capsys, tmp_path):
    with RunningTwin() as twin:
        code = main(
            ["diagnose", twin.address, "--plan", "ab", "--for", "5s", "--tick", "1s", "--ping-every", "1s",
             "--profile", "esp32-s3-dashboard", "--out", str(tmp_path), "--json"]
        )  # fmt: skip
    answer = json.loads(capsys.readouterr().out)
    assert code == 0
    assert [run["plan"] for run in answer["runs"]] == ["a", "b"]
    assert answer["comparison"]["change"] in ("no_difference", "better", "worse")
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.slow
@pytest.mark.net
@pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals")
def test_control_c_writes_what_was_measured(tmp_path):
    with RunningTwin() as twin:
        process = subprocess.Popen(
            [sys.executable, "-m", "holdfast", "diagnose", twin.address, "--tick", "500ms",
             "--profile", "esp32-s3-dashboard", "--out", str(tmp_path)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        for line in process.stderr:
            if "tick" in line.lower() or "ping" in line.lower():
                break
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in err
    folder = next(tmp_path.iterdir())
    assert {"journal.jsonl.zst", "report.html", "verdict.json"} <= {
        p.name for p in folder.iterdir()
    }
