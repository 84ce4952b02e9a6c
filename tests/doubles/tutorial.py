"""A reader of a page: types its commands, makes its changes, and compares what is shown with what comes."""

import itertools
import re
import textwrap
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Self

from doubles.apart import APART
from doubles.terminal import Terminal
from servers.node import run

TYPED = ("sh", "console")
"""The kinds of blocks that are commands."""

_BLOCK = re.compile(r"^(?P<indent> *)```(?P<kind>\S*)\n(?P<text>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL)
_CONTINUED = re.compile(r"\\\n\s*")
_ELISION = "…"


@dataclass(frozen=True)
class Block:
    """A block of a page that a reader acts on: commands, a change of files, or what the last command printed."""

    kind: str
    text: str

    @property
    def commands(self) -> list[str]:
        """The commands, one in a line unless it goes on, without what is said of them behind `#`."""
        return [line.partition(" # ")[0].rstrip() for line in _CONTINUED.sub("", self.text).splitlines()]


def blocks(page: str, *kinds: str) -> list[Block]:
    """Return the blocks of these kinds, or of all, in their order."""
    found = (Block(each["kind"], textwrap.dedent(each["text"])) for each in _BLOCK.finditer(page))
    return [block for block in found if not kinds or block.kind in kinds]


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

    `adapted` turns a command, with all that is shown of its output, into the one that is run; None for none. What is
    listed as apart is not run. Changes are made to the files of the folder `changed`, below the other. `takes` says
    what is done with blocks of other kinds where the reader comes to them, and `elsewhere` which kinds another test
    looks at: a block that nobody knows what to do with is refused. `stand_ins` are put wherever the page has what they
    stand for, and `variables` are set before the first command.
    """

    def __init__(
        self,
        folder: Path,
        changed: str = "",
        adapted: Callable[[str, str], str | None] = lambda command, _: command,
        *,
        takes: Mapping[str, Callable[[str], Awaitable[None]]] = MappingProxyType({}),
        elsewhere: Collection[str] = (),
        stand_ins: Mapping[str, str] = MappingProxyType({}),
        variables: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.folder = folder
        self.terminal = Terminal(folder, **variables)
        self._changed = changed
        self._adapted = adapted
        self._takes = takes
        self._elsewhere = elsewhere
        self._stand_ins = stand_ins
        self._printed = ""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.terminal.close()

    async def follow(self, page: str) -> list[tuple[str, int]]:
        """Follow a page from its beginning to its end, and return its commands with their exit codes.

        What it serves goes on until the reader is left.
        """
        for name, value in self._stand_ins.items():
            assert name in page, f"the page has no {name}"
            page = page.replace(name, value)
        done: list[tuple[str, int]] = []
        for block, shown in _with_output(blocks(page)):
            if block.kind in self._takes:
                await self._takes[block.kind](block.text)
            elif block.kind in TYPED:
                done += [(command, await self._type(command, shown)) for command in block.commands]
            elif block.kind == "diff":
                await self._change(block.text)
            elif block.kind == "text":
                line = missing(block.text, self._printed)
                assert line is None, f"the page shows\n{line}\nand what was printed is\n{self._printed}"
            else:
                assert block.kind in self._elsewhere, f"no test looks at this block of {block.kind}:\n{block.text}"
        return done

    async def _type(self, command: str, shown: str) -> int:
        adapted = None if command in APART else self._adapted(command, shown)
        if adapted is None:
            return 0
        code, self._printed = await self.terminal.type(adapted)
        return code

    async def _change(self, text: str) -> None:
        (self.folder / "change.diff").write_text(text)
        code, printed = await run(self.folder, "git", "apply", f"--directory={self._changed}", "change.diff")
        assert code == 0, f"{printed}{text}"


def _with_output(found: list[Block]) -> Iterator[tuple[Block, str]]:
    """Pair each block with all that is shown of what its commands print."""
    for place, block in enumerate(found):
        until_the_next = itertools.takewhile(lambda later: later.kind not in TYPED, found[place + 1 :])
        yield block, "".join(later.text for later in until_the_next if later.kind == "text")
