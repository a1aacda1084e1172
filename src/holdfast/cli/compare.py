"""``holdfast compare RUN RUN...``: what changed, how certainly, or why nobody can say."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import msgspec
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from holdfast.apps.compare import compare_paths
from holdfast.cli.exit_codes import ExitCode
from holdfast.core.measure.comparison import Change
from holdfast.core.measure.summary import MEASURES
from holdfast.core.report.markdown import format_measure

if TYPE_CHECKING:
    from holdfast.core.measure.comparison import Comparison, Difference, PairComparison

__all__ = ["compare_command", "print_comparison"]

_CODES: Final = {
    Change.BETTER: ExitCode.OK,
    Change.NO_DIFFERENCE: ExitCode.OK,
    Change.WORSE: ExitCode.MISSED,
    Change.NOT_COMPARABLE: ExitCode.COULD_NOT_RUN,
}
_STYLES: Final = {
    Change.BETTER: "bold green",
    Change.WORSE: "bold red",
    Change.NO_DIFFERENCE: "",
    Change.NOT_COMPARABLE: "bold yellow",
}


def compare_command(
    runs: Annotated[
        list[Path],
        typer.Argument(
            help="Run folders, journals or diag-logs folders; the first is the measure."
        ),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    seed: Annotated[int, typer.Option(help="Seed of the resampling.")] = 0,
) -> int:
    """Compare runs; exit code 1 for certainly worse, 3 for not comparable."""
    found = compare_paths(runs, seed=seed)
    if as_json:
        typer.echo(msgspec.json.encode({"format": 1, "seed": seed} | _document(found)).decode())
    else:
        print_comparison(found)
    return _CODES[found.change]


def _document(found: Comparison) -> dict[str, object]:
    document = msgspec.to_builtins(found)
    assert isinstance(document, dict)  # noqa: S101  # a struct becomes one; for the type checker
    return document


def print_comparison(found: Comparison) -> None:
    """Print what changed between runs, or why nobody can say."""
    console = Console(highlight=False, soft_wrap=True)
    for pair in found.pairs:
        console.print(_line(pair.sentence, _STYLES[pair.change]))
        for caveat in pair.caveats:
            console.print(_line(f"Note: {caveat}."))
        if pair.differences:
            console.print(_line(f"A: {pair.before}", "dim"))
            console.print(_line(f"B: {pair.after}", "dim"))
            console.print(_table(pair))
    console.print(_line(found.autocorrelation, "dim"))


def _line(text: str, style: str = "") -> Text:
    """Return text that is never markup and keeps to one line; names come from outside."""
    return Text("".join(c if c.isprintable() else "\ufffd" for c in text), style=style)


def _table(pair: PairComparison) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("measure", no_wrap=True)
    for title in ("A", "B", "95 % of change", "p"):
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True, min_width=6)
    for row in pair.differences:
        unit = MEASURES[row.measure].unit
        sign = row.change.replace("_", " ") if row.change is not Change.NO_DIFFERENCE else ""
        table.add_row(
            row.measure,
            format_measure(row.before, unit),
            format_measure(row.after, unit),
            _interval(row, unit),
            "< 0.001" if row.p < 0.001 else f"{row.p:.3f}",
            Text(sign, style=_STYLES[row.change]),
        )
    return table


def _interval(row: Difference, unit: str) -> str:
    if row.scale == "ratio" and not row.before and not row.after:
        return "-"  # nothing in either run has no ratio
    if row.scale == "ratio":
        return f"{row.low:.2f} to {'any' if row.high is None else f'{row.high:.2f}'} times"
    high = row.low if row.high is None else row.high
    return f"{format_measure(row.low, unit)} to {format_measure(high, unit)}"
