"""What the documents say is true of the program: commands, links, counts, examples."""

import re
import shlex
from pathlib import Path

import pytest

from holdfast.adapters.profiles import load_profile
from holdfast.cli.main import COMMANDS
from holdfast.core.explain.registry import CODES

ROOT = Path(__file__).parent.parent
PAGES = sorted(
    [
        ROOT / "README.md",
        ROOT / "ARCHITECTURE.md",
        ROOT / "CONTRIBUTING.md",
        *(ROOT / "docs").rglob("*.md"),
    ]
)
IDS = [str(page.relative_to(ROOT)) for page in PAGES]


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_every_link_within_the_project_leads_somewhere(page):
    for link in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
        if "://" not in link:
            assert (page.parent / link).exists(), link


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_every_command_shown_exists_and_its_options_too(page):
    known = {command.name for command in COMMANDS}
    options = (ROOT / "docs" / "reference" / "cli.md").read_text(encoding="utf-8")
    for line in re.findall(
        r"^(?: {4}|\$ )?(?:\.venv/bin/)?holdfast ([a-z].*)$",
        page.read_text(encoding="utf-8"),
        re.MULTILINE,
    ):
        words = shlex.split(line.partition("#")[0].rstrip(" &"))
        assert words[0] in known, line
        for option in (w.partition("=")[0] for w in words if w.startswith("--")):
            assert option in options, f"{option} in: {line}"


def test_the_readme_counts_the_findings():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"The {len(CODES)} causes and observations" in text


@pytest.mark.parametrize("number", [0, 1])
def test_the_profiles_of_the_how_to_can_be_loaded(number, tmp_path):
    text = (ROOT / "docs" / "how-to" / "write-a-profile.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    head, more = blocks
    path = tmp_path / "my-board.toml"
    # The second block is "more of it": its top-level keys go before the first block's tables.
    top, _, tables = more.partition("\n\n")
    name, _, ping = head.partition("\n\n")
    path.write_text(head if number == 0 else f"{name}\n{top}\n\n{ping}\n{tables}")
    profile = load_profile(str(path))
    assert profile.name == "my-board"
    assert (profile.stream is not None) == bool(number)
