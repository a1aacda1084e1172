"""The command ``holdfast``: parse, run one command, turn errors into one line and a code.

Laws:
    - Only the module of the command that runs is imported, so ``--version`` and
      ``--help`` are quick, and a broken or missing part harms no other command.
    - A user never sees a traceback, unless asking for it with ``-vv``.
    - Results go to standard output, everything else to standard error.
"""

from __future__ import annotations

import contextlib
import difflib
import importlib
import logging
import os
import sys
from collections.abc import Sequence
from typing import Annotated, Any, Final, NamedTuple

import typer

from holdfast import __version__
from holdfast.cli.exit_codes import ExitCode, exit_code_of
from holdfast.errors import HoldfastError

__all__ = ["COMMANDS", "CommandEntry", "build_app", "entry", "main"]

_LOGGER = logging.getLogger(__name__)


class CommandEntry(NamedTuple):
    """Where one command lives.

    Attributes:
        name: As typed.
        module: Module that holds it.
        attribute: Its function, or a ``typer.Typer`` with commands of its own.
        summary: First line of its help.
    """

    name: str
    module: str
    attribute: str
    summary: str


COMMANDS: Final = (
    CommandEntry(
        "demo",
        "holdfast.cli.demo",
        "demo_command",
        "Diagnose a healthy twin and an ill one; takes a minute.",
    ),
    CommandEntry(
        "discover",
        "holdfast.cli.discover",
        "discover_command",
        "List devices that announce themselves by mDNS.",
    ),
    CommandEntry(
        "diagnose",
        "holdfast.cli.diagnose",
        "diagnose_command",
        "Measure a device's link and name the cause of its faults.",
    ),
    CommandEntry(
        "explain",
        "holdfast.cli.explain",
        "explain_command",
        "Name the causes in recorded runs and diag-logs folders.",
    ),
    CommandEntry(
        "compare",
        "holdfast.cli.compare",
        "compare_command",
        "Compare runs, or say why they are not comparable.",
    ),
    CommandEntry(
        "report",
        "holdfast.cli.report",
        "report_command",
        "Write a run's reports anew, or a copy to share.",
    ),
    CommandEntry(
        "twin",
        "holdfast.cli.twin",
        "twin_command",
        "Run a device's twin on real sockets, with faults on demand.",
    ),
    CommandEntry(
        "proxy",
        "holdfast.cli.proxy",
        "proxy_command",
        "Proxy any TCP protocol through a bad network.",
    ),
    CommandEntry(
        "profile",
        "holdfast.cli.profile",
        "profile_app",
        "List, show and check device profiles.",
    ),
    CommandEntry(
        "doctor",
        "holdfast.cli.doctor",
        "doctor_command",
        "Say what this machine can measure, and what is missing.",
    ),
)
"""Every command, in the order of the help."""


def entry() -> None:
    """Run ``main`` as the console script does."""
    sys.exit(main(sys.argv[1:]))


def main(argv: Sequence[str]) -> int:
    """Run one command.

    Args:
        argv: Arguments without the program's name.

    Returns:
        The exit code (``ExitCode``, or the command's own).
    """
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, ValueError):  # a captured stream has no encoding
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        return _run(list(argv))
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except BrokenPipeError:  # the reader of our output has gone: nothing more to say
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115
        return ExitCode.COULD_NOT_RUN
    except typer.TyperException as exc:
        return _usage(exc)
    except typer.Abort:
        return ExitCode.INTERRUPTED
    except (HoldfastError, ExceptionGroup) as exc:
        return _failed(exc)
    except Exception as exc:  # noqa: BLE001  # outermost boundary: a bug of ours, in one line
        return _bug(exc)


def _run(argv: list[str]) -> int:
    chosen = next((a for a in argv if not a.startswith("-")), "")
    app = build_app(chosen)
    command = typer.main.get_command(app)
    result = command.main(args=argv, prog_name="holdfast", standalone_mode=False)
    return int(result) if isinstance(result, int) else ExitCode.OK


