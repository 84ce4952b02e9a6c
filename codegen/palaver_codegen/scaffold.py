"""`palaver scaffold`: a first module of handlers for a dialect, and later what the documents have beyond the handlers.

A class says which generated Protocol it implements: in its docstring, as the written module does, or by its bases.
"""

from __future__ import annotations

import ast
import json
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from palaver_codegen import ir
from palaver_codegen.documents.tree import Json, entries, sequence
from palaver_codegen.names import pascal

_MODULE = "handlers.py"


@dataclass(frozen=True)
class Handler:
    """A coroutine that a Protocol asks for; `code` is a start for it, indented as in a class."""

    protocol: str
    method: str
    target: str
    code: str


@dataclass(frozen=True)
class Stale:
    """A coroutine that no document asks for (any more)."""

    protocol: str
    method: str
    file: str
    line: int


@dataclass(frozen=True)
class Lag:
    """What separates handlers from their documents; empty if nothing does."""

    new: tuple[Handler, ...]
    stale: tuple[Stale, ...]


def handlers(dialect: ir.Dialect) -> list[Handler]:
    """Return everything that the dialect's documents ask for, in their order."""
    examples = _examples(dialect)
    found = []
    for event in dialect.client_events:
        arguments = ["session: Session", f"payload: models.{event.payload}"]
        returns = f"models.{event.ack}" if event.ack else "None"
        body = _answer(examples, event.ack)
        found.append(_handler("EventHandlers", event.method, event.name, event.summary, arguments, returns, body))
    for route in dialect.routes:
        arguments = ["caller: Caller"] if route.secured else []
        arguments += [f"parameters: models.{route.parameters}"] if route.parameters else []
        arguments += [f"body: models.{route.body}"] if route.body else []
        status, model = route.statuses[0]
        body = _answer(examples, model, status if len(route.statuses) > 1 else None)
        target = f"{route.verb} {route.path}"
        found.append(_handler("RouteHandlers", route.method, target, route.summary, arguments, route.returns, body))
    for call in dialect.calls:
        arguments = ["caller: Caller"] if call.secured else []
        arguments.append(f"request: models.{call.request}")
        body = _answer(examples, call.response)
        returns = f"models.{call.response}"
        found.append(_handler("CallHandlers", call.method, call.key, call.summary, arguments, returns, body))
    return found


def module(dialect: ir.Dialect, package: str) -> str:
    """Return the text of a module with a class for each Protocol, in which every handler answers already."""
    wanted = handlers(dialect)
    code = "\n".join(each.code for each in wanted)
    kit = [name for name in ("Caller", "Core", "Session", "Unavailable") if name == "Core" or name in code]
    lines = [
        f'"""The handlers of {dialect.name}. `palaver scaffold` wrote them once; from now on they are yours."""',
        "",
        *(["from typing import Literal", ""] if "Literal[" in code else []),
        *sorted((f"from {package}.{dialect.name} import models", f"from palaver_runtime.kit import {', '.join(kit)}")),
    ]
    for protocol in dict.fromkeys(each.protocol for each in wanted):
        lines += [
            "",
            "",
            f"class {pascal(dialect.name)}{protocol.removesuffix('Handlers')}s:",
            f'    """Implements the generated `{protocol}`."""',
            "",
            "    def __init__(self, core: Core) -> None:",
            "        self._core = core",
        ]
        for each in wanted:
            if each.protocol == protocol:
                lines += ["", each.code.rstrip("\n")]
    return "\n".join(lines) + "\n"


def target(out: Path) -> Path:
    """Return the file that is written: `out`, or a module in it if it is to be a folder."""
    return out if out.suffix == ".py" else out / _MODULE


def lag(dialect: ir.Dialect, out: Path) -> Lag | None:
    """Compare handlers in a file, or anywhere in a folder, with what the documents ask for.

    None if there are none yet, so that they can be written. Raises SyntaxError for a file that is no Python.
    """
    written = list(_written(out))
    if not written and not target(out).exists():
        return None
    there = {(each.protocol, each.method) for each, _ in written}
    wanted = handlers(dialect)
    asked = {(each.protocol, each.method) for each in wanted}
    return Lag(
        tuple(each for each in wanted if (each.protocol, each.method) not in there),
        tuple(each for each, waits in written if waits and (each.protocol, each.method) not in asked),
    )


def _handler(
    protocol: str, method: str, target: str, summary: str, arguments: Sequence[str], returns: str, body: str
) -> Handler:
    head = f"    async def {method}({', '.join(('self', *arguments))}) -> {returns}:"
    if len(head) > 120:
        listed = "".join(f"        {each},\n" for each in ("self", *arguments))
        head = f"    async def {method}(\n{listed}    ) -> {returns}:"
    said = " ".join(summary.split()).replace("\\", "\\\\").replace('"', "'")
    documented = f'        """`{target}`: {said}"""\n'
    return Handler(protocol, method, target, f"{head}\n{documented}{textwrap.indent(body, ' ' * 8)}")


def _answer(examples: dict[str, Json], model: str | None, status: int | None = None) -> str:
    """Return a body that answers with the documents' example, with the status where there are several."""
    before = "" if status is None else f"{status}, "
    if model is None:
        return f"return {before}None\n" if before else ""
    if model not in examples:
        # Nothing is made up: the client is told that it is to come again.
        return 'raise Unavailable("this is not written yet")\n'
    example = textwrap.indent(json.dumps(examples[model], indent=4, ensure_ascii=False), " " * 4)
    if '"""' in example:
        return 'raise Unavailable("this is not written yet")\n'
    return (
        "# The example of the documents, until this does what it says.\n"
        f'return {before}models.{model}.model_validate_json(r"""\n{example}\n""")\n'
    )


def _examples(dialect: ir.Dialect) -> dict[str, Json]:
    """Return an example of each model that has one."""
    found = {}
    for name, schema in entries(dialect.definitions.get("$defs")):
        given = sequence(schema.get("examples"))
        if given:
            found[name] = given[0]
    return found


def _written(out: Path) -> Iterator[tuple[Stale, bool]]:
    """Yield what may be a handler in classes that implement a Protocol, and whether it is a coroutine.

    Of events a handler may be a plain method; one that no document asks for is something else.
    """
    files: Iterable[Path] = sorted(out.rglob("*.py")) if out.is_dir() else [out] if out.is_file() else []
    for file in files:
        for node in ast.walk(ast.parse(file.read_bytes(), str(file))):
            if not isinstance(node, ast.ClassDef):
                continue
            protocol = _implements(node)
            for item in node.body:
                if not isinstance(item, ast.AsyncFunctionDef | ast.FunctionDef) or item.name.startswith("_"):
                    continue
                waits = isinstance(item, ast.AsyncFunctionDef)
                if protocol and (waits or protocol == "EventHandlers"):
                    yield Stale(protocol, item.name, str(file), item.lineno), waits


def _implements(node: ast.ClassDef) -> str | None:
    said = f"{ast.get_docstring(node) or ''} {' '.join(ast.unparse(base) for base in node.bases)}"
    return next((name for name in ("EventHandlers", "RouteHandlers", "CallHandlers") if name in said), None)
