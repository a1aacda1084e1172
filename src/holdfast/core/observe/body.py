"""What the body of a short request tells, by the profile's endpoint."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from holdfast.core.profile import Endpoint, Profile
from holdfast.core.redact import printable
from holdfast.core.wire.health_json import Reading, compile_paths, read_health
from holdfast.core.wire.prometheus_text import compile_metric_names, read_metrics

__all__ = ["BodyReader", "body_reader"]

BodyReader: TypeAlias = Callable[[bytes], Reading]
"""Reads one whole body; never raises."""


def body_reader(endpoint: Endpoint, profile: Profile) -> BodyReader:
    """Return the reader of an endpoint's bodies.

    Raises:
        ConfigError: If a path or scale of the profile's samples is malformed.
    """
    if endpoint.body == "json":
        paths = compile_paths(profile.samples)
        return _expecting(endpoint, lambda body: read_health(body, paths))
    if endpoint.body == "prometheus":
        names = compile_metric_names(profile.metric_samples)
        return _expecting(endpoint, lambda body: read_metrics(body, names))
    return _expecting(endpoint, lambda _: Reading())


def _expecting(endpoint: Endpoint, read: BodyReader) -> BodyReader:
    wanted = endpoint.expect_body.encode()

    def reader(body: bytes) -> Reading:
        reading = read(body)
        if not reading.fault and wanted not in body:
            begin = printable(body[:32].decode(errors="replace"), 40)
            return Reading(fault=f"lacks {endpoint.expect_body!r}, begins {begin!r}")
        return reading

    return reader
