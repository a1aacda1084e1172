"""The report in a real browser: it opens, draws, fits, asks for nothing and obeys nobody."""

import math
import os
import shutil
from pathlib import Path

import msgspec
import pytest
from tests.adapters.render.examples import (
    HEADER,
    blocked_findings,
    blocked_run,
    healthy_run,
    http,
    log,
    numbered,
)

from holdfast.adapters.render.charts import ORIGIN_MS
from holdfast.adapters.render.html import render_html
from holdfast.core.explain.finding import Consequence, Evidence, RuledOut
from holdfast.core.journal.events import Note, Outcome
from holdfast.core.judge.criteria import default_criteria
from holdfast.core.judge.verdict import judge
from holdfast.core.measure.run import RunView

CHROMIUM = os.environ.get("HOLDFAST_CHROMIUM") or shutil.which("chromium") or ""
pytestmark = [pytest.mark.browser, pytest.mark.slow]

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
CRITERIA = default_criteria("general", has_health=True)
LONG = "x" * 10_000
NASTY = (
    "</script><script>window.hacked = 1</script><img src=x onerror='window.hacked = 2'>"
    "<a href='javascript:window.hacked = 3'>click</a> %{y} $x$ {{7*7}} \x1b[2J\u202e"
)


@pytest.fixture(scope="module")
def browser():
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if not CHROMIUM:
        pytest.skip("chromium is not installed (Debian package chromium)")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


