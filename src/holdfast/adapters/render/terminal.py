"""A run on a terminal: the answer on one screen, and the view while it is measured.

Laws:
    - What a device says is shown, never executed: control characters become escapes, and
      no markup is read in it.
    - Nothing is said by colour alone; without a terminal there are plain lines.
    - The line to paste is printed unbroken, so that it is copied as one.
"""

from __future__ import annotations

import textwrap
from collections import deque
from typing import TYPE_CHECKING, Final, Self

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from holdfast.adapters.render.grouping import answer, grouped, period
from holdfast.adapters.render.lanes import ordered_targets
from holdfast.adapters.render.tables import early_end, tiles
from holdfast.adapters.render.wording import (
    OUTCOME_WORDS,
    confidence_words,
    measured,
    seconds,
    slug_words,
    stamp,
)
from holdfast.core.journal.events import Outcome, Probe, Stream, StreamWhat, Tick
from holdfast.core.judge.verdict import Ruling
from holdfast.core.measure.summary import measures
from holdfast.core.redact import printable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from types import TracebackType

    from holdfast.adapters.render.grouping import Group as FindingGroup
    from holdfast.core.explain.finding import Evidence, Finding
    from holdfast.core.journal.events import Event
    from holdfast.core.judge.verdict import Verdict
    from holdfast.core.measure.run import RunView
    from holdfast.core.observe.settings import DiagnosisSettings
    from holdfast.core.observe.watch import Watch

__all__ = ["LiveView", "print_run"]

_EVIDENCE: Final = (4, 2, 2)
"""Evidence lines of the first, second and third cause."""
_STYLES: Final = {"good": "bold green", "bad": "bold red", "unsure": "bold yellow"}
_SIGNS: Final = {"good": "✓", "bad": "✕", "unsure": "!"}
_RULINGS: Final = {Ruling.MISSED: "bad", Ruling.NO_EVIDENCE: "unsure"}
_BLOCKS: Final = "▁▂▃▄▅▆▇█"
_PLAIN: Final = str.maketrans(
    {"✓": "+", "✕": "x", "−": "-", "–": "-", "…": "...", "━": "=", "─": "-", "·": "."}
    | dict(zip(_BLOCKS, "12345678", strict=True))
)
"""Our own signs for terminals that have none of them."""
_SHOWN: Final = 40
"""Outcomes kept of each lane: what fits beside its name on 60 columns."""
_SO_FAR_S: Final = 60.0
"""When a first answer is due: a user does not wait ten minutes for a sign."""


def _console(*, stderr: bool = False) -> Console:
    return Console(stderr=stderr, highlight=False, markup=False, emoji=False)


def _said(console: Console, text: str, style: str = "") -> Text:
    """Return ``text`` with what this terminal's encoding cannot show replaced or escaped."""
    coding = console.encoding
    if not coding.lower().startswith("utf"):
        text = text.translate(_PLAIN)
    return Text(text.encode(coding, "backslashreplace").decode(coding), style)


def print_run(
    run: RunView,
    findings: Sequence[Finding],
    verdict: Verdict,
    *,
    folder: Path | None = None,
    console: Console | None = None,
) -> None:
    """Print the verdict, the causes with evidence and remedy, and the key figures.

    Args:
        run: The run.
        findings: Ranked findings.
        verdict: The verdict.
        folder: Where its artifacts lie; ``None`` for nowhere.
        console: Where to print; standard output by default.
    """
    out = console or _console()
    groups = grouped(findings)
    header = run.header
    words = [header.target, f"plan {header.plan}" if header.plan else "", seconds(run.end_s)]
    out.print(_said(out, ", ".join(printable(w, 100) for w in words if w), "dim"))
    if ended := early_end(run):
        out.print(_said(out, f"! It {ended}", "yellow"))
    first = answer(groups, verdict)
    line = _said(out, f"{_SIGNS[first.state]} {first.headline}", _STYLES[first.state])
    out.print(line)
    out.print(_said(out, first.reason))
    causes = [group for group in groups if group.is_cause]
    for group, lines in zip(causes, _EVIDENCE, strict=False):
        _print_cause(out, group, lines)
    _print_list(out, "Also found", causes[len(_EVIDENCE) :])
    _print_list(out, "Observed", [group for group in groups if not group.is_cause])
    _print_figures(out, run, verdict)
    if folder is not None and (folder / "report.html").exists():
        out.print()
        out.print(_said(out, f"Report: {folder / 'report.html'}"), soft_wrap=True)


