"""``holdfast profile``: list, show and check device profiles."""

from __future__ import annotations

import json
from typing import Annotated

import msgspec
import typer

from holdfast.adapters.profiles import load_profile, shipped_profiles
from holdfast.core.profile import Endpoint, Profile, StreamSpec

__all__ = ["describe", "profile_app"]

profile_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

_Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@profile_app.command("list")
def _list(as_json: _Json = False) -> int:
    """List the shipped profiles."""
    profiles = [load_profile(name) for name in shipped_profiles()]
    if as_json:
        print(json.dumps({"profiles": [{"name": p.name, "title": p.title} for p in profiles]}))
        return 0
    width = max(len(p.name) for p in profiles)
    for profile in profiles:
        print(f"{profile.name:<{width}}  {profile.title}")
    return 0


@profile_app.command("show")
def _show(
    name: Annotated[str, typer.Argument(help="A shipped profile, or a .toml file.")],
    as_json: _Json = False,
) -> int:
    """Show what a profile says."""
    profile = load_profile(name)
    print(msgspec.json.encode(profile).decode() if as_json else describe(profile))
    return 0


@profile_app.command("check")
def _check(
    file: Annotated[str, typer.Argument(help="A .toml file, or a shipped profile.")],
    as_json: _Json = False,
) -> int:
    """Check a profile; say what is wrong in one line, or what it means."""
    profile = load_profile(file)
    if as_json:
        print(json.dumps({"ok": True, "name": profile.name}))
        return 0
    print(describe(profile))
    print(f"ok: {profile.name}")
    return 0


def describe(profile: Profile) -> str:
    """Return the profile in lines for people."""
    lines = [f"{profile.name}: {profile.title}"]
    scheme = "https" if profile.tls else "http"
    lines.append(f"  port      {profile.port} ({scheme})")
    for label in ("ping", "health", "metrics"):
        endpoint: Endpoint | None = getattr(profile, label)
        if endpoint is not None:
            lines.append(f"  {label:<9} {_endpoint(endpoint)}")
    if profile.stream is not None:
        lines.append(f"  stream    {_stream(profile.stream)}")
    lines += [f"  or        {_stream(stream)}" for stream in profile.alternatives]
    if profile.telnet_port is not None:
        lines.append(f"  log       telnet, port {profile.telnet_port}")
    for table, origin in (("samples", "health"), ("metric_samples", "metrics")):
        for name, source in getattr(profile, table).items():
            lines.append(f"  sample    {name} = {source} ({origin})")
    for criterion in profile.criteria:
        sentence = f"{criterion.measure} {criterion.operator} {criterion.limit:g}"
        why = f"  ({criterion.why})" if criterion.why else ""
        lines.append(f"  criterion {sentence}{why}")
    lines += [f"  note      {note}" for note in profile.notes]
    return "\n".join(lines)


def _endpoint(endpoint: Endpoint) -> str:
    statuses = ", ".join(str(status) for status in endpoint.expect_status)
    return f"GET {endpoint.path} -> {statuses}, {endpoint.body}, within {endpoint.limit_s:g} s"


def _stream(stream: StreamSpec) -> str:
    pace = "on change" if stream.interval_s is None else f"every {stream.interval_s:g} s"
    return f"{stream.kind} {stream.path}, {pace}, a gap above {stream.gap_limit_s:g} s"