def build_app(*chosen: str) -> typer.Typer:
    """Build the application.

    Args:
        chosen: Names of the commands to import; of the others only the summary is known.

    Raises:
        HoldfastError: If a chosen command cannot be imported.
    """
    app = typer.Typer(
        name="holdfast",
        help="Keep, and prove, the live link to small networked devices.",
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )
    app.callback()(_options)
    for command in COMMANDS:
        part = _load(command) if command.name in chosen else _unloaded
        if isinstance(part, typer.Typer):
            app.add_typer(part, name=command.name, help=command.summary)
        else:
            app.command(command.name, help=None if command.name in chosen else command.summary)(
                part
            )
    return app


def _load(command: CommandEntry) -> Any:  # a function of any signature, or a Typer
    try:
        return getattr(importlib.import_module(command.module), command.attribute)
    except HoldfastError:
        raise
    except (ImportError, AttributeError) as exc:
        raise HoldfastError(f"{command.name}: this part cannot be loaded: {exc}") from exc


def _unloaded() -> None:
    """Stand in the help for a command whose module was not needed."""


def _show_version(value: bool) -> None:
    if value:
        typer.echo(f"holdfast {__version__}")
        raise typer.Exit


def _options(
    verbose: Annotated[
        int,
        typer.Option(
            "--verbose", "-v", count=True, show_default=False, help="Log to stderr; -vv logs more."
        ),
    ] = 0,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    del version
    level = (logging.WARNING, logging.INFO, logging.DEBUG)[min(verbose, 2)]
    logging.basicConfig(
        level=level, stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s", force=True
    )


def _say(text: str) -> None:
    """Print one line to stderr; line breaks and control characters are shown harmlessly."""
    line = " ".join(text.split())
    clean = "".join(c if c.isprintable() else repr(c)[1:-1] for c in line)
    with contextlib.suppress(OSError):
        print(f"holdfast: {clean}", file=sys.stderr)


def _usage(error: typer.TyperException) -> int:
    text = error.format_message()
    if "\n" in text:  # the whole help, shown where no command was given
        print(text, file=sys.stderr)
        return ExitCode.USAGE
    line = (text[:1].lower() + text[1:]).replace(". Did you mean", "; did you mean").rstrip(".")
    wrong = getattr(error, "option_name", None)
    if wrong and "No such option" in text:
        line = f"no such option: {wrong}{_nearest_option(error, wrong)}"
    context = getattr(error, "ctx", None)
    if context is not None and not line.endswith("?"):
        line += f"; see {context.command_path} --help"
    _say(line)
    return ExitCode.USAGE


def _nearest_option(error: typer.TyperException, wrong: str) -> str:
    context = getattr(error, "ctx", None)
    if context is None:
        return ""
    known = [o for p in context.command.params for o in (*p.opts, *p.secondary_opts)]
    close = difflib.get_close_matches(wrong, [*known, "--help"], n=1, cutoff=0.5)
    return f"; did you mean {close[0]}?" if close else ""


def _failed(error: HoldfastError | ExceptionGroup[Exception]) -> int:
    """Report an error of ours, alone or among those of a task group."""
    _LOGGER.debug("traceback", exc_info=error)
    if isinstance(error, HoldfastError):
        _say(str(error))
        return exit_code_of(error)
    ours, others = error.split(HoldfastError)
    if ours is None or others is not None:
        return _bug(error)
    inner: BaseException = ours
    while isinstance(inner, BaseExceptionGroup):
        inner = inner.exceptions[0]
    return _failed(inner)  # type: ignore[arg-type]  # split() left only errors of ours


def _bug(error: Exception) -> int:
    _LOGGER.debug("traceback", exc_info=error)
    _say(f"internal error: {type(error).__name__}: {error} (-vv shows where; please report it)")
    return ExitCode.COULD_NOT_RUN
