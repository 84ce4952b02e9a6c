"""The reader who follows the pages notices what is wrong with them."""

from pathlib import Path
from typing import Any

import pytest
from doubles.apart import APART
from doubles.terminal import SERVES
from doubles.tutorial import Block, Reader


async def followed(folder: Path, page: str, **said: Any) -> list[tuple[str, int]]:
    """Follow a page in a folder."""
    async with Reader(folder, **said) as reader:
        return await reader.follow(page)


async def test_what_nobody_looks_at_is_refused(tmp_path: Path) -> None:
    """A block of a kind that no test takes, and one without a kind."""
    for kind in ("yaml", ""):
        with pytest.raises(AssertionError, match="no test looks at this block"):
            await followed(tmp_path, f"```{kind}\na: b\n```\n")
    assert await followed(tmp_path, "```yaml\na: b\n```\n", elsewhere=("yaml",)) == []


async def test_other_output_and_other_exit_codes_are_noticed(tmp_path: Path) -> None:
    """What was not printed is named, and a command that fails says so."""
    with pytest.raises(AssertionError, match="the page shows\ntwo\n"):
        await followed(tmp_path, "```sh\necho one\n```\n\n```text\ntwo\n```\n")
    done = await followed(tmp_path, "```sh\necho one\nfalse  # it fails\n```\n\n")
    assert done == [("echo one", 0), ("false", 1)]


async def test_a_server_that_does_not_serve_is_noticed(tmp_path: Path) -> None:
    """It has to say that it is ready; what it said instead is shown."""
    (tmp_path / "Makefile").write_text("run:\n\t@echo the pot is cold; false\n")
    with pytest.raises(AssertionError, match=r"(?s)make run ended:\nthe pot is cold"):
        await followed(tmp_path, "```sh\nmake run\n```\n")


async def test_what_is_set_and_where_one_goes_lasts(tmp_path: Path) -> None:
    """As in a shell, from a command to the next."""
    (tmp_path / "below").mkdir()
    page = "```sh\nexport WORD=said\ncd below\ntouch $WORD\npalaver --version\n```\n"
    assert [code for _, code in await followed(tmp_path, page)] == [0, 0, 0, 0]
    assert (tmp_path / "below" / "said").is_file()


async def test_what_stands_for_something_has_to_be_there(tmp_path: Path) -> None:
    """A port that the page does not name any more is no reason for a test to go by it."""
    with pytest.raises(AssertionError, match="the page has no 4001"):
        await followed(tmp_path, "```sh\ntrue\n```\n", stand_ins={"4001": "0"})


async def test_what_is_apart_is_not_typed(tmp_path: Path) -> None:
    """The list says which commands, to the letter."""
    page = "".join(f"```sh\n{command}\n```\n" for command in APART)
    assert await followed(tmp_path, page, adapted=lambda *_: "false") == [(command, 0) for command in APART]


@pytest.mark.parametrize(
    ("command", "serves"),
    [
        ("make run", True),
        ("make -C desk run PORT=0", True),
        ("A=b make run-all", True),
        ("npm ci && npm run dev --prefix web", True),
        (".venv/bin/palaver mock folder", True),
        ("palaver conform --launch 'palaver serve --port {port}'", False),
        ("npm run build", False),
        ("make conform", False),
    ],
)
def test_what_serves_goes_on(command: str, serves: bool) -> None:
    """And what does not is waited for."""
    assert bool(SERVES.search(command)) is serves


def test_commands_are_without_what_is_said_of_them() -> None:
    """One that goes on in the next line is one."""
    assert Block("sh", "a \\\n  b  # why\nc#d\n").commands == ["a b", "c#d"]
