"""A reader of a tutorial: types its commands, makes its changes, and compares what is shown with what comes."""

import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from servers.node import run

_BLOCK = re.compile(r"^```(?P<kind>\w+)\n(?P<text>.*?)^```", re.MULTILINE | re.DOTALL)
_CONTINUED = re.compile(r"\\\n\s*")
_ELISION = "…"


@dataclass(frozen=True)
class Block:
    """A block of a page that a reader acts on: commands, a change of files, or what the last command printed."""

    kind: str
    text: str

    @property
    def commands(self) -> list[str]:
        """The commands, one in a line unless it goes on."""
        return _CONTINUED.sub("", self.text).splitlines()


def blocks(page: str, *kinds: str) -> list[Block]:
    """Return the blocks of these kinds, in their order."""
    found = (Block(each["kind"], each["text"]) for each in _BLOCK.finditer(page))
    return [block for block in found if block.kind in kinds]


def missing(shown: str, printed: str) -> str | None:
    """Return the first line of what is shown that was not printed, in this order; `…` stands for anything."""
    lines = iter(printed.splitlines())
    for line in shown.splitlines():
        pattern = re.compile(".*".join(re.escape(part) for part in line.rstrip().split(_ELISION)))
        if not any(pattern.fullmatch(each.rstrip()) for each in lines):
            return line
    return None


class Reader:
    """Does in a folder what a page says.

    `adapted` turns a command, with all that is shown of its output, into the one that is run; None for none. Changes
    are made to the files of the folder `changed`, below the other.
    """

    def __init__(self, folder: Path, changed: str, adapted: Callable[[str, str], str | None]) -> None:
        self.folder = folder
        self._changed = changed
        self._adapted = adapted
        self._printed = ""

    async def follow(self, page: str) -> list[tuple[str, int]]:
        """Follow a page from its beginning to its end, and return its commands with their exit codes."""
        done: list[tuple[str, int]] = []
        for block, shown in _with_output(blocks(page, "sh", "diff", "text")):
            match block.kind:
                case "sh":
                    done += [(command, await self._type(command, shown)) for command in block.commands]
                case "diff":
                    await self._change(block.text)
                case _:
                    line = missing(block.text, self._printed)
                    assert line is None, f"the page shows\n{line}\nand what was printed is\n{self._printed}"
        return done

    async def _type(self, command: str, shown: str) -> int:
        adapted = self._adapted(command, shown)
        if adapted is None:
            return 0
        code, self._printed = await run(self.folder, "bash", "-c", adapted)
        assert code is not None
        return code

    async def _change(self, text: str) -> None:
        (self.folder / "change.diff").write_text(text)
        code, printed = await run(self.folder, "git", "apply", f"--directory={self._changed}", "change.diff")
        assert code == 0, f"{printed}{text}"


def _with_output(found: list[Block]) -> Iterator[tuple[Block, str]]:
    """Pair each block with all that is shown of what its commands print."""
    for place, block in enumerate(found):
        until_the_next = itertools.takewhile(lambda later: later.kind != "sh", found[place + 1 :])
        yield block, "".join(later.text for later in until_the_next if later.kind == "text")
