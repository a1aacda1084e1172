"""``holdfast doctor``: a line a check, JSON, and code 3 for a dead target."""

import json
import socket

import pytest

from holdfast.apps.doctor import Check, Status
from holdfast.cli.doctor import lines
from holdfast.cli.main import main


def test_a_line_a_check_and_one_for_what_to_do():
    checks = [
        Check(name="clock", status=Status.OK, text="fine"),
        Check(name="open files", status=Status.WARN, text="limit 256", todo="run: ulimit -n 1024"),
    ]
    assert lines(checks) == [
        "ok       clock       fine",
        "warn     open files  limit 256",
        "                     -> run: ulimit -n 1024",
    ]


@pytest.mark.net
def test_without_a_target_the_code_is_0(capsys):
    assert main(["doctor"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("ok       python ")


@pytest.mark.net
def test_json_is_one_object_and_a_dead_target_gives_3(capsys):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    assert main(["doctor", f"127.0.0.1:{port}", "--json"]) == 3
    checks = json.loads(capsys.readouterr().out)["checks"]
    assert (checks[-1]["name"], checks[-1]["status"]) == ("target", "missing")


def test_a_wrong_target_or_profile_is_a_usage_error(capsys):
    assert main(["doctor", "u:p@h"]) == 2
    assert main(["doctor", "h", "--profile", "wledd"]) == 2
    assert capsys.readouterr().err.splitlines()[-1] == (
        "holdfast: profile: no profile is called 'wledd'; did you mean 'wled'?"
    )
