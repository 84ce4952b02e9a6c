"""The page, in a browser."""

import base64
import hashlib
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from samples import STARTED, outcome, run, scenario
from servers.browser import Browser, Page, browsing

from palaver_conformance.evidence.trace import Entry
from palaver_conformance.evidence.verdict import Verdict
from palaver_conformance.report.comparison import Earlier, compare
from palaver_conformance.report.html import page as pages
from palaver_conformance.report.summary import Run

HOSTILE = '</script><script>document.title = "taken"</script><img src="http://far.example/x.png" onerror="alert(1)">'


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    """A browser for all tests of this file."""
    async with browsing() as found:
        yield found


def whole() -> Run:
    """Return a run with every verdict in two capabilities, and with contents that would like to be markup."""
    outcomes = [
        outcome(Verdict.PASS, "messages.send.broadcast"),
        outcome(Verdict.FAIL, "messages.edit.by-other"),
        outcome(Verdict.NOT_APPLICABLE, "messages.delete.own"),
        outcome(Verdict.KNOWN_FAILURE, "presence.list.online"),
        outcome(Verdict.UNTESTABLE, "presence.offline.last", tally={Verdict.PASS: 2, Verdict.UNTESTABLE: 1}),
        replace(
            outcome(Verdict.HARNESS_ERROR, "presence.online.first", reason=HOSTILE, arrived=[HOSTILE]),
            scenario=scenario("presence.online.first", requirement=HOSTILE, tags=("hostile",)),
            wire=[Entry(0.5, "alice/1", "<-", f'42["{HOSTILE}"]')],
        ),
    ]
    earlier = Earlier("", "toy", STARTED, {"messages.edit.by-other": Verdict.PASS, "gone.a.b": Verdict.FAIL})
    made = replace(run(), outcomes=outcomes, subject=HOSTILE, seed=7, complaints=[HOSTILE])
    return replace(made, comparison=compare(earlier, outcomes))


async def opened(browser: Browser, folder: Path, judged: Run, fragment: str = "") -> Page:
    """Open the page of a run from its file."""
    file = folder / "report.html"
    file.write_text(pages.html(judged), encoding="utf-8")
    page = await browser.page()
    await page.open(file.as_uri() + fragment)
    return page


async def shown(page: Page) -> list[str]:
    """Return the scenarios that the page shows."""
    found = await page.run("() => [...document.querySelectorAll('.card:not([hidden])')].map((card) => card.id)")
    assert isinstance(found, list)
    return found


async def press(page: Page, key: str) -> None:
    """Press a key on what has the focus."""
    await page.run(
        "(key) => { const event = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true });"
        " document.activeElement.dispatchEvent(event); }",
        key,
    )


async def test_filter(browser: Browser, tmp_path: Path) -> None:
    """Words, verdicts and a capability each leave those that fit, together those that fit all; Escape shows all."""
    page = await opened(browser, tmp_path, whole())
    everything = await shown(page)
    assert len(everything) == 6
    enter = (
        "(id, value) => { const input = document.getElementById(id); input.value = value;"
        " input.dispatchEvent(new Event('input', { bubbles: true })); }"
    )
    check = "(verdict) => document.querySelector(`[name=verdict][value=${verdict}]`).click()"
    await page.run(enter, "query", "BY-OTHER wonder")
    assert await shown(page) == ["messages.edit.by-other"]
    assert await page.run("() => document.getElementById('found').textContent") == "1 of 6 scenarios"
    assert await page.run("() => document.querySelectorAll('section.capability:not([hidden])').length") == 1
    await page.run(enter, "query", "no such thing")
    assert await shown(page) == []
    assert await page.run("() => !document.querySelector('.nothing').hidden")
    await press(page, "Escape")
    assert await shown(page) == everything
    await page.run(check, "fail")
    await page.run(check, "untestable")
    assert await shown(page) == ["messages.edit.by-other", "presence.offline.last"]
    await page.run(enter, "capability", "presence")
    assert await shown(page) == ["presence.offline.last"]
    assert page.complaints == []


