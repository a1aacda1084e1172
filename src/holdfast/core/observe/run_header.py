"""The header of a diagnosis's journal: everything that measures later need to know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdfast.core.journal.events import Header
from holdfast.core.judge.recorded import settings_of
from holdfast.core.measure.gaps import stream_settings

if TYPE_CHECKING:
    from holdfast.core.observe.settings import DiagnosisSettings

__all__ = ["header_of"]


def header_of(
    settings: DiagnosisSettings,
    *,
    seed: int,
    tool: str,
    wall_at: str = "",
    monotonic_s: float | None = None,
    argv: tuple[str, ...] = (),
) -> Header:
    """Return the header of a run.

    Args:
        settings: What will be done.
        seed: Seed of all randomness.
        tool: Name and version of the writer.
        wall_at: RFC 3339 time at which the run's clock is 0.
        monotonic_s: The host's monotonic clock at that moment.
        argv: The command line, secrets already redacted.
    """
    stream = settings.profile.stream if settings.stream else None
    about_stream = {} if stream is None else stream_settings(stream.interval_s, stream.gap_limit_s)
    return Header(
        tool=tool,
        wall_at=wall_at,
        monotonic_s=monotonic_s,
        target=settings.link or f"{settings.host}:{settings.port}",
        plan=settings.plan,
        profile=settings.profile.name,
        seed=seed,
        argv=argv,
        tick_s=settings.tick_s,
        duration_s=settings.duration_s,
        warmup_s=settings.warmup_s,
        settings=about_stream | settings_of(settings.criteria),
    )