def _print_cause(out: Console, group: FindingGroup, lines: int) -> None:
    finding = group.chief
    out.print()
    title = printable(finding.title, 300)
    out.print(_hanging(out, f"{group.number}.", title, "bold"))
    more = f" and {len(group.others)} more" if group.others else ""
    facts = (
        f"{printable(finding.code, 80)}: {confidence_words(finding.confidence)} "
        f"({finding.confidence:.2f}), {period(finding.from_s, finding.to_s)}{more}"
    )
    out.print(_hanging(out, "", facts, "dim"))
    for evidence in finding.evidence[:lines]:
        out.print(_hanging(out, " -", _evidence(evidence)))
    for ruled in finding.ruled_out[: lines // 2]:
        text = f"not {slug_words(ruled.code)}: {printable(ruled.why, 200)}"
        out.print(_hanging(out, " -", text, "dim"))
    out.print(_said(out, "   Change this:", "bold"))
    # Not wrapped by us: a line that the terminal itself wraps is copied as one.
    out.print(_said(out, f"   {printable(finding.remedy, 2_000)}", "cyan"), soft_wrap=True)


def _hanging(out: Console, lead: str, text: str, style: str = "") -> Text:
    """Return ``text`` wrapped beside ``lead``, a column of its own."""
    filled = textwrap.fill(
        text, max(20, out.width - 1), initial_indent=f"{lead:<2} ", subsequent_indent="   "
    )
    return _said(out, filled, style)


def _evidence(evidence: Evidence) -> str:
    text = printable(evidence.text, 300)
    if evidence.limit is None:
        return text
    name = evidence.metric or ""
    values = f"{measured(name, evidence.observed)}, limit {measured(name, evidence.limit)}"
    return f"{text} ({values})"


def _print_list(out: Console, title: str, groups: Sequence[FindingGroup]) -> None:
    if not groups:
        return
    out.print()
    out.print(_said(out, f"{title}:", "bold"))
    for group in groups:
        chief = group.chief
        more = f" and {len(group.others)} more" if group.others else ""
        when = f"{confidence_words(chief.confidence)}, {period(chief.from_s, chief.to_s)}{more}"
        out.print(_hanging(out, f"{group.number}.", f"{printable(chief.title, 200)} ({when})"))


def _print_figures(out: Console, run: RunView, verdict: Verdict) -> None:
    shown = [f"{tile.name} {tile.value} ({tile.note})" for tile in tiles(measures(run))]
    if shown:
        out.print()
        out.print(_hanging(out, "", "; ".join(shown)))
    for judged in verdict.judgements:
        if judged.ruling is not Ruling.PASSED:
            state = _RULINGS[judged.ruling]
            text = printable(str(judged), 200)
            out.print(_hanging(out, _SIGNS[state], text, _STYLES[state]))


class _LaneState:
    """The last outcomes of one lane, and how many there were."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.marks: deque[tuple[str, str]] = deque(maxlen=_SHOWN)
        self.answered = 0
        self.sent = 0
        self.last = ""
        self.is_fresh = False

    def add(self, probe: Probe) -> None:
        """Take one probe in."""
        self.sent += 1
        self.is_fresh = True
        if probe.outcome.is_ok:
            self.answered += 1
            took_s = probe.total_s if probe.first_byte_s is None else probe.first_byte_s
            self.marks.append((_block(took_s), "green"))
            self.last = seconds(took_s)
        else:
            seen = probe.outcome is not Outcome.NOT_PERMITTED
            self.marks.append(("✕", "red") if seen else ("·", "dim"))
            self.last = OUTCOME_WORDS[probe.outcome]


def _block(took_s: float) -> str:
    """Return a block as high as the time is long, one step a doubling from 8 ms on."""
    step = 0
    while took_s > 0.008 * 2**step and step < len(_BLOCKS) - 1:
        step += 1
    return _BLOCKS[step]


class LiveView:
    """What is known while a run is measured: a picture on a terminal, else a line a tick.

    Use it as a context manager; it writes to standard error.

    Args:
        settings: What the run does.
        quiet: Show nothing at all.
        console: Where to show it; standard error by default.
    """

    def __init__(
        self,
        settings: DiagnosisSettings,
        *,
        quiet: bool = False,
        console: Console | None = None,
    ) -> None:
        self._settings = settings
        self._quiet = quiet
        self._console = console or _console(stderr=True)
        self._lanes: dict[str, _LaneState] = {}
        self._messages = 0
        self._printed = 0
        self._stream = "not yet open"
        self._now_s = 0.0
        self._drawn_s = 0.0
        self._tick = -1
        self._told: set[str] = set()
        self._is_so_far_told = False
        self._live: Live | None = None

    def __enter__(self) -> Self:
        if not self._quiet and self._console.is_terminal:
            self._live = Live(console=self._console, auto_refresh=False, transient=True)
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None

    def update(self, event: Event, watch: Watch) -> None:
        """Take one event in; show what is known at each tick, on a terminal 4 times a second.

        Args:
            event: The event, just recorded.
            watch: What has been found so far.
        """
        if self._quiet:
            return
        self._now_s = max(self._now_s, event.at_s)
        match event:
            case Probe():
                lane = self._lanes.setdefault(event.target, _LaneState(printable(event.target, 20)))
                lane.add(event)
            case Stream():
                self._take_stream(event)
            case Tick():
                if self._live is None and self._tick >= 0:
                    self._print_line()
                self._tick = event.n
        self._tell(watch.findings)
        if self._live is not None and self._now_s - self._drawn_s >= 0.25:
            self._drawn_s = self._now_s
            self._live.update(self._picture(watch.findings), refresh=True)

    def _take_stream(self, event: Stream) -> None:
        match event.what:
            case StreamWhat.OPENED:
                self._stream = "open"
            case StreamWhat.MESSAGE:
                self._messages += 1
            case StreamWhat.GAP:
                self._stream = f"gap of {seconds(event.for_s)} at {stamp(event.at_s)}"
            case StreamWhat.CLOSED | StreamWhat.REFUSED:
                why = "" if event.close is None else f": {slug_words(event.close)}"
                what = "attempt failed" if event.what is StreamWhat.REFUSED else "closed"
                self._stream = f"{what}{why}"

    def _tell(self, findings: Sequence[Finding]) -> None:
        """Say a new finding once, and after a minute what is known so far."""
        groups = grouped(findings)
        for group in groups:
            code = group.chief.code
            if code in self._told:
                continue
            self._told.add(code)
            if group.is_cause:
                words = confidence_words(group.chief.confidence)
                self._say(f"{stamp(self._now_s)}  {words}: {printable(group.chief.title, 200)}")
        if not self._is_so_far_told and self._now_s >= _SO_FAR_S:
            self._is_so_far_told = True
            causes = [group.chief for group in groups if group.is_cause]
            known = f"change this: {causes[0].remedy}" if causes else "no cause found so far"
            self._say(f"{stamp(self._now_s)}  after a minute: {printable(known, 500)}")

    def _say(self, text: str) -> None:
        self._console.print(_said(self._console, text), soft_wrap=True)

    def _print_line(self) -> None:
        """Print what the tick that is over brought: its own results only."""
        fresh = [
            lane for name in ordered_targets(self._lanes) if (lane := self._lanes[name]).is_fresh
        ]
        parts = [f"{lane.title} {lane.last}" for lane in fresh]
        for lane in fresh:
            lane.is_fresh = False
        if self._settings.stream:
            count = self._messages - self._printed
            noun = "message" if count == 1 else "messages"
            parts.append(f"stream {self._stream}, {count} {noun}")
        self._printed = self._messages
        self._say(f"{stamp(self._now_s)}  tick {self._tick}: {'; '.join(parts)}")

    def _picture(self, findings: Sequence[Finding]) -> Group:
        out = self._console
        rows = [
            _hanging(
                out,
                f"{group.number}.",
                f"{printable(group.chief.title, 200)} ({confidence_words(group.chief.confidence)})",
            )
            for group in grouped(findings)[:4]
        ]
        return Group(self._progress(), *self._rows(), *rows)

    def _progress(self) -> Text:
        out, total_s = self._console, self._settings.duration_s
        room = max(6, min(40, out.width - 40))
        done = min(room, int(room * self._now_s / total_s))
        name = printable(self._settings.link or self._settings.host, 40)
        line = _said(out, f"{name}  {stamp(self._now_s)} of {stamp(total_s)}  ", "bold")
        line.append(_said(out, "━" * done, "cyan"))
        line.append(_said(out, "─" * (room - done), "dim"))
        return line

    def _rows(self) -> list[Text]:
        """Return a line a lane: its name, its last outcomes, its counts."""
        out = self._console
        lanes = [self._lanes[name] for name in ordered_targets(self._lanes)]
        name_width = max([len(lane.title) for lane in lanes] + [6]) + 1
        room = max(8, min(_SHOWN, out.width - name_width - 26))  # 26: counts and a word
        rows = []
        for lane in lanes:
            line = Text(no_wrap=True, overflow="ellipsis")
            line.append(_said(out, f"{lane.title:<{name_width}}"))
            marks = list(lane.marks)[-room:]
            for sign, style in marks:
                line.append(_said(out, sign, style))
            facts = f" {lane.answered}/{lane.sent} {lane.last}"
            line.append(_said(out, " " * (room - len(marks)) + facts, "dim"))
            rows.append(line)
        if self._settings.stream:
            words = f"{'stream':<{name_width}}{self._messages} messages, {self._stream}"
            rows.append(_said(out, words))
        return rows