async def test_failing_scenario_shows_its_diagram(browser: Browser, tmp_path: Path) -> None:
    """Who follows a failure finds it open: requirement, expectation, what arrived, and the exchange as a diagram."""
    page = await opened(browser, tmp_path, whole())
    await page.run("() => document.querySelector('.problems a').click()")
    card = "document.getElementById('messages.edit.by-other')"
    await page.until(f"() => {card}.open && document.activeElement === {card}.querySelector('summary')")
    text = await page.run(f"() => {card}.innerText")
    for part in ("It shall work.", "a book", "a wonder", "nothing & <nobody>"):
        assert part in text
    steps = f"{card}.querySelector('.part[open] .steps')"
    assert await page.run(f"() => {steps}.getBoundingClientRect().height") > 100
    labels = await page.run(f"() => [...{steps}.querySelectorAll('.label, .objection text')].map((e) => e.textContent)")
    assert labels == ["say", "heard", "ack say ✗ FORBIDDEN", "✗ event heard breaks its schema"]
    assert await page.run(f"() => {steps}.querySelector('.conclusion').textContent.includes('expected a wonder')")
    heads = await page.run(f"() => [...{card}.querySelectorAll('.part[open] .heads text')].map((e) => e.textContent)")
    assert heads == ["alice", "server", "bob"]


async def test_step_shows_its_packet(browser: Browser, tmp_path: Path) -> None:
    """A step of the diagram leads to the whole packet, laid out to be read; Escape closes it."""
    page = await opened(browser, tmp_path, whole(), "#messages.edit.by-other")
    card = "document.getElementById('messages.edit.by-other')"
    await page.run(
        f"() => {card}.querySelector('.part[open] a.row')"
        ".dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true }))"
    )
    frame = await page.run(f"() => {card}.querySelector('.frame').innerText")
    assert "0.004 s" in frame
    assert '"text": "<b>hi</b>"' in frame
    await press(page, "Escape")
    assert await page.run(f"() => {card}.querySelector('.frame').hidden")
    assert len(await shown(page)) == 6


async def test_keys_lead_from_failure_to_failure(browser: Browser, tmp_path: Path) -> None:
    """The keys n and p go through what went wrong, over the end too; in a search they are letters."""
    page = await opened(browser, tmp_path, whole())
    at = "() => (document.activeElement.closest('.card') || document.activeElement).id"
    seen = []
    for key in ("n", "n", "n", "n", "p"):
        await press(page, key)
        seen.append(await page.run(at))
    first, second, third = "messages.edit.by-other", "presence.offline.last", "presence.online.first"
    assert seen == [first, second, third, first, third]
    await press(page, "/")
    await press(page, "n")
    assert await page.run(at) == "query"


async def test_nothing_leaves_the_page(browser: Browser, tmp_path: Path) -> None:
    """The file is all that is loaded, nothing in it complains, and what a server says stays text."""
    page = await browser.page()
    await page.watch_requests()
    file = tmp_path / "report.html"
    file.write_text(pages.html(whole()), encoding="utf-8")
    await page.open(file.as_uri())
    await page.run("() => { for (const each of document.querySelectorAll('details')) each.open = true; }")
    assert [url for url in page.requests if not url.startswith("data:")] == [file.as_uri()]
    assert page.complaints == []
    assert await page.run("() => document.title") == f"Harness error: {HOSTILE}"
    assert (
        await page.run("() => document.querySelectorAll('img, script[src], link[rel=stylesheet], iframe').length") == 0
    )


async def test_policy_holds(browser: Browser, tmp_path: Path) -> None:
    """Even a script within the page can neither fetch nor run what is not of the page: the policy says so."""
    page = await opened(browser, tmp_path, whole())
    refused = "() => fetch('data:text/plain,x').then(() => 'fetched', () => 'refused')"
    assert await page.run(refused) == "refused"
    await page.run(
        "() => { const script = document.createElement('script'); script.textContent = 'document.title = \"taken\"';"
        " document.body.append(script); }"
    )
    assert await page.run("() => document.title") != "taken"
    assert any("Content Security Policy" in each for each in page.complaints)


