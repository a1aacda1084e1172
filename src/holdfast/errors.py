"""Every exception this package raises on purpose.

::

    HoldfastError
     +-- ConfigError
     +-- MissingExtraError
     +-- UnreachableError
     +-- UnreadableError
     +-- OutputError
     +-- LinkError
          +-- LinkClosedError
          +-- LinkTimeoutError
          +-- LocalProtocolError
          +-- RemoteProtocolError

``LocalProtocolError`` means this program asked for something illegal (a bug
here); ``RemoteProtocolError`` means the peer did (evidence against the peer).
The command line turns ``ConfigError`` and ``MissingExtraError`` into exit code
2 and every other one into 3.
"""

from __future__ import annotations


class HoldfastError(Exception):
    """Base class; catching it catches everything raised on purpose here."""


class ConfigError(HoldfastError, ValueError):
    """A configuration value is missing, unknown or out of range.

    Attributes:
        key: Dotted path of the offending key, e.g. ``"stream.gap_limit_s"``.
    """

    def __init__(self, key: str, message: str) -> None:
        super().__init__(f"{key}: {message}")
        self.key = key


class MissingExtraError(HoldfastError, ImportError):
    """An optional part is not installed.

    Attributes:
        extra: Name of the extra that brings it, e.g. ``"serial"``.
    """

    def __init__(self, extra: str, what: str) -> None:
        super().__init__(f"{what} needs an extra: pip install 'holdfast[{extra}]'")
        self.extra = extra


class UnreachableError(HoldfastError, ConnectionError):
    """The target, or a port of this machine, could not be used at all.

    Attributes:
        target: What was to be reached, e.g. ``"board.local:80"``.
    """

    def __init__(self, target: str, message: str) -> None:
        super().__init__(f"{target}: {message}")
        self.target = target


class UnreadableError(HoldfastError, ValueError):
    """A file or folder holds nothing that can be read.

    Attributes:
        path: The file or folder.
    """

    def __init__(self, path: str, message: str) -> None:
        super().__init__(f"{path}: {message}")
        self.path = path


class OutputError(HoldfastError, OSError):
    """A result could not be written; what was written before it stays.

    Attributes:
        path: The file or folder.
    """

    def __init__(self, path: str, message: str) -> None:
        super().__init__(f"{path}: {message}")
        self.path = path


class LinkError(HoldfastError):
    """Something went wrong on one link.

    Attributes:
        link: Name of the link, as used in logs and metrics.
    """

    def __init__(self, link: str, message: str) -> None:
        super().__init__(f"{link}: {message}")
        self.link = link


class LinkClosedError(LinkError, ConnectionError):
    """The link is closed; nothing more can be sent or received."""


class LinkTimeoutError(LinkError, TimeoutError):
    """The peer did not answer in time."""


class LocalProtocolError(LinkError):
    """This side tried to break the protocol."""


class RemoteProtocolError(LinkError):
    """The peer broke the protocol."""
