"""Structured concurrency: a failing handler stays its own."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

__all__ = ["guard"]

_LOGGER = logging.getLogger(__name__)


async def guard(
    name: str, handler: Awaitable[object], *, on_error: Callable[[str, Exception], None]
) -> None:
    """Await one handler; what it raises goes to ``on_error``.

    A child of a ``TaskGroup`` that raises cancels its siblings; one bad peer must not.
    """
    try:
        await handler
    except Exception as exc:  # noqa: BLE001  # isolation boundary: reported, not hidden
        _LOGGER.warning("%s: handler failed: %s", name, exc)
        on_error(name, exc)
