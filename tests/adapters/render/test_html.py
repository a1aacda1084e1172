import base64
import hashlib
import json
import random
import re
from html.parser import HTMLParser

import msgspec
import pytest
from tests.adapters.render.examples import (
    HEADER,
    blocked_findings,
    blocked_run,
    healthy_run,
    http,
    icmp,
    log,
    numbered,
    stream,
)

from holdfast.adapters.render.html import render_html
from holdfast.core.explain.finding import Consequence, Evidence, RuledOut
from holdfast.core.journal.events import Note, Outcome, Sample, StreamWhat
from holdfast.core.judge.criteria import default_criteria, parse_criterion
from holdfast.core.judge.verdict import judge
from holdfast.core.measure.run import RunView

CRITERIA = default_criteria("general", has_health=True)
NASTY = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\x1b[2J\u202e\u2028'\"&"


class Page(HTMLParser):
    """Elements, and the text outside style and script."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.scripts, self.text, self._inside = [], [], [], ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self._inside = tag if tag in ("script", "style") else ""
        if tag == "script":
            self.scripts.append("")

    def handle_endtag(self, tag):
        self._inside = ""

    def handle_data(self, data):
        if self._inside == "script":
            self.scripts[-1] += data
        elif not self._inside:
            self.text.append(data)

    def all(self, tag):
        return [attrs for name, attrs in self.tags if name == tag]

    @property
    def words(self):
        return " ".join(" ".join(self.text).split())


def render(run, findings=(), criteria=CRITERIA, title="A report", **more):
    return render_html(run, findings, judge(run, criteria), title=title, **more)


@pytest.fixture(scope="module")
def blocked():
    return Page(render(blocked_run(), blocked_findings()))


def test_the_answer_comes_before_everything_else(blocked):
    order = [
        "4 of 5 criteria missed",
        "2 causes were found",
        "While a stream is open",
        "Change this",
        "Evidence",
        "What followed",
        "Ruled out",
        "Timeline",
        "Over time",
        "How long answers took",
        "Criteria",
        "Outcomes",
        "Key figures",
        "About this run",
    ]
    places = [blocked.words.index(words) for words in order]
    assert places == sorted(places)


def test_a_card_has_all_of_its_finding(blocked):
    for words in (
        "almost certain",
        "confidence 0.97",
        "0:40 to 5:40",
        "observed 0 %, limit 99 %",
        "probe.ping, event 41, at 0:40",
        "1 more",
        "wifi dropout",
        "ICMP answered in the same ticks",
        "stream lifetime cap",
        "httpd_req_async_handler_begin(req, &copy)",
        "About server-blocked-by-stream",
        "One task serves everything",
    ):
        assert words in blocked.words, words


def test_criteria_show_what_decided_them(blocked):
    assert "stream.continuity ≥ 99 %" in blocked.words
    assert "✕ missed" in blocked.words
    assert "✓ met" in blocked.words


def test_a_near_miss_is_not_rounded_to_look_met():
    page = Page(render(healthy_run(), criteria=[parse_criterion("bench.window_s >= 510.2")]))
    assert "bench.window_s ≥ 8 min 30 s" in page.words
    assert re.search(r"510(\.0\d*)? ✕ missed", page.words)


def test_a_healthy_run_says_that_nothing_was_found_and_what_looked():
    words = Page(render(healthy_run())).words
    assert "All 5 criteria met No cause of trouble was found." in words
    assert re.search(r"\d+ rules looked at 1,004 events; none had evidence", words)


def test_an_empty_run_says_nothing_of_the_device():
    page = Page(render(RunView(HEADER, [])))
    assert "The run holds no measurements" in page.words
    assert "could not be judged" in page.words
    assert len(page.scripts) == 1


def test_the_policy_forbids_every_request_and_every_other_script(blocked):
    policy = next(
        m["content"]
        for m in blocked.all("meta")
        if m.get("http-equiv") == "Content-Security-Policy"
    )
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    hashes = [
        "'sha256-" + base64.b64encode(hashlib.sha256(s.encode()).digest()).decode() + "'"
        for (s, attrs) in zip(blocked.scripts, blocked.all("script"), strict=True)
        if "type" not in attrs
    ]
    assert rules == {
        "default-src": "'none'",
        "script-src": rules["script-src"],
        "style-src": "'unsafe-inline'",
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    assert sorted(rules["script-src"].split()) == sorted(hashes)
    assert len(hashes) == 2


def test_the_page_refers_to_nothing_outside_itself(blocked):
    for tag, attrs in blocked.tags:
        assert tag not in ("link", "iframe", "object", "embed", "img", "base")
        assert not any(name.startswith("on") for name in attrs), tag
        assert "src" not in attrs
        assert attrs.get("href", "#").startswith("#")


def test_every_picture_and_button_has_a_name(blocked):
    assert all(a.get("aria-label") for t, a in blocked.tags if a.get("role") in ("img", "region"))
    ids = {attrs["id"] for _, attrs in blocked.tags if "id" in attrs}
    for _, attrs in blocked.tags:
        if attrs.get("href", "").startswith("#"):
            assert attrs["href"][1:] in ids
        for name in ("aria-labelledby", "data-copy"):
            if name in attrs:
                assert attrs[name] in ids
    assert [a for t, a in blocked.tags if t == "html"] == [{"lang": "en"}]


def hostile_run():
    header = msgspec.structs.replace(
        HEADER, target=NASTY, plan=NASTY, profile=NASTY, tool=NASTY, wall_at=NASTY
    )
    long = "x" * 10_000
    return RunView(
        header,
        numbered(
            [
                http(1.0, NASTY, Outcome.RESET, detail=NASTY),
                http(2.0, "ping", Outcome.NOT_HTTP, detail=long),
                http(3.0, NASTY),
                Note(at_s=0.0, about=NASTY, text=NASTY),
                log(4.0, "E", NASTY, origin=NASTY),
                Sample(at_s=5.0, source=NASTY, values={NASTY: NASTY, "rssi_dbm": NASTY}),
                stream(6.0, StreamWhat.OPENING, detail=NASTY),
                stream(6.5, StreamWhat.REFUSED, detail=NASTY),
            ]
        ),
    )


def hostile_finding():
    return msgspec.structs.replace(
        blocked_findings()[0],
        code=NASTY,
        title=NASTY,
        remedy=NASTY,
        evidence=(Evidence(text=NASTY, source=NASTY, metric=NASTY, observed=1.0),),
        ruled_out=(RuledOut(NASTY, NASTY),),
        consequences=(Consequence(code=NASTY, at_s=1.0, text=NASTY),),
    )


def test_hostile_text_stays_text():
    page = Page(render(hostile_run(), [hostile_finding()], title=NASTY, shared_link="javascript:x"))
    assert len(page.scripts) == 3
    assert not page.all("img")
    assert not any("alert" in s for s in page.scripts[1:])
    stored = page.scripts[0]
    assert not re.search("[<>&\u2028\u2029]", stored)
    json.loads(stored)
    assert not re.search("[\x00-\x08\x0b-\x1f\u202a-\u202e\u2028]", page.words)
    assert "x" * 500 not in page.words
    assert "<img src=x onerror=alert(1)>\\x1b[2J" in page.words
    assert not any("href" in a and "javascript" in a["href"] for _, a in page.tags)


@pytest.mark.parametrize(
    ("link", "is_kept"),
    [
        ("../shared/report.html", True),
        ("", False),
        ("/etc/passwd", False),
        ("javascript:alert(1)", False),
        ("//example.org/x", False),
        ('x" onclick="y', False),
    ],
)
def test_only_a_link_within_the_folder_is_kept(link, is_kept):
    page = Page(render(healthy_run(), shared_link=link))
    assert (link in [a.get("href") for a in page.all("a")]) is is_kept


def test_what_a_device_tells_as_infinite_or_no_number_is_not_drawn():
    values = {"heap_free_bytes": float("inf"), "rssi_dbm": float("nan")}
    told = Sample(at_s=2.0, source="health", values=values)
    page = Page(render(RunView(HEADER, numbered([icmp(1.0, 0.01), told]))))
    axes = json.loads(page.scripts[0])["figures"][0]["spec"]["layout"]
    assert "yaxis2" not in axes


def day_run():
    """24 hours: 5 s ticks, a message a second, 2 % of the pings lost."""
    rng = random.Random(3)
    events = [stream(0.5, StreamWhat.OPENING), stream(0.6, StreamWhat.OPENED)]
    for n in range(17_280):
        at_s = 5.0 * n + 0.2
        lost = rng.random() < 0.02
        events.append(icmp(at_s, None if lost else 0.004 + rng.random() * 0.004))
        outcome = Outcome.RESET if lost else Outcome.OK
        events.append(http(at_s, "ping", outcome, took_s=rng.lognormvariate(-3.6, 0.5)))
        if n % 6 == 0:
            values = {"heap_free_bytes": 140_000.0 - at_s * 0.2, "rssi_dbm": -60.0}
            events.append(Sample(at_s=at_s + 1, source="health", values=values))
    events += [
        stream(s + rng.random() * 0.1, StreamWhat.MESSAGE, size_bytes=187) for s in range(1, 86_400)
    ]
    return RunView(msgspec.structs.replace(HEADER, duration_s=86_400.0), numbered(events))


@pytest.mark.slow
def test_a_day_stays_below_eight_megabytes():
    run = day_run()
    verdict = judge(run, CRITERIA)
    page = render_html(run, blocked_findings(), verdict, title="A day")
    assert len(page.encode()) < 8_000_000
