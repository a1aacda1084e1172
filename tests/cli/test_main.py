"""The command line: one line an error, the documented exit codes, no traceback, quick."""

import importlib.util
import logging
import os
import subprocess
import sys

import pytest
import typer

from holdfast import __version__
from holdfast.cli import main as main_module
from holdfast.cli.main import COMMANDS, CommandEntry, build_app, main
from holdfast.errors import ConfigError, HoldfastError, MissingExtraError, UnreachableError


def run(capsys, *argv):
    code = main(argv)
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def with_command(monkeypatch, function):
    """Register ``function`` as the command ``probe`` of a module of its own."""
    module = type(sys)("holdfast_probe_command")
    module.probe_command = function
    monkeypatch.setitem(sys.modules, module.__name__, module)
    entry = CommandEntry("probe", module.__name__, "probe_command", "Probe.")
    monkeypatch.setattr(main_module, "COMMANDS", (*COMMANDS, entry))


def raising(error):
    def probe():
        raise error

    return probe


def test_version(capsys):
    assert run(capsys, "--version") == (0, f"holdfast {__version__}\n", "")


def test_help_lists_every_command_without_importing_one(capsys):
    code, out, err = run(capsys, "--help")
    assert (code, err) == (0, "")
    for command in COMMANDS:
        assert f"  {command.name} " in out
        assert command.summary in out


def test_no_arguments_show_the_help_and_are_a_usage_error(capsys):
    code, out, err = run(capsys)
    assert (code, out) == (2, "")
    assert err.startswith("Usage: holdfast")


@pytest.mark.parametrize(
    ("argv", "line"),
    [
        (["profil"], "holdfast: no such command 'profil'; did you mean 'profile'?"),
        (["xyzzy"], "holdfast: no such command 'xyzzy'; see holdfast --help"),
        (["--versoin"], "holdfast: no such option: --versoin; did you mean --version?"),
        (["profile", "list", "--jsn"], "holdfast: no such option: --jsn; did you mean --json?"),
        (["profile", "list", "--zzzz"],
         "holdfast: no such option: --zzzz; see holdfast profile list --help"),
        (["profile", "chek"], "holdfast: no such command 'chek'; did you mean 'check'?"),
        (["profile", "show"],
         "holdfast: missing argument 'name'; see holdfast profile show --help"),
        (["profile", "show", "generc"],
         "holdfast: profile: no profile is called 'generc'; did you mean 'generic'?"),
    ],
)  # fmt: skip
def test_wrong_usage_is_one_line_with_the_nearest_name_and_code_2(capsys, argv, line):
    assert run(capsys, *argv) == (2, "", line + "\n")


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (ConfigError("tick_s", "must be positive"), 2, "tick_s: must be positive"),
        (MissingExtraError("serial", "a serial port"), 2,
         "a serial port needs an extra: pip install 'holdfast[serial]'"),
        (UnreachableError("x:80", "refused"), 3, "x:80: refused"),
        (HoldfastError("two\nlines \x1b[31m"), 3, "two lines \\x1b[31m"),
        (ExceptionGroup("g", [ExceptionGroup("h", [UnreachableError("x:80", "no route")])]), 3,
         "x:80: no route"),
        (ZeroDivisionError("oh"), 3,
         "internal error: ZeroDivisionError: oh (-vv shows where; please report it)"),
        (ExceptionGroup("g", [ZeroDivisionError("oh"), ConfigError("a", "b")]), 3,
         "internal error: ExceptionGroup: g (2 sub-exceptions) (-vv shows where; please report "
         "it)"),
    ],
)  # fmt: skip
def test_an_error_is_one_line_and_its_code(capsys, monkeypatch, error, code, line):
    with_command(monkeypatch, raising(error))
    assert run(capsys, "probe") == (code, "", f"holdfast: {line}\n")


def test_interruption_is_130(capsys, monkeypatch):
    with_command(monkeypatch, raising(KeyboardInterrupt()))
    assert run(capsys, "probe")[0] == 130


def test_a_reader_that_went_away_is_no_error_message(capsys, monkeypatch):
    with_command(monkeypatch, raising(BrokenPipeError()))
    before = sys.stdout
    try:
        assert main(["probe"]) == 3
    finally:
        opened, sys.stdout = sys.stdout, before
        opened.close()
    assert capsys.readouterr().err == ""


def test_a_commands_own_code_is_returned(capsys, monkeypatch):
    with_command(monkeypatch, lambda: 1)
    assert run(capsys, "probe")[0] == 1


def test_verbose_shows_where_an_internal_error_came_from(capsys, monkeypatch):
    with_command(monkeypatch, raising(ZeroDivisionError("oh")))
    root = logging.getLogger()
    kept, level = root.handlers[:], root.level
    try:
        code, _, err = run(capsys, "-vv", "probe")
    finally:
        root.handlers[:] = kept
        root.setLevel(level)
    assert code == 3
    assert "Traceback (most recent call last)" in err


def test_a_broken_part_breaks_only_its_own_command(capsys, monkeypatch):
    entry = CommandEntry("gone", "holdfast_no_such_module", "gone_command", "Gone.")
    monkeypatch.setattr(main_module, "COMMANDS", (*COMMANDS, entry))
    assert run(capsys, "profile", "list")[0] == 0
    code, out, err = run(capsys, "gone")
    assert (code, out) == (3, "")
    assert err == (
        "holdfast: gone: this part cannot be loaded: No module named 'holdfast_no_such_module'\n"
    )


def present():
    return [c for c in COMMANDS if importlib.util.find_spec(c.module) is not None]


@pytest.mark.parametrize("command", present(), ids=lambda c: c.name)
def test_every_command_shows_its_own_help(capsys, command):
    code, out, err = run(capsys, command.name, "--help")
    assert (code, err) == (0, "")
    assert out.startswith(f"Usage: holdfast {command.name}")


def test_every_summary_fits_a_line_of_80_and_ends_with_a_full_stop():
    for command in COMMANDS:
        assert len(command.summary) <= 66
        assert command.summary.endswith(".")


def test_an_application_of_chosen_commands_still_lists_all():
    command = typer.main.get_command(build_app("profile"))
    assert set(command.commands) == {c.name for c in COMMANDS}


@pytest.mark.slow
def test_version_imports_no_heavy_part():
    code = (
        "import sys; from holdfast.cli.main import main; main(['--version']);"
        "heavy = {'numpy', 'scipy', 'plotly', 'zeroconf', 'rich', 'asyncio'} & set(sys.modules);"
        "assert not heavy, heavy"
    )
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    done = subprocess.run([sys.executable, "-c", code], check=False, env=env, capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.slow
def test_the_module_runs_as_a_program_whatever_the_terminals_encoding():
    env = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(p for p in sys.path if p),
        "PYTHONIOENCODING": "ascii",
        "NO_COLOR": "1",
    }
    done = subprocess.run(
        [sys.executable, "-m", "holdfast", "profile", "show", "dä"],
        env=env,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.startswith(b"holdfast: profile: no profile is called 'd\\xe4'")
