"""Snippets for REST: fetch in TypeScript, httpx in Python."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, urlencode

from palaver_codegen.docs.snippets import Snippet
from palaver_codegen.docs.snippets.literal import python, typescript
from palaver_codegen.docs.wire import TOKEN
from palaver_codegen.documents.tree import Json


@dataclass(frozen=True)
class Request:
    """A request to show. `query` and `path` are values by name; `body` is absent if `has_body` is false."""

    verb: str
    url: str
    path: dict[str, Json]
    query: dict[str, Json]
    secured: bool
    has_body: bool
    body: Json
    answers: bool


def preparing() -> Snippet:
    """Return what stands before the snippets of requests."""
    return Snippet(f'const token = "{TOKEN}";\n', f'import httpx\n\ntoken = "{TOKEN}"\n')


def requesting(request: Request) -> Snippet:
    """Return how a client makes a request and reads its answer."""
    url = request.url
    for name, value in request.path.items():
        url = url.replace("{" + name + "}", quote(_text(value), safe=""))
    return Snippet(_script(request, url), _lines(request, url))


def _script(request: Request, url: str) -> str:
    query = "?" + urlencode({name: _text(value) for name, value in request.query.items()}) if request.query else ""
    options = [f'  method: "{request.verb}",\n'] if request.verb != "GET" else []
    headers = ["Authorization: `Bearer ${token}`"] if request.secured else []
    if request.has_body:
        headers.append('"Content-Type": "application/json"')
    if headers:
        options.append(f"  headers: {{ {', '.join(headers)} }},\n")
    if request.has_body:
        options.append(f"  body: JSON.stringify({typescript(request.body, 2)}),\n")
    given = f", {{\n{''.join(options)}}}" if options else ""
    reading = "console.log(await response.json());\n" if request.answers else ""
    return (
        f'const response = await fetch("{url}{query}"{given});\n'
        f"if (!response.ok) throw new Error(await response.text());\n{reading}"
    )


def _lines(request: Request, url: str) -> str:
    arguments = [f'"{url}"']
    if request.query:
        arguments.append(f"params={python(request.query, 4)}")
    if request.secured:
        arguments.append('headers={"Authorization": f"Bearer {token}"}')
    if request.has_body:
        arguments.append(f"json={python(request.body, 4)}")
    verb = request.verb.lower()
    if request.has_body and verb in ("get", "delete", "head", "options"):
        arguments.insert(0, f'"{request.verb}"')
        verb = "request"
    listed = "".join(f"    {argument},\n" for argument in arguments)
    call = f"httpx.{verb}({arguments[0]})" if len(arguments) == 1 else f"httpx.{verb}(\n{listed})"
    reading = "print(response.json())\n" if request.answers else ""
    return f"response = {call}\nresponse.raise_for_status()\n{reading}"


def _text(value: Json) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
