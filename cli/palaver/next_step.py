"""What to type next, by what there is in a folder: the end of the list of commands, which is what is read first."""

import tomllib
from collections.abc import Iterator
from pathlib import Path

_DOCUMENTS = ("asyncapi.yaml", "openapi.yaml", "grpc.yaml")
_SUBJECT = "palaver-subject.yaml"
_START = (
    ("palaver serve --all", "serve every dialect; it says how to prove each"),
    ("palaver new NAME", "make a chat of your own, documents and all"),
    ("palaver conform --init", "describe a server that you have, to have it judged"),
    ("palaver lint --spec DIR", "check documents that you have"),
    ("palaver mock DIR", "answer by documents, for work on a client"),
)


def epilog(folder: Path) -> str:
    """Return the paragraphs below the list of commands, as Typer takes them."""
    here = list(_here(folder))
    return (_paragraph("Next, in this folder:", here) if here else "") + _paragraph("Start here:", list(_START))


def _here(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield each step that something in the folder asks for, and what it is for."""
    if _is_project(folder / "pyproject.toml") and (folder / "Makefile").is_file():
        yield "make run", "serve this project"
        yield "make conform", "prove in a second terminal that it keeps its documents"
    if (folder / _SUBJECT).is_file():
        yield f"palaver conform --subject {_SUBJECT}", "judge the server that it describes"
    if _has_documents(folder):
        yield "palaver lint --spec .", "check the documents here"
        yield "palaver mock .", "answer by them, for work on a client"
    elif any(_has_documents(each) for each in folder.glob("spec/*/")):
        yield "palaver lint", "check the documents in spec/"
        yield "palaver diff HEAD", "tell what changed in them, and whom it breaks"


def _is_project(file: Path) -> bool:
    """Tell whether a pyproject.toml is a project's of palaver; one that cannot be read is told of by other commands."""
    try:
        tool = tomllib.loads(file.read_text(encoding="utf-8")).get("tool")
    except (OSError, ValueError):
        return False
    return isinstance(tool, dict) and "palaver" in tool


def _has_documents(folder: Path) -> bool:
    return any((folder / name).is_file() for name in _DOCUMENTS)


def _paragraph(title: str, steps: list[tuple[str, str]]) -> str:
    """Return a title and a line for each step, laid out by hand, which Typer has to be told by a backspace."""
    width = max(len(command) for command, _ in steps)
    lines = [f"  {command:<{width}}   {what}" for command, what in steps]
    return "\n".join(["\b", title, *lines, "", ""])
