"""The published site, whole: made by the command, opened from files in a browser."""

import json
import re
from collections.abc import AsyncIterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from servers.browser import FOLDER, Page, browsing
from servers.node import install

from palaver import __main__ as front

SPEC = Path(__file__).parents[2] / "spec"
AXE = FOLDER / "node_modules" / "axe-core" / "axe.min.js"
# One page of each kind, the shortest there is: the others are of the same templates.
JUDGED = (
    "index.html",
    "social/index.html",
    "social/rest.html",
    "aether/grpc.html",
    "social/errors.html",
    "social/types.html",
    "messenger/flows.html",
)
# Of a dark page the colours are different, and of a narrow one the layout; all the rest is the same, and takes long.
ALL, COLOURS = "undefined", '{ type: "rule", values: ["color-contrast", "link-in-text-block"] }'
LAYOUT = '{ type: "tag", values: ["cat.aria", "cat.keyboard", "cat.name-role-value", "cat.structure"] }'
WINDOWS = ((1440, 900, "light", ALL), (1440, 900, "dark", COLOURS), (390, 844, "light", LAYOUT))
TYPE = """(text) => {
    const input = document.querySelector("dialog input");
    input.value = text;
    input.dispatchEvent(new Event("input"));
}"""


class Links(HTMLParser):
    """What a page can be asked for, and what it asks for."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[str] = []
        self.doubled: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the attributes."""
        for name, value in attrs:
            if name == "id" and value:
                self.doubled += [value] if value in self.anchors else []
                self.anchors.add(value)
            if name in ("href", "src") and value and tag != "use":
                self.links.append(value)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of all dialects."""
    out = tmp_path_factory.mktemp("published") / "site"
    with pytest.raises(SystemExit) as ended:
        front.main(["docs", "--spec", str(SPEC), "--out", str(out), "--title", "Palaver"])
    assert not ended.value.code
    return out


@pytest.fixture(scope="module")
async def page(site: Path) -> AsyncIterator[Page]:
    """A tab of a browser whose requests are watched; in the end none has left the site, and no page complained."""
    await install(FOLDER)
    async with browsing() as browser:
        page = await browser.page()
        await page.watch_requests()
        yield page
        home = site.as_uri()
        assert [url for url in page.requests if not url.startswith((home, "data:", "about:", "blob:"))] == []
        assert len(page.requests) > 20
        assert page.complaints == []


def broken_links(site: Path) -> list[str]:
    """Return every link of the site that leads nowhere, and every name that a page gives twice."""
    pages = {path: Links(path.read_text(encoding="utf-8")) for path in site.rglob("*.html")}
    broken = [f"{path.relative_to(site)}: #{name} twice" for path, page in pages.items() for name in page.doubled]
    for path, page in pages.items():
        for link in page.links:
            if urlsplit(link).scheme == "data":
                continue
            file, _, anchor = link.partition("#")
            target = (path.parent / unquote(file)).resolve() if file else path
            if (
                urlsplit(link).scheme
                or not target.is_file()
                or (anchor and unquote(anchor) not in pages[target].anchors)
            ):
                broken.append(f"{path.relative_to(site)}: {link}")
    return broken


def test_all_links_resolve(site: Path) -> None:
    """Every link of every page, and everything that the search can find, is there; nothing leads out of the site."""
    assert broken_links(site) == []
    script = (site / "assets" / "search.js").read_text(encoding="utf-8")
    items = json.loads(script.removeprefix("globalThis.palaverSearch = ").removesuffix(";\n"))
    assert len(items) > 300
    anchors = {path: Links(path.read_text(encoding="utf-8")).anchors for path in site.rglob("*.html")}
    found = [item["href"].partition("#") for item in items]
    assert [href for href in found if href[2] not in anchors[site / href[0]]] == []


def test_broken_links_are_seen(tmp_path: Path) -> None:
    """The check can fail, in every way."""
    (tmp_path / "a.html").write_text('<p id="x"><p id="x"><a href="b.html"><a href="#y"><a href="https://c.example/">')
    assert len(broken_links(tmp_path)) == 4


def test_every_event_of_the_documents_is_there(site: Path) -> None:
    """Nothing that the documents name is missing from the reference, nor from the types and the error catalogue."""
    bundle = json.loads((SPEC.parent / "generated/palaver_wire/gateway/bundle.json").read_text(encoding="utf-8"))
    names = {each["name"] for each in bundle["asyncapi"]["components"]["messages"].values() if "name" in each}
    shown = re.sub(r"<[^>]*>", "", (site / "gateway" / "index.html").read_text(encoding="utf-8"))
    assert [name for name in names if name not in shown] == []
    errors = (site / "gateway" / "errors.html").read_text(encoding="utf-8")
    assert [code for code in bundle["errors"] if f'id="error-{code}"' not in errors] == []
    types = (site / "gateway" / "types.html").read_text(encoding="utf-8")
    assert [name for name in bundle["asyncapi"]["components"]["schemas"] if f'id="type-{name}"' not in types] == []


async def press(page: Page, key: str) -> None:
    """Press a key where the focus is."""
    await page.run(
        "(key) => (document.activeElement || document.body).dispatchEvent("
        "new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }))",
        key,
    )


async def test_search_finds_an_event(site: Path, page: Page) -> None:
    """A slash opens the search; the event that is typed is the first result, and Enter goes to it."""
    await page.open((site / "gateway" / "index.html").as_uri())
    await press(page, "/")
    await page.until("() => document.querySelector('dialog.search').open && globalThis.palaverSearch")
    await page.run(TYPE, "message:del")
    first = await page.until("() => document.querySelector('#results [aria-selected=true] .name')?.textContent")
    assert first == "message:delete"
    assert await page.run("() => document.querySelector('dialog input').getAttribute('aria-activedescendant')")
    await press(page, "Enter")
    await page.until("() => location.hash === '#emit-message-delete'")
    await page.until("() => document.querySelector('.entries .here')?.hash === '#emit-message-delete'")


async def test_search_says_when_there_is_nothing(site: Path, page: Page) -> None:
    """What is nowhere is said to be nowhere; a field leads to the events that have it."""
    await page.open((site / "index.html").as_uri())
    await page.run("() => document.querySelector('button.find').click()")
    await page.until("() => globalThis.palaverSearch")
    await page.run(TYPE, "xyzzy")
    assert await page.until("() => document.querySelector('dialog .none').textContent") == "Nothing is called “xyzzy”."
    await page.run(TYPE, "lastMessageId")
    await page.until(
        "() => [...document.querySelectorAll('#results .name')].some((each) => each.textContent === 'messages:sync')"
    )


async def test_choices_are_kept(site: Path, page: Page) -> None:
    """Dark mode and the language of snippets are what was chosen, on the next page too."""
    await page.resemble(1440, 900, "light")
    await page.open((site / "gateway" / "index.html").as_uri())
    await page.run("() => document.querySelector('button.theme').click()")
    await page.run("() => document.querySelector('[data-language=py]').click()")
    await page.open((site / "social" / "index.html").as_uri())
    kept = "() => [document.documentElement.dataset.theme, document.querySelector('[role=tabpanel]:not([hidden])').id]"
    assert await page.run(kept) == ["dark", "setup-py"]
    await page.run("() => localStorage.clear()")


async def test_redoc_shows_the_whole_documents(site: Path, page: Page) -> None:
    """Both of Redoc's pages show operations, without asking anybody for anything."""
    for name, shown in (("openapi", "/conversations/{conversationId}/leave"), ("asyncapi", "The one namespace")):
        await page.open((site / "gateway" / f"{name}.html").as_uri())
        await page.until("(text) => document.body.innerText.includes(text)", shown)


@pytest.mark.parametrize(("width", "height", "scheme", "rules"), WINDOWS, ids=["light", "dark", "phone"])
async def test_pages_are_accessible(site: Path, page: Page, width: int, height: int, scheme: str, rules: str) -> None:
    """axe-core finds nothing serious on a page of each kind, and no page is wider than the window."""
    await page.resemble(width, height, scheme)
    axe = AXE.read_text(encoding="utf-8")
    found = []
    for name in JUDGED:
        await page.open((site / name).as_uri())
        # What is asked for by a script would be refused to a file, and complained of.
        violations = await page.run(f"""async () => {{
            {axe};
            const all = await axe.run({{ preload: false, resultTypes: ["violations"], runOnly: {rules} }});
            return all.violations.filter((each) => ["serious", "critical"].includes(each.impact))
                .map((each) => `${{each.id}}: ${{each.nodes[0].html}}`);
        }}""")
        found += [f"{name}: {each}" for each in violations]
        wide = await page.run("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
        found += [f"{name} is {wide} pixels wider than the window"] if wide > 0 else []
    assert found == []
