"""Changes as text, JSON, Markdown and changelog."""

import json

from palaver_codegen.diff import Change, Subject, rules
from palaver_codegen.diff.report import as_changelog, as_data, as_json, as_markdown, as_text, counted
from palaver_codegen.documents.problems import Place

OLD, NEW = Place("v1:spec/chat/asyncapi.yaml", 12, 3), Place("spec/chat/asyncapi.yaml", 14, 5)


def change(rule: str, what: str, *subjects: Subject, dialect: str = "chat", new: Place | None = NEW) -> Change:
    """Return a change."""
    return Change(
        rules()[rule], dialect, subjects or (Subject("asyncapi", "client event send", "/text"),), what, OLD, new
    )


CHANGES = [
    change("request-limit-narrowed", "`maxLength` is 4 | and was 5"),
    change(
        "error-added",
        "can be refused with GONE now",
        *(Subject("openapi", f"GET /{number}") for number in range(7)),
        dialect="talk",
    ),
    change("client-event-added", "is new", Subject("asyncapi", "client event ping")),
    change("request-deprecated", "is deprecated"),
    change("server-event-removed", "is gone", Subject("asyncapi", "server event pong"), new=None),
]


def test_text() -> None:
    """A paragraph has rule, subject, words, reason, other subjects and both places."""
    assert as_text(CHANGES[:2]) == (
        "breaking: chat: client event send /text: `maxLength` is 4 | and was 5 [request-limit-narrowed]\n"
        "    A client that goes up to the old bound is refused.\n"
        "    old v1:spec/chat/asyncapi.yaml:12:3\n"
        "    new spec/chat/asyncapi.yaml:14:5\n"
        "risky: talk: GET /0: can be refused with GONE now [error-added]\n"
        "    A client that knows the old codes alone does not handle it.\n"
        "    also in GET /1; GET /2; GET /3; GET /4 and 2 more\n"
        "    old v1:spec/chat/asyncapi.yaml:12:3\n"
        "    new spec/chat/asyncapi.yaml:14:5\n"
    )
    assert as_text([CHANGES[4]]).count("\n") == 3
    assert counted(CHANGES) == "2 breaking, 1 risky, 2 safe"
    assert counted([]) == "no changes"


def test_json() -> None:
    """Programs get the same, and how many of each severity there are."""
    data = json.loads(as_json(CHANGES))
    assert data == as_data(CHANGES)
    assert data["version"] == 1
    assert data["summary"] == {"breaking": 2, "risky": 1, "safe": 2}
    assert data["changes"][0] == {
        "rule": "request-limit-narrowed",
        "severity": "breaking",
        "dialect": "chat",
        "subjects": [{"document": "asyncapi", "name": "client event send", "pointer": "/text"}],
        "what": "`maxLength` is 4 | and was 5",
        "why": "A client that goes up to the old bound is refused.",
        "old": {"file": "v1:spec/chat/asyncapi.yaml", "line": 12, "column": 3},
        "new": {"file": "spec/chat/asyncapi.yaml", "line": 14, "column": 5},
    }
    assert data["changes"][4]["new"] is None


def test_markdown() -> None:
    """A table for each severity, what is safe folded, and no cell broken by a bar."""
    text = as_markdown(CHANGES)
    assert text.startswith("## Contract: 2 breaking, 1 risky, 2 safe\n\n### Breaking\n\n| where |")
    assert (
        "| chat: `client event send` `/text` | `maxLength` is 4 \\| and was 5<br>v1:spec/chat/asyncapi.yaml:12 → "
        "spec/chat/asyncapi.yaml:14 | A client that goes up to the old bound is refused. | request-limit-narrowed |\n"
    ) in text
    assert "| talk: `GET /0` (and 6 more) |" in text
    assert text.index("<details><summary>2 safe</summary>") < text.index("client-event-added")
    assert text.endswith("</details>\n")
    assert as_markdown([]) == "## Contract: no changes\n"


def test_changelog() -> None:
    """Entries are under the headings of Keep a Changelog, and say of which dialect they are if there are several."""
    assert as_changelog(CHANGES) == (
        "### Added\n\n"
        "- `talk`: `GET /0` (and 6 more) can be refused with GONE now."
        " A client that knows the old codes alone does not handle it.\n"
        "- `chat`: `client event ping` is new.\n"
        "\n### Changed\n\n"
        "- **Breaking:** `chat`: `client event send` `/text` `maxLength` is 4 | and was 5."
        " A client that goes up to the old bound is refused.\n"
        "\n### Deprecated\n\n"
        "- `chat`: `client event send` `/text` is deprecated.\n"
        "\n### Removed\n\n"
        "- **Breaking:** `chat`: `server event pong` is gone. A client waits for it in vain.\n"
    )
    assert as_changelog(CHANGES[2:3]) == "### Added\n\n- `client event ping` is new.\n"
    assert as_changelog([]) == "Nothing changed.\n"
