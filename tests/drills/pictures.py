"""Take the pictures of the README: the chat page, the report of a failing run, and the documentation.

python tests/drills/pictures.py [FOLDER]      # docs, where the README has them
"""

import argparse
import asyncio
import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from doubles.clone import ROOT, clone
from doubles.terminal import Terminal
from servers.browser import Browser, Page, browsing
from servers.chatting import Chatter, arrival
from servers.node import install
from servers.palaver import serving
from servers.site import site

EXAMPLE = ROOT / "examples" / "nestjs"
_STILL = """() => {
    // A page that lets no style in takes this all the same.
    document.documentElement.style.scrollbarWidth = "none";
    const still = document.createElement("style");
    still.textContent = "* { caret-color: transparent; animation: none !important; transition: none !important; }" +
        "* { scrollbar-width: none !important; }";
    document.head.append(still);
    return document.fonts.ready.then(() => true);
}"""

_FIRST_FAILURE = """() => {
    document.body.dispatchEvent(new KeyboardEvent("keydown", {key: "n", bubbles: true}));
    const row = document.activeElement;
    row.blur();
    scrollBy(0, row.getBoundingClientRect().top - document.querySelector(".filter").getBoundingClientRect().bottom);
}"""
_OPEN_SYNC = """() => {
    const all = [...document.querySelectorAll(".frames summary")];
    const found = all.findLast((each) => each.textContent.includes("messages:sync"));
    found?.click();
    return !!found;
}"""
_SHOW_SYNC = """() => {
    const whole = document.querySelector(".frames .whole");
    whole?.scrollIntoView({block: "end"});
    return !!whole;
}"""


async def chat_page(browser: Browser) -> bytes:
    """Three people talk; one of them has cut the connection, come back, and looks at what went over the wire."""
    async with serving("--dialect", "gateway") as server:
        names = {"ada": "Ada Lovelace", "bob": "Bob Tanaka", "cleo": "Cléo Martin"}
        people: dict[str, Chatter] = {}
        for name, shown in names.items():
            people[name] = await arrival(browser, f"{server.url}/")
            await people[name].sign_up(name, shown)
        ada, bob, cleo = people.values()
        await bob.page.resemble(1240, 720, "light")
        await bob.begin(names["ada"])
        await bob.say("Lunch?")
        await ada.open(names["bob"])
        await ada.hears("Lunch?")
        await ada.begin(names["bob"], names["cleo"], group="Release planning")
        await bob.open("Release planning")
        await cleo.open("Release planning")
        said = ["The page is ready."]
        await ada.say(said[0])
        await bob.hears(*said)
        await ada.act(said[0], "Edit")
        await ada.page.until("(text) => document.querySelector('textarea').value === text", said[0])
        await ada.say(" Please have a look at it.")
        said = ["The page is ready. Please have a look at it."]
        await cleo.hears(*said)
        await cleo.act(said[0], "Reply")
        await cleo.say("Does it survive a tunnel?")
        said.append("Does it survive a tunnel?")
        await bob.hears(*said)
        await bob.click("Cut the connection")
        await bob.shows(".away", "You are offline")
        await bob.say("I am in one right now.")
        await ada.say("Reconnect, and see what comes back.")
        said.append("Reconnect, and see what comes back.")
        await cleo.hears(*said)
        await bob.click("Reconnect")
        await bob.online()
        said.append("I am in one right now.")
        for each in (ada, cleo, bob):
            await each.hears(*said)
        await bob.shows(".readers", names["ada"])
        await bob.page.until(_OPEN_SYNC)
        await bob.page.until(_SHOW_SYNC)
        return await _taken(bob.page)


async def report(browser: Browser, folder: Path) -> bytes:
    """The server in NestJS with three mistakes is judged, as the README says; the first failure is shown."""
    clone(folder, "examples/nestjs")
    await install(EXAMPLE)
    terminal = Terminal(folder)
    shutil.copytree(folder / "examples" / "nestjs", folder / "chat")
    (folder / "chat" / "node_modules").symlink_to(EXAMPLE / "node_modules")
    for command in (
        "git apply --directory=chat chat/mistakes/*.patch",
        "npm run build --prefix chat",
        '.venv/bin/palaver conform --subject chat/subject.yaml --only "G*" --html report.html',
    ):
        code, printed = await terminal.type(command)
        assert code == (" conform " in command), printed
    page = await browser.page()
    await page.resemble(1048, 662, "light")
    with site(folder) as port:
        await page.open(f"http://127.0.0.1:{port}/report.html")
        await page.run(_FIRST_FAILURE)
        return await _taken(page)


async def documentation(browser: Browser, folder: Path) -> bytes:
    """The event that clients send to say something."""
    terminal = Terminal(folder)
    code, printed = await terminal.type(f"palaver docs --spec {ROOT / 'spec' / 'gateway'} --title Palaver --out site")
    assert code == 0, printed
    page = await browser.page()
    await page.resemble(1240, 660, "light")
    with site(folder / "site") as port:
        await page.open(f"http://127.0.0.1:{port}/gateway/index.html#emit-message-send")
        return await _taken(page)


async def _taken(page: Page) -> bytes:
    await page.run(_STILL)
    return await page.picture()


async def _main(folder: Path) -> None:
    async with browsing() as browser:
        for name, take in {"docs-site": documentation, "report": report}.items():
            with tempfile.TemporaryDirectory(prefix="palaver-pictures-") as work:
                (folder / f"{name}.png").write_bytes(await take(browser, Path(work)))
        (folder / "chat-page.png").write_bytes(await chat_page(browser))
    for name in ("chat-page", "docs-site", "report"):
        picture = folder / f"{name}.png"
        sys.stdout.write(f"{picture}: {picture.stat().st_size:,} bytes\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", default=ROOT / "docs", help="where they are put (docs)")
    asyncio.run(_main(parser.parse_args().folder))
