"""Every error has its documented exit code."""

import pytest

from holdfast import errors
from holdfast.cli.exit_codes import ExitCode, exit_code_of


def test_the_documented_numbers():
    assert [int(code) for code in ExitCode] == [0, 1, 2, 3, 130]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.ConfigError("a", "b"), 2),
        (errors.MissingExtraError("serial", "x"), 2),
        (errors.UnreachableError("a", "b"), 3),
        (errors.UnreadableError("a", "b"), 3),
        (errors.OutputError("a", "b"), 3),
        (errors.LinkTimeoutError("a", "b"), 3),
        (errors.HoldfastError("a"), 3),
    ],
)
def test_errors_map_to_codes(error, code):
    assert exit_code_of(error) == code
