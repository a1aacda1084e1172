"""The folder of one run: ``<out>/<YYYYmmdd-HHMMSS>-<target>/``, each file whole or absent."""

from __future__ import annotations

import contextlib
import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from holdfast.errors import OutputError

__all__ = ["RunFolder", "create_run_folder", "safe_name"]

_MAX_NAME: Final = 80
"""Longest target in a folder's name; with the stamp it stays far below the 255 bytes of
file systems, and paths below the 260 characters of Windows."""

_MAX_SAME: Final = 1_000
"""Folders of one target and second; more means something else is wrong."""


def safe_name(target: str) -> str:
    """Return ``target`` as part of a file name on any system: ASCII, no separators.

    What is not a letter, a digit, ``.``, ``_`` or ``-`` becomes ``_``; never empty.
    """
    plain = unicodedata.normalize("NFKD", target[: 4 * _MAX_NAME])
    plain = plain.encode("ascii", "ignore").decode()
    plain = re.sub(r"[^A-Za-z0-9._\-]+", "_", plain).strip("._-")
    return plain[:_MAX_NAME].rstrip("._-") or "target"


@dataclass(frozen=True, slots=True)
class RunFolder:
    """An existing folder that a run's files go to.

    Attributes:
        path: The folder.
    """

    path: Path

    def write(self, name: str, content: str | bytes) -> Path:
        """Write one file; a reader sees the old content or the new, never a part.

        Args:
            name: File name without a folder.
            content: Text (written as UTF-8, line ends as they are) or bytes.

        Raises:
            OutputError: If it cannot be written; an older file of the name stays.
            ValueError: If the name leads out of the folder.
        """
        if Path(name).name != name or name in {"", ".", ".."}:
            raise ValueError(f"{name!r} is no plain file name")
        target = self.path / name
        partial = self.path / f".{name}.part"
        data = content.encode("utf-8", "replace") if isinstance(content, str) else content
        try:
            with partial.open("wb") as file:
                file.write(data)
            # Atomic on POSIX and Windows within one folder.
            partial.replace(target)
        except OSError as exc:
            with contextlib.suppress(OSError):
                partial.unlink(missing_ok=True)
            raise OutputError(str(target), (exc.strerror or str(exc)).lower()) from exc
        return target


def create_run_folder(out: Path, target: str, at: datetime) -> RunFolder:
    """Create the folder of a run that begins at ``at``; it is new, never shared.

    An existing folder of the same second and target gets a sibling ending in ``-2``,
    ``-3`` and so on.

    Args:
        out: Folder of all runs; created with its parents.
        target: What is looked at, as the user named it.
        at: Wall-clock time, as it shall appear in the name.

    Raises:
        OutputError: If it cannot be created.
    """
    base = f"{at:%Y%m%d-%H%M%S}-{safe_name(target)}"
    try:
        out.mkdir(parents=True, exist_ok=True)
        for number in range(1, _MAX_SAME):
            path = out / (base if number == 1 else f"{base}-{number}")
            with contextlib.suppress(FileExistsError):
                path.mkdir()
                return RunFolder(path)
    except OSError as exc:
        raise OutputError(str(out), (exc.strerror or str(exc)).lower()) from exc
    raise OutputError(str(out / base), f"exists {_MAX_SAME - 1} times already")
