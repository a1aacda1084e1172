"""Write every page and schema that is made from the program; ``make docs`` runs it.

Each has a test that compares the committed file with what this would write.
"""

from __future__ import annotations

import sys
from pathlib import Path

from holdfast.cli.reference import cli_reference, profiles_reference
from holdfast.core.measure.summary import reference as measures_reference
from holdfast.core.report.verdict_json import schemas

ROOT = Path(__file__).parent.parent


def pages() -> dict[Path, str]:
    """Return the text of every generated file by its path."""
    reference = ROOT / "docs" / "reference"
    made = {
        reference / "cli.md": cli_reference(),
        reference / "measures.md": measures_reference(),
        reference / "profiles.md": profiles_reference(),
    }
    folder = ROOT / "src" / "holdfast" / "schemas"
    return made | {folder / name: text for name, text in schemas().items()}


def main() -> int:
    """Write what has changed."""
    for path, text in pages().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8", newline="\n")
            sys.stdout.write(f"wrote {path.relative_to(ROOT)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
