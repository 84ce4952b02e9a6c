"""The chat page in a browser: two people, each in a tab, over one server."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack
from pathlib import Path

import pytest
from servers.browser import FOLDER, Browser, browsing
from servers.chatting import Chatter, arrival
from servers.node import install, run

from palaver_runtime import dialects
from palaver_runtime.page.files import spoken
from palaver_runtime.serving import Addresses, Wish, serve_dialects
from palaver_runtime.settings import Settings
from palaver_runtime.transports.listener import bound_socket

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "page"
COMPILED = ROOT / "runtime" / "palaver_runtime" / "page" / "assets" / "js"
AXE = FOLDER / "node_modules" / "axe-core" / "axe.min.js"
HOSTILE = '<img src=x onerror="document.title=1"><script>document.title=2</script>\u202egnp.exe <b>&amp;</b>'

Meet = Callable[[], Awaitable[tuple[Chatter, Chatter, str, str]]]
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
async def url(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """Where the page is; each dialect that it speaks has a port of its own, as with `make run-all`."""
    settings = Settings(
        database_url=f"sqlite:///{tmp_path_factory.mktemp('page')}/palaver.db",
        jwt_secret="the secret of these tests, which is long enough",  # type: ignore[arg-type]
        shutdown_seconds=0.2,
    )
    ready: asyncio.Future[Addresses] = asyncio.get_running_loop().create_future()
    with ExitStack() as stack:
        wish = Wish(settings=settings, dialects={name: dialects.load(name) for name in spoken()})
        sockets = {each.port: stack.enter_context(bound_socket("127.0.0.1", 0)) for each in wish.places.values()}
        wish = Wish(settings=settings, dialects=wish.dialects, sockets=sockets)
        task = asyncio.create_task(serve_dialects(wish, lambda addresses, _: ready.set_result(addresses)))
        await asyncio.wait([task, ready], return_when=asyncio.FIRST_COMPLETED)
        try:
            yield f"http://127.0.0.1:{ready.result().places[spoken()[0]].port}/"
        finally:
            task.cancel()
            await asyncio.wait([task])


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    """A browser for all tests of this file."""
    async with browsing() as found:
        yield found


@pytest.fixture
async def meet(browser: Browser, url: str) -> AsyncIterator[Meet]:
    """How two people sign up, each in a tab; in the end neither page complained, nor asked anybody else."""
    everybody: list[Chatter] = []

    async def meet_() -> tuple[Chatter, Chatter, str, str]:
        number = next(_numbers)
        ada, bob = f"Ada {number}", f"Bob {number}"
        everybody.extend([await arrival(browser, url), await arrival(browser, url)])
        await asyncio.gather(
            *(each.sign_up(name.replace(" ", "-"), name) for each, name in zip(everybody, (ada, bob), strict=True))
        )
        return everybody[0], everybody[1], ada, bob

    yield meet_
    for each in everybody:
        assert each.page.complaints == []
        assert [asked for asked in each.page.requests if not asked.startswith(("http://127.0.0.1:", "data:"))] == []
        await each.page.close()


async def test_two_people_talk(meet: Meet) -> None:
    """What one writes the other sees: unread, presence, typing, a reply, an edit, a deletion, and that it was read."""
    ada, bob, ada_name, bob_name = await meet()
    await ada.begin(bob_name)
    await ada.shows(".heading small", "online")
    await ada.say("Shall we meet at nine?")
    await ada.say("Or at ten?")
    await bob.shows(".entry .unread", "2")
    assert await bob.has("() => document.title") == "(2) Palaver"
    await bob.open(ada_name)
    await bob.hears("Shall we meet at nine?", "Or at ten?")
    await bob.lacks(".unread")
    await ada.shows(".readers", "Read")
    await ada.write(".composer textarea", "hm")
    await bob.shows(".typing-now", f"{ada_name} is typing")
    await bob.act("Shall we meet at nine?", "Reply")
    await bob.say("Nine is fine")
    await ada.hears("Shall we meet at nine?", "Or at ten?", "Nine is fine")
    await ada.shows(".theirs blockquote", "Shall we meet at nine?")
    # What ada had begun to write is still there.
    assert await ada.has("() => document.querySelector('textarea').value") == "hm"
    await ada.act("Shall we meet at nine?", "Edit")
    await ada.page.until("() => document.querySelector('textarea').value === 'Shall we meet at nine?'")
    await ada.say(" Sharp!")
    await bob.hears("Shall we meet at nine? Sharp!", "Or at ten?", "Nine is fine")
    await bob.shows(".theirs .meta", "edited")
    await ada.act("Or at ten?", "Delete")
    await ada.click("Yes, delete")
    await bob.hears("Shall we meet at nine? Sharp!", "This message was deleted", "Nine is fine")
    assert (
        await bob.has(
            "() => document.querySelectorAll('.theirs [aria-label=Edit], .theirs [aria-label=Delete]').length"
        )
        == 0
    )


async def test_groups_have_names_and_members(meet: Meet) -> None:
    """A group is there for all at once, with its name, and says who has read."""
    ada, bob, _, bob_name = await meet()
    await ada.begin(bob_name, group="The release")
    await ada.shows(".heading small", "2 members, 2 online")
    await ada.say("Is it ready?")
    await bob.open("The release")
    await ada.shows(".readers", f"Read by {bob_name}")


async def test_what_was_missed_comes_back(meet: Meet) -> None:
    """After a cut the page catches up by sync with what is new, edited and deleted, and sends what was written."""
    ada, bob, ada_name, bob_name = await meet()
    await ada.begin(bob_name)
    for text in ("one", "two", "three"):
        await ada.say(text)
    await bob.open(ada_name)
    await bob.hears("one", "two", "three")
    await bob.click("Cut the connection")
    await bob.shows(".away", "You are offline")
    await ada.shows(".heading small", "offline")
    await bob.say("written in a tunnel")
    await bob.shows(".waiting", "waits for the connection")
    await ada.act("one", "Edit")
    await ada.page.until("() => document.querySelector('textarea').value === 'one'")
    await ada.say("!")
    await ada.act("two", "Delete")
    await ada.click("Yes, delete")
    await ada.say("four")
    await ada.hears("one!", "This message was deleted", "three", "four")
    await ada.lacks(".waiting")
    # Bob has seen nothing of it: what comes now comes by sync.
    await bob.hears("one", "two", "three", "written in a tunnel")
    await bob.click("Reconnect")
    for each in (bob, ada):
        await each.hears("one!", "This message was deleted", "three", "four", "written in a tunnel")
    await bob.shows(".caught-up", "3 changes")
    await bob.shows(".frames .label", "messages:sync")
    await bob.lacks(".waiting, .away")
    await ada.shows(".heading small", "online")


async def test_what_is_heard_early_hides_nothing(browser: Browser, url: str) -> None:
    """What comes at once after a reconnect does not move where to catch up from; a change may precede its message."""
    visitor = await arrival(browser, url)
    found = await visitor.has(
        """async (url) => {
            const { Talk } = await import(new URL("palaver/js/talk.js", url).href);
            const talk = new Talk({ id: "c", kind: "direct", memberIds: [], unread: 0, updatedAt: "" });
            const message = (id, sequence, revision) => ({
                id, conversationId: "c", senderId: "a", content: id, sequence, revision,
                edited: false, deleted: false, createdAt: "",
            });
            talk.put(message("one", 1, 1));
            talk.loaded = true;
            talk.leave();
            talk.put(message("nine", 9, 9));
            talk.edited("two", "two!", 10);
            const { last, revision } = talk.position;
            talk.put(message("two", 2, 2));
            talk.put({ ...message("nine", 9, 8), content: "old" });
            talk.caught(2);
            const said = talk.messages.map((each) => each.content);
            return [last.id, revision, said, talk.position.last.id, talk.position.revision];
        }""",
        url,
    )
    assert found == ["one", 1, ["one", "two!", "nine"], "nine", 10]
    await visitor.page.close()


async def test_answers_on_their_way_hide_nothing(browser: Browser, url: str) -> None:
    """A message that a history brings before its event is marked as read; an older answer takes nothing away."""
    visitor = await arrival(browser, url)
    found = await visitor.has(
        """async (url) => {
            const { Live } = await import(new URL("palaver/js/live.js", url).href);
            const conversation = (id) => ({ id, kind: "group", memberIds: [], unread: 0, updatedAt: "" });
            const message = {
                id: "one", conversationId: "c", senderId: "ada", content: "one", sequence: 1, revision: 1,
                edited: false, deleted: false, createdAt: "",
            };
            const reads = [];
            let tell, answer;
            const chat = {
                conversations: () => new Promise((resolve) => (answer = resolve)),
                history: async () => ({ messages: [message], more: false }),
                read: async (id, last) => (reads.push(last.id), 0),
            };
            const dialect = { open: (opening) => ((tell = opening.tell), chat) };
            const live = new Live(
                { name: "any", base: new URL(url), dialect },
                { me: "bob", log: { add: () => {} }, changed: () => {}, refused: () => {} },
            );
            Object.defineProperty(document, "hidden", { value: false });
            const settled = () => new Promise((resolve) => setTimeout(resolve));
            tell({ kind: "link", link: "open" });
            // Heard of after the list was asked for, and before it is there.
            tell({ kind: "conversation", conversation: conversation("c") });
            answer([conversation("b")]);
            await settled();
            const listed = [...live.talks.keys()].sort();
            await live.select("c");
            tell({ kind: "message", message });
            await settled();
            // One that is not looked at, and an answer from before it was said.
            tell({ kind: "message", message: { ...message, id: "two", conversationId: "b" } });
            await settled();
            tell({ kind: "conversation", conversation: conversation("b") });
            return [listed, reads, live.talks.get("c").conversation.unread, live.talks.get("b").conversation.unread];
        }""",
        url,
    )
    assert found == [["b", "c"], ["one"], 0, 1]
    await visitor.page.close()


async def test_hostile_content_is_only_ever_text(meet: Meet) -> None:
    """Markup, scripts and letters that turn the line around, in names and messages, are shown as they were written."""
    ada, bob, _, bob_name = await meet()
    await ada.begin(bob_name, group=HOSTILE[:100])
    await ada.say(HOSTILE)
    await bob.open(HOSTILE[:100])
    await bob.hears(HOSTILE)
    await bob.act(HOSTILE, "Reply")
    await bob.say(HOSTILE)
    for each in (ada, bob):
        await each.hears(HOSTILE, HOSTILE)
        assert await each.has("() => document.querySelectorAll('body img, body script, body b').length") == 0
        assert (await each.has("() => document.title")).endswith("Palaver")
        # The turned letters stay within what they are part of.
        assert await each.has("() => getComputedStyle(document.querySelector('.bubble > p')).unicodeBidi") == "isolate"
        assert await each.has("() => getComputedStyle(document.querySelector('.entry .name')).unicodeBidi") == "isolate"


async def test_policy_stops_what_is_put_into_the_page(browser: Browser, url: str) -> None:
    """Even if markup got in: no inline script or style counts, no text becomes markup, nothing is asked of others."""
    visitor = await arrival(browser, url)
    assert await visitor.has("""() => {
        const script = document.createElement("script");
        try { script.textContent = "globalThis.taken = true"; } catch { return "refused"; }
        document.body.append(script);
        return globalThis.taken ? "run" : "stopped";
    }""") in ("refused", "stopped")
    assert await visitor.has("() => { try { document.body.innerHTML = '<b>x</b>'; } catch { return true; } }")
    assert await visitor.has("() => fetch('http://127.0.0.1:9/').then(() => false, () => true)")
    styled = "() => { document.body.setAttribute('style', 'color: red'); return document.body.style.color; }"
    assert await visitor.has(styled) == ""
    assert len(visitor.page.complaints) >= 3
    assert all("Content Security Policy" in each or "Trusted" in each for each in visitor.page.complaints)
    await visitor.page.close()


async def test_each_tab_is_somebody_of_its_own(meet: Meet, url: str) -> None:
    """A tab keeps its user over a reload, and no other has it; a token that is over is exchanged; one signs out."""
    ada, _, ada_name, _ = await meet()
    assert await ada.has("() => !Object.values(localStorage).some((each) => each.includes('eyJ'))")
    token = "() => JSON.parse(sessionStorage.getItem('palaver.session')).refreshToken"
    before = await ada.has(token)
    await ada.has("""() => {
        const kept = JSON.parse(sessionStorage.getItem("palaver.session"));
        sessionStorage.setItem("palaver.session", JSON.stringify({ ...kept, until: 0 }));
    }""")
    await ada.page.open(url)
    await ada.online()
    await ada.shows(".myself .name", ada_name)
    assert await ada.has(token) != before
    assert await ada.has("() => !document.querySelector('.frames').textContent.includes('eyJ')")
    await ada.click("Sign out")
    await ada.page.until("() => !!document.querySelector('.entrance') && !sessionStorage.length")


async def test_refusals_are_said(browser: Browser, url: str) -> None:
    """A password that is too short, a name that is taken, and a wrong password are each said in the server's words."""
    visitor = await arrival(browser, url)
    await visitor.write("[name=username]", "taken")
    await visitor.write("[name=password]", "short")
    await visitor.page.press("Enter")
    await visitor.shows("[role=alert]", "password")
    await visitor.write("[name=password]", " but longer now")
    await visitor.page.press("Enter")
    await visitor.online()
    await visitor.click("Sign out")
    await visitor.write("[name=username]", "taken")
    await visitor.write("[name=password]", "something else")
    await visitor.page.press("Enter")
    await visitor.shows("[role=alert]", "taken")
    await visitor.click("Sign in")
    await visitor.page.press("Enter")
    await visitor.write("[name=password]", "!")
    await visitor.page.press("Enter")
    await visitor.shows("[role=alert]", "wrong")
    await visitor.page.close()


