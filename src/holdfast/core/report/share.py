"""A run without names: everything that points to a person, a place or a network replaced.

Addresses, MACs, SSIDs, host names, session ids, user folders and transcripts become
pseudonyms. The copy is a run like any other, and every artifact of it is made from it,
so none can hold what the run does not hold.

Laws:
    - The same thing has the same pseudonym everywhere, under one salt; another salt gives
      others. Who does not know the salt cannot try addresses out.
    - Sharing a shared run under the same salt changes nothing.
    - What is learnt from one place (an SSID in a log line, the target's name) is replaced
      in all others too, if it has four characters or more and is no common word of logs.
    - Times, numbers and loopback addresses stay. Names in prose, in no form known here,
      are not found.
"""

from __future__ import annotations

import hashlib
import ipaddress
import re
from collections.abc import Iterable
from typing import Any, Final

import msgspec

from holdfast.core.journal.events import Event, Header, Sample, Truth

__all__ = ["Pseudonyms", "share_run"]

_MIN_LEARNT: Final = 4
_MIN_SESSION_DIGITS: Final = 6
"""A shorter number is a counter (connection 12), no name of anyone."""
_COMMON: Final = frozenset(
    [
        "wifi",
        "wlan",
        "esp32",
        "home",
        "test",
        "guest",
        "network",
        "device",
        "server",
        "client",
        "default",
        "none",
        "null",
        "true",
        "false",
        "error",
        "warning",
        "info",
        "debug",
        "connected",
        "disconnected",
        "started",
        "stopped",
        "password",
        "ssid",
        "host",
        "unknown",
        "address",
        "local",
        "internet",
        "router",
        "http",
        "https",
        "session",
        "said",
        "user",
    ]
)
"""Words of every log: replaced where a form says what they are, and not elsewhere."""

_KINDS: Final = ("ip", "mac", "ssid", "host", "session", "said", "user")
_DIGITS: Final = 10
_CHECK: Final = 4
_OURS: Final = re.compile(rf"(?:{'|'.join(_KINDS)})-[0-9a-f]{{{_DIGITS + _CHECK}}}")

_SSID: Final = re.compile(
    r"(?i)((?:\b|_)e?ssid\\?[\"']?(?:\s{0,4}[:=]\s{0,4}|\s+))(\\?[\"'])((?:(?!\\?[\"'])[^\r\n]){1,64})"
)
_SSID_BARE: Final = re.compile(
    r"(?i)((?:\b|_)e?ssid\s{0,4}[:=]\s{0,4})(?![\s\"'\\])"
    r"([^\r\n]{1,64}?)(?=,|;|\)|\]|\}|\s+\w{1,20}\s?[:=]|\s*$)"
)
_SSID_JOINED: Final = re.compile(
    r"((?i:wifi:connected with|connected to ap|associated with) )(?!SSID)"
    r"([^\r\n,]{1,64}?)(?=,|\s*$)"
)
_SSID_QR: Final = re.compile(r"(?i)(\bWIFI:(?:[^;\r\n]{0,40};){0,4}?S:)([^;\r\n]{1,64})")
_SAID: Final = re.compile(
    r"(?i)(\b(?:transcript(?:ion)?(?:\s\[[^\]\r\n]{1,80}\])?|transcribed|recogni[sz]ed(?:\stext)?"
    r"|utterance|(?:user|you)\ssaid|speaking)\\?[\"']?\s{0,4}(?:[:=]|->)\s{0,4})"
    r"(\\?[\"']?)((?:(?!\2(?:[,}\]]|\s*$))[^\r\n]){1,2000})"
)
_SAID_KEY: Final = re.compile(
    r"(?i)(\\?\"(?:response|reply|answer|prompt|text|utterance|say)\\?\"\s{0,4}:\s{0,4})"
    r"(\\?\")((?:\\.|(?!\2)[^\r\n]){1,4000})"
)
_SESSION_ID: Final = re.compile(
    r"(?i)(\b(?:session|client|device|conversation|connection|request|user)[ _\-]?(?:id|uuid)"
    r"\\?[\"']?\s{0,4}[:=#]\s{0,4}\\?[\"']?)([\w\-.]{2,80})"
)
_SESSION: Final = re.compile(
    r"(?i)(\bsession(?:\s(?:initialized|started|opened|closed|for|with))?(?:\s{0,4}[:=]\s{0,4}|\s))"
    r"(?=[\w\-]{0,80}\d)([\w\-]{4,80})"
)
_UUID: Final = re.compile(r"(?i)\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b")
_MAC: Final = re.compile(
    r"(?i)(?<![0-9a-f])(?:[0-9a-f]{2}([:\-])(?:[0-9a-f]{2}\1){4,6}[0-9a-f]{2}"
    r"|(?:[0-9a-f]{4}\.){2}[0-9a-f]{4}"
    r"|(?<!\w)(?=\d*[a-f])(?=[a-f]*\d)[0-9a-f]{12})(?![0-9a-f])"
)
_IPV6: Final = re.compile(
    r"(?<!\w)(?:[0-9A-Fa-f]{0,4}:){2,8}(?:(?:\d{1,3}\.){3}\d{1,3}|[0-9A-Fa-f]{1,4})?"
    r"(?:%[\w.\-]{1,20})?(?!\w)"
)
_IPV4: Final = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?!\.?\d)")
_URL_HOST: Final = re.compile(r"(?<=://)(?:\*{3}@)?([A-Za-z0-9][A-Za-z0-9.\-_]{0,253})")
_NAME: Final = re.compile(
    r"(?i)(?<![\w./\\\-])(?:[a-z0-9](?:[a-z0-9_\-]{0,62})\.)+"
    r"(?:local|lan|home|localdomain|internal|intranet|corp|box|arpa|com|net|org|io|dev|info|eu)"
    r"\b(?![.\-]?\w)"
)
_EMAIL: Final = re.compile(r"[\w.+\-]{1,64}@[A-Za-z0-9\-]{1,63}(?:\.[A-Za-z0-9\-]{1,63})+")
_USER: Final = re.compile(r"((?:/home/|/Users/|[A-Za-z]:\\{1,2}Users\\{1,2}))([^/\\\s\"':]{1,64})")
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "0.0.0.0", "::1", "::"})  # noqa: S104


