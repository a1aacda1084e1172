"""Every rule file is found, says what it is, and has its page."""

import re
from pathlib import Path

from holdfast.core.explain.finding import FindingKind, Side
from holdfast.core.explain.registry import CODES, RULES
from holdfast.core.measure.summary import MEASURES

ROOT = Path(__file__).parents[3]
PAGES = ROOT / "docs" / "findings"


def test_twenty_codes_in_order():
    assert len(CODES) >= 20
    assert list(CODES) == sorted(set(CODES))
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", code) for code in CODES)


def test_a_file_is_named_after_its_code():
    folder = ROOT / "src" / "holdfast" / "core" / "explain" / "rules"
    files = {p.stem.replace("_", "-") for p in folder.glob("*/*.py") if p.stem != "__init__"}
    assert files == set(CODES)


def test_every_rule_says_what_it_is():
    known = {"http", "icmp", "control", "stream", "samples", "logs"}
    for rule in RULES:
        assert rule.kind in FindingKind
        assert rule.side in Side
        assert rule.needs
        assert all(need and need <= known for need in rule.needs)


def test_a_rule_waits_for_its_lanes():
    rule = next(r for r in RULES if r.code == "session-evicted")
    assert not rule.can_judge(frozenset({"stream"}))
    assert rule.can_judge(frozenset({"stream", "http", "icmp"}))


def test_every_rule_works_without_icmp_but_for_what_is_about_it():
    without = frozenset({"http", "stream", "samples", "logs", "control"})
    assert [r.code for r in RULES if not r.can_judge(without)] == []


def test_every_code_has_its_page_and_every_page_its_code():
    pages = {p.stem for p in PAGES.glob("*.md") if p.stem != "README"}
    assert pages == set(CODES)


def test_every_page_says_what_a_page_must():
    for code in CODES:
        text = (PAGES / f"{code}.md").read_text()
        assert text.startswith(f"# {code}\n")
        for heading in ("## What it is", "## How to be sure", "## What to change",
                        "## How to prove it gone"):  # fmt: skip
            assert text.count(f"{heading}\n") == 1, f"{code}: {heading}"
        for place in ("ESP-IDF", "Arduino", "ESPHome"):
            assert place in text, f"{code}: {place}"


def test_what_proves_it_gone_can_be_measured():
    for code in CODES:
        proof = (PAGES / f"{code}.md").read_text().partition("## How to prove it gone")[2]
        names = re.findall(r"`([a-z]+\.[a-z0-9_]+)`", proof)
        assert set(names) <= set(MEASURES), f"{code}: {names}"


def test_the_index_links_every_page():
    index = (PAGES / "README.md").read_text()
    assert set(re.findall(r"\]\(([a-z-]+)\.md\)", index)) == set(CODES)
