"""``holdfast twin``: what it prints, and what it refuses."""

import socket

import pytest

from holdfast.cli.main import main
from holdfast.cli.twin import listing
from holdfast.core.device.catalogue import faults, switches


@pytest.mark.net
@pytest.mark.slow
def test_the_first_line_says_where_it_listens(capsys, tmp_path):
    argv = [
        "twin", "dashboard", "--port", "0", "--telnet-port", "0", "--seed", "7", "--for", "300ms",
        "--dialect", "firmware", "--set", "uptime=5s", "--fault", "rssi-frozen",
        "--fault-at", "100ms", "--journal", str(tmp_path / "truth"),
    ]  # fmt: skip
    assert main(argv) == 0
    out, err = capsys.readouterr()
    first, second = out.splitlines()
    assert first.startswith("listening http://127.0.0.1:")
    assert second.startswith("telnet 127.0.0.1:")
    assert err == "seed 7\n"
    assert (tmp_path / "truth").stat().st_size > 0


@pytest.mark.net
def test_a_port_that_is_taken_is_said_so(capsys):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert main(["twin", "--port", str(port), "--telnet-port", "0", "--for", "1s"]) == 3
    out, err = capsys.readouterr()
    assert out == ""
    assert str(port) in err
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize(
    ("argv", "line"),
    [
        (["dashbord"], "holdfast: twin: no such twin 'dashbord'; did you mean 'dashboard'?"),
        (["--dialect", "plam"], "holdfast: dialect: no such dialect 'plam'; did you mean 'plan'?"),
        (["--set", "backlog"], "holdfast: set: must be SWITCH=VALUE, got 'backlog'"),
        (["--set", "baklog=5"], "holdfast: baklog: no such switch; did you mean 'backlog'?"),
        (["--set", "backlog=0"], "holdfast: backlog: must be within 1 to 255, got '0'"),
        (["--fault", "torn"], "holdfast: fault: no such fault 'torn'; "),
        (["--fault-at", "3s"], "holdfast: fault-at: 1 times for 0 faults: "),
        (["--bind", "here"], "holdfast: bind: must be an address, got 'here'"),
        (["--for", "5"], "holdfast: for: must be a duration like "),
    ],
)
def test_what_is_wrong_is_refused_in_one_line(argv, line, capsys):
    assert main(["twin", *argv, "--port", "0", "--telnet-port", "0"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(line)
    assert len(err.splitlines()) == 1


def test_the_listing_names_every_switch_and_fault(capsys):
    assert main(["twin", "--list"]) == 0
    text = capsys.readouterr().out
    assert text.rstrip("\n") == listing("dashboard")
    lines = [line.strip() for line in text.splitlines()]
    for switch in switches("dashboard"):
        assert any(line.startswith(f"{switch.name} ") for line in lines)
        assert switch.buys in lines
    for fault in faults():
        assert any(line.startswith(fault) for line in lines)
