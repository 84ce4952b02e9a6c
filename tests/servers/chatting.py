"""Somebody who uses the chat page in a browser, by what can be seen and done there."""

from dataclasses import dataclass
from typing import Any

from servers.browser import Browser, Page

PASSWORD = "correct horse battery"

_SEEN = """(name) => [...document.querySelectorAll("button")].find((each) =>
    each.checkVisibility() && (each.getAttribute("aria-label") || each.innerText).trim() === name)"""
_PRESS = f"(name) => {{ const found = ({_SEEN})(name); found?.click(); return !!found; }}"
_FOCUS = """(selector) => {
    const found = document.querySelector(selector);
    if (!found || document.querySelector("dialog[open]")?.contains(found) === false) return false;
    found.focus();
    return document.activeElement === found;
}"""
_SAID = """() => [...document.querySelectorAll(".thread .bubble")].map((each) =>
    each.querySelector(":scope > p").textContent)"""


@dataclass(frozen=True)
class Chatter:
    """A user with a tab."""

    page: Page

    async def sign_up(self, name: str, shown: str = "") -> None:
        """Come in as somebody new."""
        await self.write("[name=username]", name)
        await self.write("[name=displayName]", shown)
        await self.write("[name=password]", PASSWORD)
        await self.page.press("Enter")
        await self.online()

    async def online(self) -> None:
        """Wait until there is a connection, and the conversations are there."""
        await self.page.until("() => !!document.querySelector('.myself .online')")
        await self.page.until("() => !!document.querySelector('.empty, .entry')")

    async def write(self, selector: str, text: str) -> None:
        """Write into a field."""
        await self.page.until(_FOCUS, selector)
        await self.page.type(text)

    async def click(self, name: str) -> None:
        """Press the button of that name, once it is there."""
        await self.page.until(_PRESS, name)

    async def act(self, text: str, action: str) -> None:
        """Do something with the message of a text."""
        await self.page.until(
            """(text, action) => {
                const messages = [...document.querySelectorAll(".message")];
                const one = messages.find((each) => each.querySelector(".bubble > p").textContent === text);
                const button = one?.querySelector(`.actions [aria-label="${action}"]`);
                button?.click();
                return !!button;
            }""",
            text,
            action,
        )

    async def begin(self, *names: str, group: str = "") -> None:
        """Start a conversation with people that this browser knows."""
        await self.click("New conversation")
        for name in names:
            await self.page.until(
                """(name) => {
                    const all = [...document.querySelectorAll("dialog .person")];
                    const found = all.find((each) => each.querySelector(".name").textContent === name);
                    found?.click();
                    return !!found;
                }""",
                name,
            )
        if group:
            await self.write("dialog [name=name]", group)
        await self.click("Start")
        await self.page.until("() => !document.querySelector('dialog') && !!document.querySelector('.composer')")

    async def open(self, title: str) -> None:
        """Go to a conversation, once it is there."""
        await self.page.until(
            """(title) => {
                const all = [...document.querySelectorAll(".entry")];
                const found = all.find((each) => each.querySelector(".name").textContent === title);
                found?.click();
                return !!found;
            }""",
            title,
        )
        await self.page.until("(title) => document.querySelector('.heading .name')?.textContent === title", title)

    async def say(self, text: str) -> None:
        """Write a message and send it."""
        await self.write(".composer textarea", text)
        await self.page.press("Enter")

    async def hears(self, *texts: str) -> None:
        """Wait until these messages are all that is said in the conversation, in this order."""
        await self.page.until(f"(texts) => JSON.stringify(({_SAID})()) === JSON.stringify(texts)", list(texts))

    async def shows(self, selector: str, text: str) -> None:
        """Wait until something is there that has a text in it."""
        await self.page.until(
            """(selector, text) => {
                const all = [...document.querySelectorAll(selector)];
                return all.some((each) => each.textContent.includes(text));
            }""",
            selector,
            text,
        )

    async def lacks(self, selector: str) -> None:
        """Wait until something is not there."""
        await self.page.until("(selector) => !document.querySelector(selector)", selector)

    async def has(self, function: str, *arguments: object) -> Any:
        """Ask the page something, now."""
        return await self.page.run(function, *arguments)


async def arrival(browser: Browser, url: str) -> Chatter:
    """Open the page in a new tab of a usual size."""
    page = await browser.page()
    await page.resemble(1280, 800, "light")
    await page.watch_requests()
    await page.open(url)
    await page.until("() => !!document.querySelector('.entrance, .app')")
    return Chatter(page)
