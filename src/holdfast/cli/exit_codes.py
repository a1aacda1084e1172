"""The exit codes of every command, and which error means which."""

from __future__ import annotations

from enum import IntEnum

from holdfast.errors import ConfigError, HoldfastError, MissingExtraError

__all__ = ["ExitCode", "exit_code_of"]


class ExitCode(IntEnum):
    """What ``holdfast`` returns to the shell.

    ``explain`` returns 1 for at least one cause at confidence 0.5 or more, ``compare``
    1 for "certainly worse".
    """

    OK = 0
    MISSED = 1
    USAGE = 2
    COULD_NOT_RUN = 3
    INTERRUPTED = 130


def exit_code_of(error: HoldfastError) -> ExitCode:
    """Return 2 for wrong configuration or a missing extra, 3 for everything else."""
    if isinstance(error, ConfigError | MissingExtraError):
        return ExitCode.USAGE
    return ExitCode.COULD_NOT_RUN
