"""Whom we compare: what each runs, what it does, and what it leaves out."""

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tools.installing import NODE_PROGRAMS, PEERS, PYTHON_PROGRAMS

OURS: Final = "palaver"
TOGETHER: Final = "together"
"""All peers of a task that does not one of them do alone: the sum of their figures, and the most of their memory."""

EXAMPLES: Final = 20
"""Requests that are drawn for each operation, which takes twice as many `--examples` of ours."""

_CHECKS: Final = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,"
    "response_schema_conformance,ignored_auth,use_after_free,negative_data_rejection"
)
"""Those that ours has Schemathesis make."""


@dataclass(frozen=True)
class Place:
    """What there is in a turn: documents, an empty folder for what comes of them, and a server with a user's token."""

    spec: Path
    """A folder with a folder for each dialect."""
    bundles: Path
    """The OpenAPI document of each dialect that has one in one piece, as <dialect>.json."""
    out: Path
    url: str = ""
    token: str = ""

    def documents(self, kind: str) -> list[Path]:
        """Give all documents of a kind."""
        return sorted(self.spec.glob(f"*/{kind}.yaml"))


@dataclass(frozen=True)
class Command:
    """A process, and what it has in its environment beside what all have. It runs in the folder of the turn."""

    words: tuple[str | Path, ...]
    more: Mapping[str, str] = field(default_factory=dict)
    folder: Path | None = None
    """Where it runs instead."""


@dataclass(frozen=True)
class Contestant:
    """Who does a task, by one process or several, one after the other."""

    title: str
    does: str
    leaves_out: str
    commands: Callable[[Place], Iterator[Command]]


def _palaver(*words: str | Path) -> Command:
    return Command((sys.executable, "-m", "palaver", *words))


def _ours_lint(place: Place) -> Iterator[Command]:
    yield _palaver("lint", "--spec", place.spec)


def _ours_generate(place: Place) -> Iterator[Command]:
    yield _palaver("generate", "--no-cache", "--spec", place.spec, "--out", place.out / "generated")


def _ours_docs(place: Place) -> Iterator[Command]:
    yield _palaver("docs", "--spec", place.spec, "--out", place.out / "site")


def _ours_conform(place: Place) -> Iterator[Command]:
    yield _palaver(
        *("conform", "--spec", "gateway", "--url", place.url),
        *("--only", "rest.*.drawn", "--examples", str(2 * EXAMPLES)),
    )


def _node(name: str, *words: str | Path) -> Command:
    """Run a program of Node.js that asks nobody whether there is a newer one."""
    more = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}
    return Command((NODE_PROGRAMS / name, *words), more)


def _spectral(place: Place) -> Iterator[Command]:
    rules = place.out / "rules.yaml"
    rules.write_text('extends: ["spectral:oas", "spectral:asyncapi"]\n')
    yield _node("spectral", "lint", "--ruleset", rules, *place.documents("asyncapi"), *place.documents("openapi"))


def _redocly_lint(place: Place) -> Iterator[Command]:
    yield _node("redocly", "lint", *place.documents("asyncapi"), *place.documents("openapi"))


def _modelina(place: Place) -> Iterator[Command]:
    yield Command(("node", PEERS / "models.js", place.out, *place.documents("asyncapi")))


def _python_client(place: Place) -> Iterator[Command]:
    # It calls ruff, which stands beside it.
    path = {"PATH": f"{PYTHON_PROGRAMS}{os.pathsep}{os.environ['PATH']}"}
    for bundle in sorted(place.bundles.glob("*.json")):
        made = ("--output-path", place.out / bundle.stem, "--meta", "none")
        yield Command((PYTHON_PROGRAMS / "openapi-python-client", "generate", "--path", bundle, *made), path)


def _redocly_docs(place: Place) -> Iterator[Command]:
    for document in place.documents("openapi"):
        yield _node("redocly", "build-docs", document, "--output", place.out / f"{document.parent.name}.html")


def _html_template(place: Place) -> Iterator[Command]:
    for document in place.documents("asyncapi"):
        made = ("--output", place.out / document.parent.name, "--disable-warning")
        # It looks for templates where it runs.
        yield Command((NODE_PROGRAMS / "ag", document, "@asyncapi/html-template", *made), folder=PEERS)