class Pseudonyms:
    """Replaces what is real, the same way each time.

    Args:
        salt: Secret of this copy; keep it to make another copy alike, else forget it.
    """

    def __init__(self, salt: str) -> None:
        self._key = hashlib.blake2b(salt.encode("utf-8", "replace"), digest_size=32).digest()
        self._learnt: dict[str, str] = {}
        self._words: re.Pattern[str] | None = None

    def _digest(self, text: str, size: int) -> str:
        data = text.encode("utf-8", "replace")
        return hashlib.blake2b(data, key=self._key, digest_size=32).hexdigest()[:size]

    def _is_ours(self, text: str) -> bool:
        if not _OURS.fullmatch(text):
            return False
        return text[-_CHECK:] == self._digest(text[:-_CHECK], _CHECK)

    def name(self, kind: str, real: str) -> str:
        """Return the pseudonym of one thing.

        Args:
            kind: ``"ip"``, ``"mac"``, ``"ssid"``, ``"host"``, ``"session"``, ``"said"``
                or ``"user"``.
            real: What it is called; a pseudonym of ours stays.
        """
        if self._is_ours(real):
            return real
        body = f"{kind}-{self._digest(f'{kind}:{real}', _DIGITS)}"
        return body + self._digest(body, _CHECK)

    def host(self, real: str) -> str:
        """Return the pseudonym of a host given by name or address; loopback stays."""
        bare = real.strip("[]").rstrip(".").lower()
        if bare in _LOOPBACK or not bare or self._is_ours(bare):
            return real
        try:
            return self.name("ip", str(ipaddress.ip_address(bare.partition("%")[0])))
        except ValueError:
            return self.name("host", bare)

    def _link(self, link: str) -> str:
        """Replace the host of ``host``, ``host:port`` or ``[address]:port``."""
        match = re.fullmatch(r"(\[[^\]]*\]|[^:]*)(:\d{1,5})?", link)
        if match is None:
            return self.host(link)
        return self.host(match[1]) + (match[2] or "") if match[1] else link

    def learn(self, header: Header, events: Iterable[Event]) -> None:
        """Take notice of the names in a run, to replace them in all its texts."""
        for link in {header.target, *(event.link for event in events)}:
            match = re.fullmatch(r"([A-Za-z][\w.\-]*)(?::\d{1,5})?", link)
            if match is not None:
                self._remember(match[1], self.host(match[1]))
        for text in _texts(events):
            self._sessions(self._ssids(text))
        names = sorted(self._learnt, key=len, reverse=True)
        words = "|".join(re.escape(name) for name in names)
        self._words = re.compile(rf"(?i)(?<!\w)(?:{words})(?!\w)") if names else None

    def _remember(self, real: str, pseudonym: str) -> None:
        key = real.lower()
        if len(real) >= _MIN_LEARNT and key not in _COMMON and not self._is_ours(real):
            self._learnt[key] = pseudonym

    def _ssid(self, real: str) -> str:
        pseudonym = self.name("ssid", real)
        self._remember(real, pseudonym)
        return pseudonym

    def _ssids(self, text: str) -> str:
        text = _SSID.sub(lambda m: m[1] + m[2] + self._ssid(m[3]), text)
        for pattern in (_SSID_BARE, _SSID_JOINED, _SSID_QR):
            text = pattern.sub(lambda m: m[1] + self._ssid(m[2]), text)
        return text

    def text(self, text: str) -> str:
        """Return any text with everything real in it replaced."""
        text = self._ssids(text)
        for pattern in (_SAID, _SAID_KEY):
            text = pattern.sub(lambda m: m[1] + m[2] + self.name("said", m[3]), text)
        text = self._sessions(text)
        text = _UUID.sub(lambda m: self.name("session", m[0].lower()), text)
        text = _EMAIL.sub(lambda m: self.name("user", m[0].lower()), text)
        text = _USER.sub(lambda m: m[1] + self.name("user", m[2]), text)
        text = _MAC.sub(lambda m: self.name("mac", re.sub(r"[:.\-]", "", m[0].lower())), text)
        text = _IPV6.sub(lambda m: self._ipv6(m[0]), text)
        text = _IPV4.sub(lambda m: self.host(m[0]), text)
        text = _URL_HOST.sub(lambda m: m[0].replace(m[1], self.host(m[1])), text)
        text = _NAME.sub(lambda m: self.host(m[0]), text)
        if self._words is not None:
            text = self._words.sub(lambda m: self._learnt[m[0].lower()], text)
        return text

    def _sessions(self, text: str) -> str:
        for pattern in (_SESSION_ID, _SESSION):
            text = pattern.sub(lambda m: m[1] + self._session(m[2]), text)
        return text

    def _session(self, real: str) -> str:
        if real.isdecimal() and len(real) < _MIN_SESSION_DIGITS:
            return real
        pseudonym = self.name("session", real.lower())
        self._remember(real, pseudonym)
        return pseudonym

    def _ipv6(self, found: str) -> str:
        for bare in (found, found.rstrip(":"), found.lstrip(":"), found.strip(":")):
            try:
                ipaddress.IPv6Address(bare.partition("%")[0])
            except ValueError:
                continue
            return found.replace(bare, self.host(bare)) if bare else found
        return found

    def _value(self, name: str, value: Any) -> Any:  # what a sample or truth may hold
        if not isinstance(value, str):
            return value
        if name.endswith("ssid") and not name.endswith("bssid"):
            return self._ssid(value)
        return self.host(value) if name in {"host", "hostname", "ip"} else self.text(value)

    def event(self, event: Event) -> Event:
        """Return the event with everything real in it replaced."""
        changes: dict[str, Any] = {"source": self.text(event.source)}
        if event.link:
            changes["link"] = self._link(event.link)
        for name in ("text", "detail", "raw", "tag", "plan"):
            if value := getattr(event, name, ""):
                changes[name] = self.text(value)
        if isinstance(event, Sample | Truth):
            changes["values"] = {k: self._value(k, v) for k, v in event.values.items()}
        return msgspec.structs.replace(event, **changes)

    def header(self, header: Header) -> Header:
        """Return the header with everything real in it replaced."""
        return msgspec.structs.replace(
            header,
            target=self._link(header.target) if header.target else "",
            argv=tuple(self.text(word) for word in header.argv),
            settings={key: self.text(value) for key, value in header.settings.items()},
        )


def _texts(events: Iterable[Event]) -> Iterable[str]:
    for event in events:
        for name in ("text", "detail", "raw"):
            if text := getattr(event, name, ""):
                yield text


def share_run(header: Header, events: Iterable[Event], salt: str) -> tuple[Header, list[Event]]:
    """Return a run's header and events with everything real in them replaced.

    Args:
        header: The run's header.
        events: Its events.
        salt: Secret of this copy, e.g. 32 random hexadecimal digits.
    """
    kept = list(events)
    names = Pseudonyms(salt)
    names.learn(header, kept)
    return names.header(header), [names.event(event) for event in kept]