class Seen:
    """An open report, and everything that it tried or complained about."""

    def __init__(self, browser, path: Path, *, width=1400, **context):
        self.context = browser.new_context(viewport={"width": width, "height": 900}, **context)
        self.page = self.context.new_page()
        self.requests, self.complaints = [], []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda line: self.complaints.append(line.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.goto(path.as_uri())
        if context.get("java_script_enabled", True):
            self.until(
                "[...document.querySelectorAll('.chart')].every(c => c.querySelector('.main-svg'))"
            )

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.context.close()

    def run(self, script):
        return self.page.evaluate(script)

    def until(self, condition):
        """Look at each frame, for at most 10 s; the page's policy forbids ``wait_for_function``."""
        self.run(
            f"""() => new Promise((done, fail) => {{
                const end = performance.now() + 10000;
                const look = () => ({condition}) ? done()
                    : performance.now() > end ? fail(Error("never")) : requestAnimationFrame(look);
                look();
            }})"""
        )


def written(folder, run, findings, **more):
    path = folder / "report.html"
    page = render_html(run, findings, judge(run, CRITERIA), title="A report", **more)
    path.write_text(page, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def blocked(tmp_path_factory):
    return written(tmp_path_factory.mktemp("blocked"), blocked_run(), blocked_findings())


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    header = msgspec.structs.replace(HEADER, target=LONG, profile=NASTY)
    run = RunView(
        header,
        numbered(
            [
                *(http(float(n), NASTY, took_s=0.01 * (n + 1)) for n in range(5)),
                http(6.0, LONG, Outcome.RESET, detail=NASTY),
                http(7.0, "ping", Outcome.NOT_HTTP, detail=LONG),
                Note(at_s=0.0, about="odd", text=NASTY),
                log(4.0, "E", NASTY, origin=LONG),
            ]
        ),
    )
    finding = msgspec.structs.replace(
        blocked_findings()[0],
        code=LONG,
        title=NASTY + LONG,
        remedy=LONG,
        evidence=(Evidence(text=NASTY, source=LONG), Evidence(text=LONG)),
        ruled_out=(RuledOut(LONG, NASTY),),
        consequences=(Consequence(code=NASTY, at_s=1.0, text=LONG),),
        from_s=1.0,
        to_s=2.0,
    )
    other = msgspec.structs.replace(blocked_findings()[2], title=NASTY)
    return written(tmp_path_factory.mktemp("hostile"), run, [finding, other])


@pytest.mark.parametrize(("width", "scheme"), [(1400, "light"), (390, "dark")])
def test_the_page_asks_for_nothing_and_complains_of_nothing(browser, blocked, width, scheme):
    with Seen(browser, blocked, width=width, color_scheme=scheme) as seen:
        assert seen.requests == [blocked.as_uri()]
        assert seen.complaints == []


def test_charts_are_drawn_with_their_data(browser, blocked):
    with Seen(browser, blocked) as seen:
        charts = seen.run(
            "[...document.querySelectorAll('.chart')].map(c => [c.id, c.data.length,"
            " c.querySelectorAll('.scatterlayer .trace').length,"
            " c.querySelectorAll('.point').length])"
        )
        assert [chart[0] for chart in charts] == ["over-time", "distribution"]
        for _, given, drawn, _ in charts:
            assert given == drawn > 4
        # 2 x 120 ICMP less 3 lost, 68 answered and 72 + 3 failed requests, heap, signal
        assert charts[0][3] >= 380


def test_whole_seconds_are_drawn_where_they_are_not_as_years(browser, hostile):
    with Seen(browser, hostile) as seen:
        drawn = seen.run("document.getElementById('over-time').calcdata.map(t => t.map(p => p.x))")
        assert drawn[0] == [ORIGIN_MS + 1000.0 * n for n in range(5)]
        assert drawn[1] == [ORIGIN_MS + 7_000.0]


@pytest.mark.parametrize("page", ["blocked", "hostile"])
def test_nothing_scrolls_sideways(browser, request, page):
    path = request.getfixturevalue(page)
    with Seen(browser, path, width=390) as seen:
        for width in (390, 320, 768, 1400):
            seen.page.set_viewport_size({"width": width, "height": 900})
            assert seen.run("document.documentElement.scrollWidth") <= width


def test_the_answer_is_on_the_first_screen(browser, blocked):
    with Seen(browser, blocked) as seen:
        for selector in (".headline", "#title-1", "#remedy-1", ".confidence"):
            box = seen.page.locator(selector).first.bounding_box()
            assert box["y"] + box["height"] < 900, selector


def test_hostile_text_does_nothing(browser, hostile):
    with Seen(browser, hostile) as seen:
        assert seen.requests == [hostile.as_uri()]
        assert seen.complaints == []
        assert seen.run("window.hacked") is None
        assert seen.run("document.querySelectorAll('img, main script, [onerror]').length") == 0
        links = "[...document.links].filter(l => !l.getAttribute('href').startsWith('#')).length"
        assert seen.run(links) == 0
        svg_links = "document.querySelectorAll('svg a').length"
        assert seen.run(svg_links) == 0
        names = seen.run(
            "[...document.querySelectorAll('#over-time .legendtext')].map(t => t.textContent)"
        )
        assert any(name.startswith("HTTP </script><script>") for name in names)


def test_a_tooltip_shows_hostile_text_as_text(browser, hostile):
    with Seen(browser, hostile) as seen:
        seen.page.locator(".drawing").scroll_into_view_if_needed()
        box = seen.page.locator(".drawing").bounding_box()
        seen.page.mouse.move(box["x"] + box["width"] * 0.86, box["y"] + box["height"] / 2)
        assert "0:0" in seen.page.locator(".tip").inner_text()
        assert seen.run("document.querySelector('.tip').children.length") == 0


def luminance(colour):
    """Relative luminance of ``rgb(r, g, b)``, WCAG 2.2."""
    channels = [int(c) / 255 for c in colour[colour.index("(") + 1 : -1].split(",")[:3]]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


CONTRASTS = r"""
() => {
  const ground = (node) => {
    for (let n = node; n; n = n.parentElement) {
      const colour = getComputedStyle(n).backgroundColor;
      if (!/^rgba.*, 0\)$|transparent/.test(colour)) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const found = [];
  for (const node of document.querySelectorAll("main *, header *, footer *")) {
    const own = [...node.childNodes].some((c) => c.nodeType === 3 && c.textContent.trim());
    if (!own || node.closest("svg, .chart, .zero") || !node.getClientRects().length) continue;
    const style = getComputedStyle(node);
    found.push([node.className + " " + node.tagName, style.color, ground(node)]);
  }
  return found;
}
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_contrast_of_at_least_four_and_a_half(browser, blocked, scheme):
    with Seen(browser, blocked, color_scheme=scheme) as seen:
        rows = seen.run(CONTRASTS)
        assert len(rows) > 100
        for name, colour, ground in rows:
            light, dark = sorted([luminance(colour), luminance(ground)], reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 4.5, (name, colour, ground)


def test_charts_follow_the_scheme_while_the_page_is_open(browser, blocked):
    def grounds(seen):
        return seen.run(
            "[...document.querySelectorAll('.chart .main-svg')].filter(s => s.style.background)"
            ".map(s => s.style.background)"
        )

    with Seen(browser, blocked, color_scheme="light") as seen:
        assert set(grounds(seen)) == {"rgb(255, 255, 255)"}
        seen.page.emulate_media(color_scheme="dark")
        seen.until(
            "document.querySelector('#distribution .main-svg').style.background"
            " === 'rgb(22, 28, 35)'"
        )
        assert set(grounds(seen)) == {"rgb(22, 28, 35)"}
        text = seen.run("getComputedStyle(document.querySelector('.xtick text')).fill")
        assert luminance(text) > 0.6


def test_without_javascript_the_answer_the_timeline_and_the_tables_are_there(browser, blocked):
    with Seen(browser, blocked, java_script_enabled=False) as seen:
        page = seen.page
        for selector in ("#title-1", ".drawing", "#findings .remedy", ".noscript"):
            assert page.locator(selector).first.is_visible(), selector
        assert page.locator("table").count() >= 4
        assert page.locator(".drawing .k-ok path").first.bounding_box()["width"] > 500
        assert not page.locator(".chart").first.is_visible()
        assert not page.locator("h2", has_text="Over time").is_visible()
        assert not page.locator("button.copy").first.is_visible()
        page.locator("summary", has_text="as a table").click()
        assert page.locator("details.table tbody tr").first.is_visible()
        assert seen.requests == [blocked.as_uri()]


def axis_range(seen):
    low, high = seen.run(
        "document.getElementById('over-time')._fullLayout.xaxis.range.map("
        "v => typeof v === 'number' ? v : Date.parse(v.replace(' ', 'T') + 'Z'))"
    )
    return (low - ORIGIN_MS) / 1000, (high - ORIGIN_MS) / 1000


def test_dragging_across_the_lanes_looks_closer_and_a_double_click_steps_back(browser, blocked):
    with Seen(browser, blocked) as seen:
        page = seen.page
        page.locator(".drawing").scroll_into_view_if_needed()
        box = page.locator(".drawing").bounding_box()
        y = box["y"] + box["height"] - 60
        page.mouse.move(box["x"] + box["width"] * 0.25, y)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] * 0.5, y, steps=4)
        page.mouse.up()
        low, high = axis_range(seen)
        assert math.isclose(low, 150 - 6, abs_tol=2)
        assert math.isclose(high, 300 + 6, abs_tol=2)
        page.mouse.dblclick(box["x"] + box["width"] * 0.8, y)
        assert axis_range(seen) == (0.0, 600.0)


def test_a_finding_s_time_is_reached_by_keyboard_and_shows_its_interval(browser, blocked):
    with Seen(browser, blocked) as seen:
        seen.page.locator("#finding-2 a.when").focus()
        seen.page.keyboard.press("Enter")
        low, high = axis_range(seen)
        assert 450 < low < 451
        assert 462 < high < 463


def test_a_remedy_is_copied_whole(browser, blocked):
    with Seen(browser, blocked, permissions=["clipboard-read", "clipboard-write"]) as seen:
        seen.page.locator("#finding-1 button.copy").click()
        seen.until("document.querySelector('button.copy').textContent !== 'Copy'")
        copied = seen.run("navigator.clipboard.readText()")
        assert copied == blocked_findings()[0].remedy


def test_on_paper_nothing_stays_folded(browser, blocked):
    with Seen(browser, blocked) as seen:
        assert seen.run("document.querySelectorAll('details:not([open])').length") > 2
        seen.page.emulate_media(media="print", color_scheme="dark")
        assert seen.run("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        seen.until(
            "document.querySelector('#distribution .main-svg').style.background"
            " === 'rgb(255, 255, 255)'"
        )
        assert len(seen.page.pdf()) > 20_000
        assert seen.run("document.querySelectorAll('details:not([open])').length") == 0


def test_a_healthy_report_opens_too(browser, tmp_path):
    with Seen(browser, written(tmp_path, healthy_run(), [])) as seen:
        assert seen.complaints == []
        assert seen.page.locator(".answer.good").count() == 1


def test_an_empty_report_opens_too(browser, tmp_path):
    with Seen(browser, written(tmp_path, RunView(HEADER, []), [])) as seen:
        assert seen.complaints == []
        assert seen.page.locator(".answer.unsure").count() == 1