def _schemathesis(place: Place, *more: str) -> Iterator[Command]:
    yield Command(
        (
            *(Path(sys.executable).with_name("schemathesis"), "run", place.bundles / "gateway.json"),
            *("--url", place.url, "--header", f"Authorization: Bearer {place.token}"),
            *("--phases", "fuzzing", "--checks", _CHECKS, "--max-examples", str(EXAMPLES)),
            # Whoever signs out has come to the end of all that needs a token.
            *("--generation-with-security-parameters", "false", "--exclude-path", "/auth/logout"),
            *more,
        )
    )


def _schemathesis_workers(place: Place) -> Iterator[Command]:
    yield from _schemathesis(place, "--workers", "auto")


LINT: Final[Mapping[str, Contestant]] = {
    OURS: Contestant(
        "`palaver lint`",
        "checks every document against the schema of its kind, references, examples, error codes, and by `x-chat`"
        " whether the API is a chat that can be served",
        "rules of one's own",
        _ours_lint,
    ),
    "spectral": Contestant(
        "Spectral with its rules for OpenAPI and AsyncAPI",
        "checks every document against the schema of its kind, references, examples, and what belongs to good style",
        "what documents mean, and whether one fits the other; gRPC",
        _spectral,
    ),
    "redocly": Contestant(
        "`redocly lint` with its recommended rules",
        "checks every document against the structure of its kind, references, and what belongs to good style",
        "what documents mean, and whether one fits the other; gRPC; for AsyncAPI it has few rules",
        _redocly_lint,
    ),
}

GENERATE: Final[Mapping[str, Contestant]] = {
    OURS: Contestant(
        "`palaver generate --no-cache`",
        "checks all documents, and writes pydantic models, a server's side with tables, types for handlers and errors,"
        " Python clients and TypeScript types of events, REST and gRPC",
        "other languages; its cache, with which it is faster",
        _ours_generate,
    ),
    "modelina": Contestant(
        "AsyncAPI's Modelina, as a library",
        "writes pydantic models and TypeScript types of the AsyncAPI documents, all in one process",
        "REST, gRPC; clients, handlers and tables; formatting",
        _modelina,
    ),
    "openapi-python-client": Contestant(
        "`openapi-python-client`, once for each document",
        "writes models and a Python client of an OpenAPI document, formatted by ruff as ours are",
        "events, gRPC; a server's side; TypeScript; references into other files: it has the documents in one piece",
        _python_client,
    ),
}

DOCS: Final[Mapping[str, Contestant]] = {
    OURS: Contestant(
        "`palaver docs`",
        "checks all documents, and writes a site that needs no network: pages of all operations, events, types and"
        " errors, a search, what scenarios prove, and the whole documents by Redoc",
        "rendering the whole documents, which the browser does",
        _ours_docs,
    ),
    "redocly": Contestant(
        "`redocly build-docs`, once for each document",
        "writes one page of an OpenAPI document, rendered, with its viewer from a server on the internet",
        "events, gRPC",
        _redocly_docs,
    ),
    "html-template": Contestant(
        "AsyncAPI Generator 2 with its HTML template, once for each document",
        "writes one page of an AsyncAPI document, rendered, with its viewer beside it",
        "REST, gRPC",
        _html_template,
    ),
}

CONFORM: Final[Mapping[str, Contestant]] = {
    OURS: Contestant(
        f"`palaver conform --only 'rest.*.drawn' --examples {2 * EXAMPLES}`",
        f"{EXAMPLES} requests for each operation at most, good ones about conversations and messages that it makes"
        " first, and bad ones; checks by Schemathesis, and what is said over websockets meanwhile",
        "operations one after the other: several are judged at a time",
        _ours_conform,
    ),
    "schemathesis": Contestant(
        f"`schemathesis run --phases fuzzing --max-examples {EXAMPLES}`, with the same checks",
        f"{EXAMPLES} requests for each operation at most, good ones and bad ones, as one user, one after the other",
        "conversations and messages that are there: most good requests are about none, and refused; signing out, after"
        " which everything would be",
        _schemathesis,
    ),
    "schemathesis-workers": Contestant(
        "the same with `--workers auto`", "the same, several operations at a time", "the same", _schemathesis_workers
    ),
}
