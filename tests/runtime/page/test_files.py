"""The files of the page, as they are sent."""

import hashlib
import re
from pathlib import Path

from starlette.requests import Request

import palaver_runtime.page
from palaver_runtime.page.files import File, assets, spoken

FOLDER = Path(palaver_runtime.page.__file__).parent
VENDOR = FOLDER / "assets" / "js" / "vendor"


def asked(**headers: str) -> Request:
    """Return a request with headers."""
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": "GET", "path": "/", "headers": raw})


def test_everything_that_the_page_asks_for_is_there() -> None:
    """Each script that a script imports, and each file that the document names, with the type that browsers want."""
    found = assets()
    document = found["/"].content.decode()
    wanted = {f"/{name}" for name in re.findall(r'(?:href|src)="([^"]+)"', document)}
    assert {"/palaver/style.css", "/palaver/icon.svg", "/palaver/js/main.js"} == wanted
    for path, file in found.items():
        imports = re.findall(r'^import [^"]*"(\.[^"]+)";$', file.content.decode(), re.MULTILINE)
        folder = Path(path).parent
        wanted |= {Path("/", *_resolved(folder / each)).as_posix() for each in imports}
    assert wanted <= found.keys()
    assert found.keys() - wanted == {"/"}
    assert found["/palaver/js/main.js"].kind == "text/javascript; charset=utf-8"
    assert found["/palaver/style.css"].kind == "text/css; charset=utf-8"
    assert found["/"].kind == "text/html; charset=utf-8"


def _resolved(path: Path) -> list[str]:
    parts: list[str] = []
    for part in path.parts[1:]:
        if part == "..":
            parts.pop()
        elif part != ".":
            parts.append(part)
    return parts


def test_nothing_runs_that_stands_in_the_document() -> None:
    """Neither scripts nor styles nor handlers of events are in the markup; the policy of the page would stop them."""
    document = assets()["/"].content.decode()
    assert re.findall(r"<script(?![^>]* src=)|<style|\son\w+=|\sstyle=", document) == []


def test_what_is_vendored_is_unchanged() -> None:
    """The sums are those that the notice has."""
    notice = (VENDOR / "NOTICE").read_text()
    for name in ("preact.js", "socket.io.js"):
        said = re.search(rf"^{re.escape(name)} is .*?^SHA-256: (\w+)$", notice, re.MULTILINE | re.DOTALL)
        assert said is not None
        assert said[1] == hashlib.sha256((VENDOR / name).read_bytes()).hexdigest()


def test_every_dialect_that_is_named_is_spoken() -> None:
    """The list of the server is that of the script."""
    (said,) = re.findall(r"export const dialects = \{([^}]*)\};", (FOLDER / "assets/js/dialects/index.js").read_text())
    assert [each.strip() for each in said.split(",")] == list(spoken())


def test_who_has_a_file_is_not_sent_it_again() -> None:
    """The tag of what is there is answered with 304 and no body, any other with all of it; it is asked each time."""
    file = File.of(b"body {}", ".css")
    first = file.response(asked())
    assert (first.status_code, first.body) == (200, b"body {}")
    assert first.headers["cache-control"] == "no-cache"
    again = file.response(asked(if_none_match=f'"other", {first.headers["etag"]}'))
    assert (again.status_code, again.body) == (304, b"")
    changed = File.of(b"body { }", ".css").response(asked(if_none_match=first.headers["etag"]))
    assert changed.status_code == 200
