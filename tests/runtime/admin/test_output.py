"""How the commands speak."""

import json
import sys
from collections.abc import AsyncIterator, Mapping

import pytest

from palaver_runtime.admin.output import Progress, listing, say


async def rows(count: int) -> AsyncIterator[Mapping[str, object]]:
    """Give rows."""
    for number in range(count):
        yield {"id": f"a{number}", "more": [1, "\x07"]}


@pytest.mark.parametrize("count", [0, 1, 3])
async def test_list_is_json_or_lines(count: int, capsys: pytest.CaptureFixture[str]) -> None:
    """A JSON list however many there are; for people a line for each, or that there is nothing."""
    assert await listing({"id": 4}, rows(count), as_json=True, nothing="Nothing.") == count
    assert [each["id"] for each in json.loads(capsys.readouterr().out)] == [f"a{number}" for number in range(count)]
    await listing({"id": 4}, rows(count), as_json=False, nothing="Nothing.")
    lines = capsys.readouterr().out.splitlines()
    assert lines == (["ID", *(f"a{number}" for number in range(count))] if count else ["Nothing."])


def test_text_of_others_stays_in_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing in it moves the cursor or rings the bell."""
    say({"name": "a\x1b[2J\nb", "none": None, "list": ["x", "y"]}, as_json=False)
    assert capsys.readouterr().out == "name  a?[2J?b\nnone  -\nlist  x, y\n"


def test_progress_is_for_a_terminal_alone(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Elsewhere nothing is written; on one the line is taken away at the end."""
    Progress()("messages", 3)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    progress = Progress()
    progress("messages", 12_000)
    progress.close()
    assert capsys.readouterr().err == "\r12,000 messages\r\r" + " " * 15 + "\r"