async def test_dialects_are_heard_by_each_other(meet: Meet) -> None:
    """The page speaks each dialect in its own words; what is said in one is heard in the others."""
    ada, bob, ada_name, bob_name = await meet()
    await ada.begin(bob_name)
    await bob.open(ada_name)
    said = []
    for name in spoken():
        await ada.page.run(
            """(name) => {
                const select = document.querySelector(".speaking select");
                select.value = name;
                select.dispatchEvent(new Event("change", { bubbles: true }));
            }""",
            name,
        )
        await ada.online()
        await ada.shows(".heading .name", bob_name)
        await ada.say(f"in {name}")
        said.append(f"in {name}")
        await ada.hears(*said)
        await bob.hears(*said)
        editable = await ada.has("() => !!document.querySelector('.mine [aria-label=Edit]')")
        assert editable is (name == spoken()[0])
    await bob.say("in mine")
    await ada.hears(*said, "in mine")


async def test_everything_is_done_by_keyboard(browser: Browser, url: str) -> None:
    """From signing up to editing, without a mouse; a dialog is left with Escape, and the focus can be seen."""
    number = next(_numbers)
    ada, bob = await arrival(browser, url), await arrival(browser, url)
    await bob.sign_up(f"bob-{number}", f"Bob {number}")
    at = """() => {
        const { activeElement: it } = document;
        return it.getAttribute("aria-label") || it.name || it.innerText;
    }"""

    async def tab_to(name: str) -> None:
        for _ in range(40):
            if (await ada.has(at)).strip() == name:
                return
            await ada.page.press("Tab")
        raise AssertionError(f"{name} cannot be reached; the focus is at {await ada.has(at)}")

    for field, text in (("username", f"ada-{number}"), ("displayName", f"Ada {number}"), ("password", "long enough")):
        await tab_to(field)
        await ada.page.type(text)
    await ada.page.press("Enter")
    await ada.online()
    await tab_to("New conversation")
    await ada.page.press("Enter")
    await ada.page.until("() => !!document.querySelector('dialog[open]')")
    await ada.page.press("Escape")
    await ada.lacks("dialog")
    await tab_to("New conversation")
    await ada.page.press("Enter")
    name = f"Bob {number}"
    mark = "(name) => document.activeElement.closest('.person')?.querySelector('.name').textContent === name"
    for _ in range(60):
        if await ada.has(mark, name):
            break
        await ada.page.press("Tab")
    await ada.page.press(" ")
    await tab_to("Start")
    await ada.page.press("Enter")
    await ada.page.until("() => document.activeElement === document.querySelector('textarea')")
    await ada.page.type("first line")
    await ada.page.press("Enter", shift=True)
    await ada.page.type("second line")
    await ada.page.press("Enter")
    await ada.hears("first line\nsecond line")
    await ada.lacks(".waiting")
    await ada.page.press("ArrowUp")
    await ada.page.until("() => document.querySelector('textarea').value === 'first line\\nsecond line'")
    await ada.page.press("Escape")
    await ada.lacks(".about")
    await ada.page.press("Tab", shift=True)
    await tab_to("Delete")
    assert await ada.has("() => getComputedStyle(document.activeElement).outlineStyle") == "solid"
    assert await ada.has("() => getComputedStyle(document.activeElement.parentElement).pointerEvents") == "auto"
    await ada.page.press("Enter")
    await tab_to("Yes, delete")
    await ada.page.press("Enter")
    await ada.hears("This message was deleted")
    for each in (ada, bob):
        assert each.page.complaints == []
        await each.page.close()


