"""The search can find everything."""

import json

from palaver_codegen.docs.index import index
from palaver_codegen.docs.view import Reference


def test_everything_is_in_it(toy: Reference) -> None:
    """Events, endpoints, calls, codes, types and flows are items, each with its address from the top of the site."""
    script = index([toy])
    items = json.loads(script.removeprefix("globalThis.palaverSearch = ").removesuffix(";\n"))
    assert {item["kind"] for item in items} == {"event", "endpoint", "call", "error", "type", "flow"}
    send = next(item for item in items if item["name"] == "note:send")
    assert send["href"] == "toy/index.html#emit-note-send"
    assert {"text", "files", "message.send"} <= set(send["words"].split())
    assert all(item["href"].startswith("toy/") and item["where"] == "toy" for item in items)
