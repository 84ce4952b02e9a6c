"""The reference page of the commands."""

import inspect
import re
from pathlib import Path

import pytest
import typer

from palaver import page as pages
from palaver.rooms import ROOMS, Room

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "commands.md"


@pytest.fixture(scope="module")
def page() -> str:
    """Return the page, for which every room is imported once."""
    return pages.page()


def test_page_is_what_the_commands_say(page: str) -> None:
    """Who changes a command has the page written anew: make reference."""
    assert PAGE.read_text(encoding="utf-8") == page


def test_every_command_has_its_row_and_its_section(page: str) -> None:
    """The table leads to a section for each command; those below a command have one of their own."""
    names = [name for room in ROOMS for name in room.commands]
    assert re.findall(r"^\| \[([a-z]+)\]\(#palaver-\1\) ", page, re.MULTILINE) == names
    assert re.findall(r"^## palaver ([a-z]+)$", page, re.MULTILINE) == names
    assert "\n### palaver users reset-password\n" in page


def test_help_of_every_command_teaches_by_examples(page: str) -> None:
    """Below its options, each shows how it is used, and what its exit codes mean."""
    for section in page.split("\n## palaver ")[1:]:
        name = section.partition("\n")[0]
        assert f"Examples:\n  palaver {name}" in section or f" palaver {name} " in section.partition("Examples:")[2]
        assert "\nExit codes: 0 " in section


class _Toy:
    """A room with one command."""

    @staticmethod
    def register(app: typer.Typer) -> None:
        @app.command(epilog="\b\nExamples:\n  palaver act |   as it is")
        def act(name: str, way: str = typer.Option("a|b", "--way", "-w", help="This | that, PALAVER_* or `x | y`.")):
            """Act.

            By <this>.
            """


def test_help_is_shown_as_it_is_in_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing in help is taken for Markdown: neither in a table, nor in prose, nor what is laid out by hand."""
    room = Room("toy", "extra", {"act": "Act."})
    monkeypatch.setattr(Room, "register", lambda _, app: _Toy.register(app))
    monkeypatch.setattr(pages, "ROOMS", (room,))
    monkeypatch.setattr("palaver.__main__.ROOMS", (room,))
    told = pages.page()
    assert "| [act](#palaver-act) | Act. | `extra` |" in told
    assert told.endswith(
        inspect.cleandoc(r"""
        ## palaver act

        ```text
        palaver act [OPTIONS] {name}
        ```

        Act.

        By \<this>.

        | argument | what it says |
        |---|---|
        | `name <str>` | [required] |

        | option | what it says |
        |---|---|
        | `-w, --way <str>` | This \| that, PALAVER_\* or `x \| y`. [default: a\|b] |

        ```text
        Examples:
          palaver act |   as it is
        ```
        """)
        + "\n"
    )
