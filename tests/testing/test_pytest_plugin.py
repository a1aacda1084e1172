"""The plugin in a project of its own: fixtures, options, marker, neighbours."""

from importlib import metadata

import pytest

pytest_plugins = ["pytester"]

pytestmark = [pytest.mark.net, pytest.mark.slow]

INSTALLED = any(
    e.value == "holdfast.testing.pytest_plugin" for e in metadata.entry_points(group="pytest11")
)


@pytest.fixture
def project(pytester):
    """A project that has the plugin, whether or not the package is installed here."""
    pytester.makeini("[pytest]\nfilterwarnings = error\naddopts = --strict-markers\n")

    def run(code, *args, conftest=""):
        pytester.makepyfile(test_it=code)
        if conftest:
            pytester.makeconftest(conftest)
        own = () if INSTALLED else ("-p", "holdfast.testing.pytest_plugin")
        return pytester.runpytest_inprocess(*own, "-p", "no:cacheprovider", *args)

    return run


def test_a_healthy_twin_by_default(project):
    result = project(
        """
        def test_link(link_run, device_twin):
            run = link_run(duration_s=2.0)
            run.assert_no_cause()
            assert run.run.header.target == device_twin.address
            assert device_twin.name == "dashboard"
        """
    )
    result.assert_outcomes(passed=1)


def test_the_command_line_chooses_twin_fault_and_length(project):
    code = """
        def test_link(link_run):
            run = link_run()
            assert run.run.header.duration_s == 4.0
            run.assert_cause("stream-refused")
        """
    result = project(code, "--holdfast-twin=dashboard:stream-refused", "--holdfast-for=4s")
    result.assert_outcomes(passed=1)


def test_the_marker_wins_over_the_command_line(project):
    result = project(
        """
        import pytest

        @pytest.mark.holdfast(twin="dashboard", dialect="firmware", seed=7, duration_s=1.0,
                              switches={"nodelay": "off"})
        def test_link(link_run, device_twin):
            run = link_run().run
            assert (run.header.seed, run.header.duration_s) == (7, 1.0)
        """,
        "--holdfast-twin=dashboard:stream-refused",
    )
    result.assert_outcomes(passed=1)


def test_a_failed_assertion_says_what_was_seen(project):
    result = project(
        """
        def test_link(link_run):
            link_run(duration_s=1.0).assert_cause("device-reboot")
        """
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E*cause device-reboot expected with confidence 0.5, *"])
    result.stdout.no_fnmatch_line("*link_run.py:*AssertionError*")


def test_a_target_is_diagnosed_instead_of_the_twin(project):
    code = """
        def test_link(link_run, request):
            assert "device_twin" not in request.fixturenames
            run = link_run()
            run.assert_that("ping.ok_ratio == 1")
            assert run.run.header.profile == "esp32-s3-dashboard"
        """
    from holdfast.testing.running_twin import RunningTwin

    with RunningTwin() as twin:
        result = project(code, f"--holdfast-target={twin.address}", "--holdfast-for=1s")
    result.assert_outcomes(passed=1)


def test_wrong_marks_and_options_are_refused(project):
    result = project(
        """
        import pytest

        @pytest.mark.holdfast(twn="dashboard")
        def test_mark(link_run):
            link_run()

        def test_for(link_run):
            link_run()
        """,
        "--holdfast-for=soon",
    )
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(["*mark.holdfast takes only twin, dialect, *"])
    result.stdout.fnmatch_lines(["*--holdfast-for: must be like 30s or 10m, got 'soon'*"])


def test_it_lives_beside_a_plugin_with_pytest_embeddeds_names(project):
    """Options and fixtures of pytest-embedded, in a conftest of the same names."""
    conftest = """
        import pytest

        def pytest_addoption(parser):
            for name in ("--embedded-services", "--target", "--port", "--baud", "--app-path",
                         "--erase-all", "--with-timestamp", "--count", "--root-logdir"):
                parser.addoption(name)

        @pytest.fixture
        def dut():
            return "dut"

        @pytest.fixture
        def target():
            return "esp32"
        """
    code = """
        def test_both(dut, target, device_twin):
            assert (dut, target) == ("dut", "esp32")
            assert device_twin.port
        """
    result = project(code, "--embedded-services=esp,idf", "--port=x", conftest=conftest)
    result.assert_outcomes(passed=1)


def test_help_and_markers_describe_it(project):
    result = project("", "--help")
    result.stdout.fnmatch_lines(["*--holdfast-target=HOST*", "*--holdfast-twin=NAME*"])
    result = project("", "--markers")
    result.stdout.fnmatch_lines(["@pytest.mark.holdfast(twin=..., dialect=...*"])


def test_loading_the_plugin_imports_nothing_heavy(pytester):
    own = "" if INSTALLED else "import holdfast.testing.pytest_plugin;"
    script = (
        f"import sys, pytest; {own} pytest.main(['--version']);"
        "heavy = {'numpy', 'scipy', 'plotly', 'zeroconf', 'typer', 'msgspec'} & set(sys.modules);"
        "assert not heavy, heavy"
    )
    import os
    import sys

    environment = os.environ.get("PYTHONPATH", "")
    os.environ["PYTHONPATH"] = os.pathsep.join(p for p in sys.path if p)
    try:
        result = pytester.run(sys.executable, "-c", script)
    finally:
        os.environ["PYTHONPATH"] = environment
    assert result.ret == 0