@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (360, "dark"), (1280, "light")])
async def test_page_fits_the_window(browser: Browser, tmp_path: Path, width: int, scheme: str) -> None:
    """On a phone and on a desk nothing is wider than the window, whatever is open, in both colour schemes."""
    page = await browser.page()
    await page.resemble(width, 800, scheme)
    (tmp_path / "report.html").write_text(pages.html(whole()), encoding="utf-8")
    await page.open((tmp_path / "report.html").as_uri())
    await page.run("() => { for (const each of document.querySelectorAll('details')) each.open = true; }")
    assert await page.run("() => document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    colour = await page.run("() => getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, re.findall(r"\d+", colour))) > 3 * 128) is (scheme == "light")


async def test_paper_shows_the_failures(browser: Browser, tmp_path: Path) -> None:
    """Printing opens what failed, and leaves out what is no use on paper."""
    page = await opened(browser, tmp_path, whole())
    await page.run("() => window.dispatchEvent(new Event('beforeprint'))")
    opened_ones = await page.run("() => [...document.querySelectorAll('.card[open]')].map((card) => card.id)")
    assert opened_ones == ["messages.edit.by-other", "presence.offline.last", "presence.online.first"]


class _Outline(HTMLParser):
    """The texts of a page by what they stand in, and its policy."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.inline: dict[str, str] = {}
        self.policy = ""
        self._tag = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the policy, and whose text follows."""
        self._tag = tag
        found = dict(attrs)
        if found.get("http-equiv") == "Content-Security-Policy":
            self.policy = found["content"] or ""

    def handle_endtag(self, tag: str) -> None:
        """Note that the text is over."""
        self._tag = ""

    def handle_data(self, data: str) -> None:
        """Note the text of what the policy is about."""
        if self._tag in ("style", "script"):
            self.inline[self._tag] = self.inline.get(self._tag, "") + data


def test_policy_knows_style_and_script_by_their_hash() -> None:
    """Nothing is allowed but the page's own style and script, and pictures within it."""
    outline = _Outline(pages.html(whole()))
    rules = dict(rule.split(" ", 1) for rule in outline.policy.split("; "))
    assert rules.pop("default-src") == "'none'"
    for tag in ("style", "script"):
        known = base64.b64encode(hashlib.sha256(outline.inline[tag].encode()).digest()).decode()
        assert rules.pop(f"{tag}-src") == f"'sha256-{known}'"
    assert rules == {"img-src": "data:", "base-uri": "'none'", "form-action": "'none'"}


def test_page_says_what_came_of_the_run() -> None:
    """The first words are the verdict, and a line says why."""
    passed = run(Verdict.PASS)
    for judged, word, lead in (
        (passed, "Conformant", "1 scenario passed, and none failed."),
        (run(Verdict.PASS, Verdict.FAIL), "Not conformant", "1 of 2 scenarios did not end as the documents promise."),
        (run(), "Not conformant", "Nothing was run"),
        (run(Verdict.NOT_APPLICABLE), "Not conformant", "None of 1 scenario applied"),
        (replace(passed, complaints=["x"]), "Not conformant", "the ledger of known failures does not"),
        (replace(passed, stopped="gone", left=3), "Stopped", "3 scenarios not run to the end: gone"),
        (run(Verdict.HARNESS_ERROR), "Harness error", "1 of 1 scenario did not end"),
    ):
        text = pages.html(judged)
        assert f'<span class="verdict">{word}</span>' in text
        assert lead in text


def test_page_has_coverage_and_comparison() -> None:
    """What the documents have is there with its count or excuse, and so is what has changed."""
    text = re.sub(r"\s+", " ", pages.html(whole()))
    assert '<li class="missed"><code>POST /rooms/{room}/notes</code><span>not exercised</span></li>' in text
    assert "<b>1</b> newly failing" in text
    assert "<code>gone.a.b</code> <small>failed</small>" in text
    assert "Of 3 times: 2 passed, 1 untestable" in text


def test_very_long_log_is_cut_at_its_beginning() -> None:
    """The page holds the latest thousand entries of a log and says how many are missing; no step leads to those."""
    entries = [Entry(at / 10, "alice/1", "->", f'42["n{at}",{{}}]') for at in range(1500)]
    text = pages.html(replace(run(), outcomes=[outcome(Verdict.FAIL, "a.b.c", wire=entries)]))
    assert "without the 500 before" in text
    assert 'id="a.b.c-500"' in text
    assert 'id="a.b.c-499"' not in text
    assert 'href="#a.b.c-0"' not in text
