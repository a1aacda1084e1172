"""A run's folder is new, its name safe, and its files are whole or absent."""

import os
import re
import subprocess
import sys
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.adapters.run_folder import RunFolder, create_run_folder, safe_name
from holdfast.errors import OutputError

AT = datetime(2025, 8, 8, 20, 46, 1, tzinfo=UTC)


def test_the_name_is_stamp_and_target(tmp_path):
    folder = create_run_folder(tmp_path / "a" / "b", "192.0.2.201", AT)
    assert folder.path == tmp_path / "a" / "b" / "20250808-204601-192.0.2.201"
    assert folder.path.is_dir()


def test_an_existing_folder_is_left_alone(tmp_path):
    names = [create_run_folder(tmp_path, "h", AT).path.name for _ in range(3)]
    assert names == ["20250808-204601-h", "20250808-204601-h-2", "20250808-204601-h-3"]


@pytest.mark.parametrize(
    ("target", "name"),
    [
        ("board.local:80", "board.local_80"),
        ("http://h/x?y", "http_h_x_y"),
        ("../../etc/passwd", "etc_passwd"),
        ("[2001:db8::1]:80", "2001_db8_1_80"),
        ("", "target"),
        ("...", "target"),
        ("été", "ete"),
        ("\u202egnp.exe", "gnp.exe"),
        ("x" * 500, "x" * 80),
    ],
)
def test_target_names_are_made_safe(target, name):
    assert safe_name(target) == name


@given(st.text())
def test_any_target_gives_one_plain_path_component(target):
    name = safe_name(target)
    assert re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._\-]{0,79}", name)
    assert safe_name(name) == name


def test_files_are_written_and_replaced(tmp_path):
    folder = RunFolder(tmp_path)
    assert folder.write("a.txt", "é\n").read_bytes() == b"\xc3\xa9\n"
    folder.write("a.txt", b"\x00\r\n")
    assert (tmp_path / "a.txt").read_bytes() == b"\x00\r\n"
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_a_lone_surrogate_is_no_reason_to_lose_a_file(tmp_path):
    assert RunFolder(tmp_path).write("a", "x\udc80").read_bytes() == b"x?"


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "../a"])
def test_a_name_never_leads_out_of_the_folder(tmp_path, name):
    with pytest.raises(ValueError, match="no plain file name"):
        RunFolder(tmp_path).write(name, "x")


def test_what_cannot_be_created_is_an_output_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match=r"exists|not a directory"):
        create_run_folder(tmp_path / "file", "h", AT)
    with pytest.raises(OutputError, match="no such file"):
        RunFolder(tmp_path / "none").write("a", "x")


FULL = """
import resource, sys
from pathlib import Path
from holdfast.adapters.run_folder import RunFolder
from holdfast.errors import OutputError
folder = RunFolder(Path(sys.argv[1]))
folder.write("a.txt", "old")
resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
try:
    folder.write("a.txt", "n" * 50_000)
except OutputError as exc:
    print(exc)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="no file size limit on Windows")
def test_a_full_disk_keeps_the_older_file_whole(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        check=True,
    )
    assert done.stdout == f"{tmp_path / 'a.txt'}: file too large\n"
    assert (tmp_path / "a.txt").read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]
