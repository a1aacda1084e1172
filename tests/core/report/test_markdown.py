"""report.md says the verdict first, and foreign text in it does nothing."""

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.core.explain.finding import (
    Evidence,
    Finding,
    FindingKind,
    RuledOut,
    Severity,
    Side,
)
from holdfast.core.journal.events import Header, Note, Outcome, Probe
from holdfast.core.judge.criteria import parse_criterion
from holdfast.core.judge.verdict import judge
from holdfast.core.measure.run import RunView
from holdfast.core.measure.summary import MEASURES
from holdfast.core.report.markdown import KEY_FIGURES, escape_markdown, format_measure, markdown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain, text. (really) 100 % of it: yes", "plain, text. (really) 100 % of it: yes"),
        ("stream.gap_max_s", "stream.gap_max_s"),
        ("_so_", "&#95;so&#95;"),
        ("**b** `c` [l](u)", "&#42;&#42;b&#42;&#42; &#96;c&#96; &#91;l&#93;(u)"),
        ("a|b", "a&#124;b"),
        ("<img src=x>", "&#60;img src=x&#62;"),
        ("&lt;", "&#38;lt;"),
        ("http://x www.y.z a@b", "http&#58;//x www&#46;y.z a&#64;b"),
        ("#1 $x$ ~~y~~ \\!", "&#35;1 &#36;x&#36; &#126;&#126;y&#126;&#126; &#92;&#33;"),
        ("- item", "&#45; item"),
        ("12. item", "12&#46; item"),
        ("one\n\n# two\ttab", "one &#35; two tab"),
        ("\x1b[31m\x00\u202e", "\ufffd&#91;31m\ufffd\ufffd"),
        ("", ""),
    ],
)
def test_escape(text, shown):
    assert escape_markdown(text) == shown


@given(st.text(max_size=200))
def test_escaped_text_is_one_line_without_markup_and_shows_the_same(text):
    shown = escape_markdown(text)
    assert not re.search(r"[\n\r<>`*\[\]|~@$]|(?<!&)#|://|www\.", shown)
    plain = "".join(c if c.isprintable() else "\ufffd" for c in " ".join(text.split()))
    assert html.unescape(shown) == plain


def test_long_text_is_cut():
    assert escape_markdown("x" * 301) == "x" * 300 + "…"
    assert escape_markdown("x" * 300) == "x" * 300
    assert escape_markdown(" " * 2000) == "…"


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (None, "s", "-"),
        (0.9622, "ratio", "96.22 %"),
        (0.0347, "s", "34.7 ms"),
        (4.0, "s", "4.00 s"),
        (3.0, "count", "3"),
        (1234567.0, "count", "1234567"),
        (1.25, "count", "1.25"),
        (7805208.0, "bytes", "7805.2 kB"),
        (-95.0, "bytes/s", "-95 bytes/s"),
        (-1500.0, "bytes/s", "-1.5 kB/s"),
        (-65.92, "dBm", "-65.92 dBm"),
        (0.95, "Hz", "0.95 Hz"),
    ],
)
def test_measures_are_shown_in_their_usual_size(value, unit, shown):
    assert format_measure(value, unit) == shown


def test_every_key_figure_is_a_measure():
    assert set(KEY_FIGURES) <= set(MEASURES)


def finding(**change):
    fields = {
        "code": "wifi-dropout", "kind": FindingKind.CAUSE, "side": Side.NETWORK,
        "severity": Severity.ERROR, "confidence": 0.8, "title": "The Wi-Fi <dropped>.",
        "evidence": (Evidence(text="no echo from *it*", at_s=12.0), Evidence(text="none")),
        "remedy": "Move the device.", "from_s": 10.0, "to_s": 22.5,
        "ruled_out": (RuledOut("device-reboot", "uptime kept growing"),),
    }  # fmt: skip
    return Finding(**(fields | change))


def report(findings=(), criteria=("ping.ok_ratio >= 0.99",), notes=()):
    ping = Probe(at_s=100.0, method="http", target="ping", outcome=Outcome.OK, total_s=0.25)
    run = RunView(Header(target="board.local:80", plan="general", seed=7), [ping, *notes])
    return markdown(run, findings, judge(run, [parse_criterion(c) for c in criteria])).splitlines()


def test_the_verdict_comes_first_with_the_values_that_decided_it():
    lines = report()
    assert lines[0] == "# board.local:80: passed"
    assert "| ping.ok_ratio (1) &#62;= 0.99 | passed |  |" in lines
    assert report(criteria=["ping.ok_ratio < 1"])[0] == "# board.local:80: missed"
    assert report(criteria=["stream.gaps_total == 0"])[0] == "# board.local:80: no evidence"
    assert "No criteria were asked for." in report(criteria=[])


def test_a_finding_has_its_remedy_its_evidence_and_what_was_ruled_out():
    lines = report([finding()])
    at = lines.index("### The Wi-Fi &#60;dropped&#62;.")
    assert [line for line in lines[at + 1 : at + 10] if line] == [
        "`wifi-dropout`, error, side: network, confidence 0.80, 10.0 s to 22.5 s",
        "**Remedy:** Move the device.",
        "- no echo from &#42;it&#42; (at 12.0 s)",
        "- none",
        "- not `device-reboot`: uptime kept growing",
    ]


def test_an_observation_says_that_it_is_one():
    lines = report([finding(kind=FindingKind.OBSERVATION)])
    assert any(line.startswith("`wifi-dropout`, error, observation, side") for line in lines)


def test_much_evidence_is_counted():
    lines = report([finding(evidence=tuple(Evidence(text=f"n{i}") for i in range(11)))])
    assert "- n7" in lines
    assert "- n8" not in lines
    assert "- and 3 more" in lines


def test_nothing_found_is_said():
    assert "Nothing was found that would explain a fault." in report()


def test_figures_without_evidence_have_no_row():
    lines = report()
    assert "| `ping.p50_s` | 250.0 ms | 250.0 ms |" in lines
    assert not any("stream.continuity" in line for line in lines)


def test_notes_and_the_run_are_named():
    lines = report(notes=[Note(at_s=0, about="run-truncated", text="it ends <early>")])
    assert "> it ends &#60;early&#62;" in lines
    assert "- plan: general" in lines
    assert "- seed: 7" in lines
