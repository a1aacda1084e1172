"""``holdfast proxy``: what it prints, what it refuses, how it ends."""

import re
import signal
import socket
import subprocess
import sys

import pytest

from holdfast.adapters.impairments import shipped_impairments
from holdfast.cli.main import main
from holdfast.cli.proxy import parse_listen, parse_websocket_fault
from holdfast.core.impair.websocket_faults import WebSocketFaults
from holdfast.errors import ConfigError


@pytest.mark.net
@pytest.mark.slow
def test_the_first_line_says_where_it_listens(capsys, tmp_path):
    argv = [
        "proxy", "0", "127.0.0.1:9", "--impair", "wifi-far", "--impair", "latency-200",
        "--control-port", "0", "--seed", "7", "--for", "200ms", "--journal", str(tmp_path / "t"),
    ]  # fmt: skip
    assert main(argv) == 0
    out, err = capsys.readouterr()
    assert re.fullmatch(r"listening tcp://127\.0\.0\.1:[0-9]+\n", out)
    first, second, third = err.splitlines()
    assert first.startswith("target 127.0.0.1:9, Wi-Fi two walls away")
    assert first.endswith("200 ms more for a round trip, seed 7")
    assert re.match(r"the kernel hides up to [0-9]{4,6} bytes of each connection", second)
    assert re.fullmatch(r"control http://127\.0\.0\.1:[0-9]+ token [A-Za-z0-9_-]{32}", third)
    assert (tmp_path / "t").stat().st_size > 0


@pytest.mark.net
@pytest.mark.slow
def test_a_token_from_a_file_is_not_printed(capsys, tmp_path):
    path = tmp_path / "token"
    path.write_text("0123456789abcdef\n")
    path.chmod(0o600)
    argv = ["proxy", "0", "127.0.0.1:9", "--control-port", "0", "--for", "100ms"]
    assert main([*argv, "--token-file", str(path)]) == 0
    assert "0123456789abcdef" not in "".join(capsys.readouterr())
    path.chmod(0o644)
    assert main([*argv, "--token-file", str(path)]) == 2


@pytest.mark.net
@pytest.mark.parametrize("which", ["data", "control"])
def test_a_port_that_is_taken_is_said_so(which, capsys):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        ports = (port, "0") if which == "data" else ("0", port)
        argv = ["proxy", ports[0], "127.0.0.1:9", "--control-port", ports[1], "--for", "1s"]
        assert main(argv) == 3
    out, err = capsys.readouterr()
    assert out == ""
    assert port in err
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize(
    ("argv", "line"),
    [
        ([], "holdfast: proxy: needs LISTEN and TARGET"),
        (["0"], "holdfast: proxy: needs LISTEN and TARGET"),
        (["0", "board"], "holdfast: target: needs a port, such as board:80"),
        (["0", "a b:80"], "holdfast: target: is no host name or address"),
        (["x", "board:80"], "holdfast: listen: must be PORT or ADDRESS:PORT, got 'x'"),
        (["65536", "board:80"], "holdfast: listen: must be PORT or ADDRESS:PORT"),
        (["0.0.0.0:80", "board:80"], "holdfast: listen: 0.0.0.0 is off loopback: say so with"),
        (["name:80", "board:80"], "holdfast: listen: must be an address, got 'name'"),
        (["0", "board:80", "--bind", "here"], "holdfast: bind: must be an address, got 'here'"),
        (["0", "board:80", "--impair", "wifi-fra"], "holdfast: impair: no impairment is called"),
        (["0", "board:80", "--impair", "no.toml"], "holdfast: no.toml: cannot be read"),
        (["0", "board:80", "--websocket", "x=1"], "holdfast: websocket: knows delay-pong"),
        (["0", "board:80", "--websocket", "drop-message=x"], "holdfast: websocket: drop-message"),
        (["0", "board:80", "--websocket", "left:drop-message=1"], "holdfast: --websocket: "),
        (["0", "board:80", "--for", "5"], "holdfast: for: must be a duration like "),
        (["0", "board:80", "--token-file", "no"], "holdfast: no: cannot be read"),
    ],
)
def test_what_is_wrong_is_refused_in_one_line(argv, line, capsys):
    assert main(["proxy", *argv]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(line)
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize(
    ("text", "bind", "place"),
    [
        ("8080", "", ("127.0.0.1", 8080)),
        ("0", "0.0.0.0", ("0.0.0.0", 0)),
        ("localhost:80", "", ("127.0.0.1", 80)),
        ("[::1]:80", "", ("::1", 80)),
        ("192.0.2.7:80", "192.0.2.7", ("192.0.2.7", 80)),
    ],
)
def test_where_to_listen(text, bind, place):
    assert parse_listen(text, bind) == place


def test_two_addresses_that_differ_are_refused():
    with pytest.raises(ConfigError, match="differs"):
        parse_listen("127.0.0.1:80", "0.0.0.0")


def test_websocket_faults_by_direction():
    made = parse_websocket_fault("down:delay-pong=3s,drop-message=5,cut-message=9")
    assert made.websocket == (
        WebSocketFaults(direction="down", delay_pong_s=3.0, drop_message=5, cut_message=9),
    )
    assert parse_websocket_fault("drop-message=5").websocket[0].direction == "both"


def test_the_listing_names_every_impairment(capsys):
    assert main(["proxy", "--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == shipped_impairments()


@pytest.mark.net
@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="needs signals")
def test_ctrl_c_ends_it_in_good_order(tmp_path):
    argv = [sys.executable, "-m", "holdfast", "proxy", "0", "127.0.0.1:9", "--control-port", "0"]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as run:
        host, _, port = run.stdout.readline().strip().rpartition(":")
        assert host == "listening tcp://127.0.0.1"
        with socket.create_connection(("127.0.0.1", int(port))):
            run.send_signal(signal.SIGINT)
            out, err = run.communicate(timeout=10)
    assert run.returncode == 0
    assert out == ""
    assert "Traceback" not in err
    assert len(err.splitlines()) == 3
