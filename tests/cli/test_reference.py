"""The committed reference pages are what the program says today."""

import importlib.util
from pathlib import Path

import pytest

from holdfast.adapters.profiles import shipped_profiles
from holdfast.cli.main import COMMANDS
from holdfast.cli.reference import cli_reference, profiles_reference

ROOT = Path(__file__).parent.parent.parent


def generator():
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
def test_every_generated_file_is_current():
    for path, text in generator().pages().items():
        assert path.read_text(encoding="utf-8") == text, f"{path.name} is stale; run: make docs"


def test_every_profile_has_its_section():
    page = profiles_reference()
    for name in shipped_profiles():
        assert f"\n## {name}\n" in page


def test_every_command_and_exit_code_is_on_the_page():
    page = cli_reference()
    for command in COMMANDS:
        assert f"\n## holdfast {command.name}\n" in page
    assert "\n### holdfast profile check\n" in page
    for code in (0, 1, 2, 3, 130):
        assert f"\n| {code} | " in page
