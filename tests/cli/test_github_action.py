"""The Action: its steps as a shell runs them, hostile inputs, summary, annotations, outputs."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from holdfast.cli.github_action import main, read_inputs, workflow_commands
from holdfast.errors import ConfigError
from holdfast.testing.running_twin import RunningTwin

ROOT = Path(__file__).parent.parent.parent
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
WORKFLOW = yaml.safe_load((ROOT / ".github" / "workflows" / "link.yml").read_text())
EXPRESSION = re.compile(r"\$\{\{\s*inputs\.([a-z-]+)\s*\}\}")


def environ(tmp_path, **inputs):
    values = {f"HOLDFAST_ACTION_{name.upper()}": value for name, value in inputs.items()}
    return {
        "GITHUB_OUTPUT": str(tmp_path / "output"),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
        **values,
    }


def outputs(tmp_path):
    lines = (tmp_path / "output").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines)


def run_steps(tmp_path, **inputs):
    """Run the composite steps with a shell, as the runner does; ``uses`` steps and pip apart."""
    shell = shutil.which("bash")
    if shell is None:
        pytest.skip("the Action's steps need bash")
    given = {name: spec.get("default", "") for name, spec in ACTION["inputs"].items()} | inputs
    given["out"] = str(tmp_path / "runs")
    last = None
    for step in ACTION["runs"]["steps"]:
        if "run" not in step or "pip install" in step["run"]:
            continue
        env = {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": os.pathsep.join(p for p in sys.path if p),
            "GITHUB_ACTION_PATH": str(ROOT),
            "GITHUB_OUTPUT": str(tmp_path / "output"),
            "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
        }
        for name, text in step.get("env", {}).items():
            env[name] = EXPRESSION.sub(lambda found: given[found[1]], text)
        last = subprocess.run(
            [shell, "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            env=env,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=100,
        )
    assert last is not None
    return last


# --- the files ---------------------------------------------------------------------------


def test_no_input_is_ever_read_by_a_shell():
    steps = list(ACTION["runs"]["steps"])
    for job in WORKFLOW["jobs"].values():
        steps += job["steps"]
    runs = [step["run"] for step in steps if "run" in step]
    assert len(runs) == 4
    for text in runs:
        assert "${{" not in text


def test_every_input_is_described_and_used_and_every_output_has_its_source():
    text = (ROOT / "action.yml").read_text()
    for name, spec in ACTION["inputs"].items():
        assert spec["description"].endswith(".")
        assert f"inputs.{name}" in text
    for name, spec in ACTION["outputs"].items():
        assert spec["value"] == f"${{{{ steps.run.outputs.{name} }}}}"
    assert [s.get("uses", "").partition("@")[0] for s in ACTION["runs"]["steps"]] == [
        "actions/setup-python",
        "",
        "",
        "actions/upload-artifact",
    ]


def test_the_examples_inputs_exist():
    for job in WORKFLOW["jobs"].values():
        (used,) = [step for step in job["steps"] if step.get("uses") == "./"]
        assert set(used["with"]) <= set(ACTION["inputs"])


# --- inputs ------------------------------------------------------------------------------


def test_inputs_are_read_from_the_environment(tmp_path):
    inputs = read_inputs(
        environ(
            tmp_path,
            twin=" dashboard:stream-refused:for=5s+rssi-frozen ",
            require="ping.ok_ratio >= 0.9\n\n  stream.continuity >= 0.99  \n",
            duration="2m",
        )
    )
    assert (inputs.twin, inputs.faults) == (
        "dashboard",
        ("stream-refused:for=5s", "rssi-frozen"),
    )
    assert inputs.require == ("ping.ok_ratio >= 0.9", "stream.continuity >= 0.99")
    assert (inputs.duration, inputs.duration_s) == ("2m", 120.0)
    assert (inputs.profile, inputs.out) == ("auto", "diag-logs")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "target: give either target or twin"),
        ({"target": "h", "twin": "dashboard"}, "target: give either target or twin"),
        ({"target": "h", "duration": "1"}, "duration: must be a duration like 500ms, 30s, 10m or "
         "1h30m, got '1'; a number needs a unit"),
        ({"target": "h", "duration": "7h"}, "duration: must be within 1s to 6h, got '7h'"),
    ],
)  # fmt: skip
def test_wrong_inputs_are_an_annotation_and_code_2(tmp_path, capsys, given, message):
    with pytest.raises(ConfigError, match=re.escape(message)):
        read_inputs(environ(tmp_path, **given))
    assert main(environ(tmp_path, **given)) == 2
    assert capsys.readouterr().out == f"::error title=holdfast::{message}\n"
    assert outputs(tmp_path) == {"verdict": "could_not_run", "causes": ""}


def test_annotations_are_escaped_and_bounded():
    hostile = {
        "code": "x:y,z",
        "kind": "cause",
        "severity": "error",
        "title": "50 %\n::set-output name=a::b\r",
        "remedy": "Mend it.",
    }
    assert workflow_commands([hostile]) == [
        "::error title=x%3Ay%2Cz::50 %25%0A::set-output name=a::b%0D Mend it."
    ]
    kinds = [
        {"code": "a", "kind": "cause", "severity": "warning", "title": "A"},
        {"code": "b", "kind": "observation", "severity": "error", "title": "B"},
    ]
    assert workflow_commands(kinds) == ["::warning title=a::A", "::notice title=b::B"]
    assert len(workflow_commands(kinds * 50)) == 10


# --- the steps ---------------------------------------------------------------------------


@pytest.mark.net
@pytest.mark.slow
def test_the_steps_diagnose_a_target(tmp_path):
    with RunningTwin() as twin:
        done = run_steps(
            tmp_path,
            target=twin.address,
            profile="generic",
            duration="7s",
            require="ping.ok_ratio >= 0.5\nping.failed_total == 0",
        )
    told = outputs(tmp_path)
    assert (done.returncode, told["verdict"]) == (0, "passed"), done.stdout + done.stderr
    assert told["causes"] == ""
    folder = Path(told["folder"])
    assert folder.is_relative_to(tmp_path / "runs")
    assert Path(told["report"]) == folder / "report.html"
    assert Path(told["report"]).is_file()
    assert (tmp_path / "summary").read_text() == (folder / "report.md").read_text() + "\n"
    fences = re.findall(r"^::(?:stop-commands::)?([0-9a-f]{32})(?:::)?$", done.stdout, re.M)
    assert len(fences) == 2
    assert fences[0] == fences[1]


@pytest.mark.net
@pytest.mark.slow
def test_the_steps_run_a_twin_and_name_its_fault(tmp_path):
    pytest.importorskip("holdfast.cli.twin")
    done = run_steps(
        tmp_path,
        twin="dashboard:stream-refused",
        profile="esp32-s3-dashboard",
        duration="12s",
    )
    told = outputs(tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    assert told["verdict"] == "missed"
    assert told["causes"].split(",")[0] == "stream-refused"
    assert re.search(r"^::(error|warning) title=stream-refused::", done.stdout, re.M)


@pytest.mark.net
@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("target", "$(touch pwned)"),
        ("target", "; touch pwned"),
        ("target", "`touch pwned`"),
        ("target", "--help"),
        ("profile", "$(touch pwned)"),
        ("require", "x'; touch pwned; '"),
        ("duration", "$(touch pwned)"),
    ],
)
def test_hostile_inputs_stay_text(tmp_path, name, value):
    inputs = {"target": "127.0.0.1:1", "profile": "generic", "duration": "1s", name: value}
    done = run_steps(tmp_path, **inputs)
    assert done.returncode == 2, done.stdout + done.stderr
    assert not (tmp_path / "pwned").exists()
    assert outputs(tmp_path)["verdict"] == "could_not_run"
    assert "Traceback" not in done.stderr


@pytest.mark.net
@pytest.mark.slow
def test_a_target_without_an_address_could_not_run(tmp_path):
    """The domain .invalid never has a name in it, RFC 2606."""
    done = run_steps(tmp_path, target="device.invalid", profile="generic", duration="1s")
    assert done.returncode == 3, done.stdout + done.stderr
    assert outputs(tmp_path)["verdict"] == "could_not_run"