@pytest.mark.parametrize(("width", "height", "scheme"), [(1440, 900, "light"), (360, 740, "dark")])
async def test_page_is_accessible_in_every_window(meet: Meet, width: int, height: int, scheme: str) -> None:
    """axe-core finds nothing at the entrance, in a talk, beside the wire and in the dialog; nothing is too wide."""
    await install(FOLDER)
    axe = AXE.read_text(encoding="utf-8")
    ada, _, _, bob_name = await meet()
    await ada.page.resemble(width, height, scheme)
    found: list[str] = []

    async def judge(where: str) -> None:
        violations = await ada.page.run(f"""async () => {{
            {axe};
            const all = await axe.run({{ preload: false, resultTypes: ["violations"] }});
            return all.violations.map((each) => `${{each.id}}: ${{each.nodes[0].html}}`);
        }}""")
        found.extend(f"{where}: {each}" for each in violations)
        wide = await ada.page.run("() => document.documentElement.scrollWidth - innerWidth")
        found.extend([f"{where} is {wide} pixels too wide"] if wide > 0 else [])

    await ada.begin(bob_name)
    await ada.say("Shall we meet at nine? " + "w" * 200)
    await ada.lacks(".waiting")
    await ada.shows(".mine .bubble", "nine")
    if width < 1000:
        await ada.click("Close the frames")
        await judge("the talk")
        await ada.click("All conversations")
        await judge("the conversations")
    else:
        await judge("the talk")
    await ada.click("New conversation")
    await judge("the dialog")
    await ada.click("Cancel")
    await ada.click("Sign out")
    await ada.page.until("() => !!document.querySelector('.entrance')")
    await judge("the entrance")
    assert found == []


async def test_compiled_is_what_the_source_gives(tmp_path: Path) -> None:
    """Every script of the page is compiled from page/, and is what `make page` makes of it now."""
    await install(SOURCE)
    code, output = await run(SOURCE, str(SOURCE / "node_modules" / ".bin" / "tsc"), "--outDir", str(tmp_path))
    assert code == 0, output
    made = {each.relative_to(tmp_path): each.read_text(encoding="utf-8") for each in tmp_path.rglob("*.js")}
    there = {each.relative_to(COMPILED): each for each in COMPILED.rglob("*.js") if each.parent.name != "vendor"}
    assert made.keys() == there.keys()
    assert [name for name, file in there.items() if file.read_text(encoding="utf-8") != made[name]] == [], "make page"
