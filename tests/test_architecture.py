"""The tree keeps its promises: layers, purity, sizes, mirrors, exports, licences."""

import ast
import importlib
import re
import sys
from importlib import metadata
from pathlib import Path

import pytest

from holdfast import errors

PKG = "holdfast"
ROOT = Path(__file__).parent.parent
SRC = ROOT / "src" / PKG
TESTS = ROOT / "tests"
LAYERS = ["core", "adapters", "apps", "cli"]  # each may import only what is to its left
IMPURE = {
    "asyncio", "concurrent", "http.client", "logging", "multiprocessing", "os",
    "queue", "secrets", "select", "selectors", "signal", "socket", "ssl",
    "subprocess", "threading", "time", "urllib.request", "uuid",
}  # fmt: skip
PURE_THIRD_PARTY = {
    "numpy", "scipy", "msgspec", "h11", "prometheus_client.parser",
    "websockets.client", "websockets.datastructures", "websockets.exceptions",
    "websockets.frames", "websockets.http11", "websockets.protocol", "websockets.server",
    "websockets.streams", "websockets.typing", "websockets.uri", "websockets.extensions",
}  # fmt: skip
"""The sans-I/O parts only: bytes in, events out."""
CLOCKED_CALLS = {"datetime.now", "datetime.utcnow", "date.today", "random.random", "random.Random"}
MAX_MODULE_LINES = 400
MAX_FUNCTION_LINES = 60
NO_TEST_NEEDED = {"__init__.py", "__main__.py", "errors.py"}
DATA_ONLY = {
    "core/journal/events.py": "structs, exercised by every other test",
    "core/link/transport.py": "structs, exercised by the conformance suite",
    "core/profile.py": "structs, exercised by the profile loader's tests",
    "core/explain/finding.py": "structs, exercised by the engine's tests",
}

MODULES = sorted(p for p in SRC.rglob("*.py"))
IDS = [str(path.relative_to(SRC)) for path in MODULES]


def layer(path: Path) -> str:
    return path.relative_to(SRC).parts[0]


def runtime_imports(path: Path) -> set[str]:
    """Dotted names imported when the module runs (TYPE_CHECKING blocks left out)."""
    found: set[str] = set()

    def visit(body):
        for node in body:
            if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
                visit(node.orelse)
                continue
            if isinstance(node, ast.Import):
                found.update(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{path}: relative import"
                found.add(node.module or "")
            for field in ("body", "orelse", "finalbody", "handlers"):
                visit(getattr(node, field, []))

    visit(ast.parse(path.read_text()).body)
    return found


@pytest.mark.parametrize("path", MODULES, ids=IDS)
def test_imports_point_inwards(path):
    if layer(path) not in LAYERS:
        return
    allowed = LAYERS[: LAYERS.index(layer(path)) + 1]
    for name in runtime_imports(path):
        parts = name.split(".")
        if parts[0] == PKG and len(parts) > 1:
            assert parts[1] in {*allowed, "errors"}, f"{layer(path)} imports {name}"


@pytest.mark.parametrize("path", [p for p in MODULES if layer(p) == "core"], ids=str)
def test_core_is_pure(path):
    for name in runtime_imports(path):
        root = name.split(".")[0]
        if root == PKG or root in sys.stdlib_module_names:
            assert not any(name == i or name.startswith(f"{i}.") for i in IMPURE), name
        else:
            assert any(name == p or name.startswith(f"{p}.") for p in PURE_THIRD_PARTY), name
    calls = {
        ast.unparse(n.func)
        for n in ast.walk(ast.parse(path.read_text()))
        if isinstance(n, ast.Call)
    }
    assert not calls & CLOCKED_CALLS


@pytest.mark.parametrize("folder", ["core/explain", "core/judge"])
def test_truth_is_no_evidence(folder):
    for path in (SRC / folder).rglob("*.py"):
        assert not re.search(r"\bTruth\b|\"truth\"", path.read_text()), f"{path} names truth events"


@pytest.mark.parametrize("path", MODULES, ids=IDS)
def test_sizes(path):
    text = path.read_text()
    assert text.count("\n") <= MAX_MODULE_LINES
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno - node.lineno < MAX_FUNCTION_LINES, node.name


@pytest.mark.parametrize("path", MODULES, ids=IDS)
def test_every_module_says_what_it_is_for(path):
    doc = ast.get_docstring(ast.parse(path.read_text()))
    assert doc
    assert doc.splitlines()[0].endswith((".", ":", "::"))


@pytest.mark.parametrize("path", MODULES, ids=IDS)
def test_every_module_has_its_own_test(path):
    if path.name in NO_TEST_NEEDED or path.relative_to(SRC).as_posix() in DATA_ONLY:
        return
    mirror = TESTS / path.relative_to(SRC).with_name(f"test_{path.name}")
    assert mirror.exists(), f"missing {mirror.relative_to(ROOT)}"


def test_tests_do_not_sleep():
    for path in TESTS.rglob("test_*.py"):
        calls = [
            ast.unparse(node.func)
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Call)
        ]
        assert not {"time.sleep", "asyncio.sleep", "sleep"} & set(calls), path


@pytest.mark.parametrize("path", MODULES, ids=IDS)
def test_all_lists_exactly_the_public_names(path):
    if path.name in {"__init__.py", "__main__.py", "errors.py"}:
        return
    defined = {
        node.name
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and not node.name.startswith("_")
    }
    name = ".".join((PKG, *path.relative_to(SRC).with_suffix("").parts))
    module = importlib.import_module(name)
    exported = set(getattr(module, "__all__", ()))
    assert defined <= exported, f"not in __all__: {sorted(defined - exported)}"
    assert all(hasattr(module, entry) for entry in exported)


def test_error_docstring_draws_the_real_tree():
    def draw(cls, prefix=""):
        kids = [k for k in cls.__subclasses__() if k.__module__ == errors.__name__]
        rows = []
        for i, kid in enumerate(kids):
            rows.append(f"{prefix} +-- {kid.__name__}")
            rows += draw(kid, prefix + (" |   " if i < len(kids) - 1 else "     "))
        return rows

    drawn = [errors.HoldfastError.__name__, *draw(errors.HoldfastError)]
    assert "\n".join("    " + row for row in drawn) in errors.__doc__


def locked(name: str) -> list[str]:
    return re.findall(r"^([A-Za-z0-9._-]+)==", (ROOT / name).read_text(), re.MULTILINE)


def test_lock_files_carry_hashes_and_no_download_address():
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / name).read_text()
        assert "://" not in text
        assert "--index-url" not in text
        assert text.count("--hash=sha256:") >= len(locked(name))


@pytest.mark.parametrize("name", locked("requirements.lock"))
def test_no_gpl_code_is_imported(name):
    """LGPL libraries may be imported by an MIT program; GPL and AGPL may not."""
    try:
        info = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        pytest.skip(f"{name} is not installed on this platform")
    words = " ".join(
        [
            info.get("License-Expression", ""),
            info.get("License", "")[:200],
            *info.get_all("Classifier", []),
        ]
    )
    strong = re.sub(r"LGPL|Lesser General Public|Library or Lesser", "", words)
    assert not re.search(r"\bA?GPL|Affero|GNU General Public", strong), words


def test_no_path_of_this_machine():
    here = f"{ROOT.parent}/"
    for path in [
        *SRC.rglob("*"),
        *TESTS.rglob("*.py"),
        *(ROOT / "docs").rglob("*.md"),
        ROOT / "README.md",
    ]:
        if path.is_file() and path.suffix in {".py", ".md", ".toml", ".html", ".css", ".js"}:
            assert here not in path.read_text(encoding="utf-8"), path
