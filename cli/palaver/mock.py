"""The command `palaver mock`: the one that needs two rooms, as the runtime serves what codegen reads."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

if TYPE_CHECKING:
    from palaver_runtime.mock import Mock

USAGE, COULD_NOT = 2, 3

_HOME = Path("spec")
_EPILOG = """\b
Examples:
  palaver mock --spec chat --port 4010             the documents in spec/chat, or the shipped ones of that name
  palaver mock ../backend/spec/chat                documents anywhere
  palaver mock --spec chat --delay 300             a slow server
  palaver mock --spec chat --fail sendMessage=RATE_LIMITED

\b
One error: the header `x-palaver-error: FORBIDDEN` of a request, or that text in a field of a request or an event.
Whoever has a token may connect, whatever it says; `alice` is a token, and names its user.
Exit codes: 0 stopped; 2 wrong usage; 3 the port is taken, or the documents cannot be used.
"""


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(epilog=_EPILOG)(mock)


def mock(
    folder: Annotated[
        Path | None, typer.Argument(metavar="FOLDER", help="A folder of documents.", show_default=False)
    ] = None,
    spec: Annotated[str | None, typer.Option(help="A folder in spec/, or a shipped dialect, by name.")] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 takes a free one.")] = 4010,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    delay: Annotated[int, typer.Option(min=0, help="Milliseconds before each answer.")] = 0,
    fail: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=CODE", help="Refuse an event or operation with an error code; repeatable."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Makes up the same values where examples are missing.")] = 0,
) -> None:
    """Serve documents by their examples alone, for work on a client.

    Requests are checked by the documents. An event that is sent is acknowledged, and what it causes reaches all sockets
    with its content in it. Nothing is kept.
    """
    from palaver_runtime.mock import Mock, NoValue, Wishes, read_contract

    if (folder is None) == (spec is None):
        _fail("name a folder of documents, or a dialect with --spec" + ("" if folder is None else ", not both"), USAGE)
    contract = read_contract(_bundle(folder, spec))
    try:
        served = Mock(contract, Wishes(delay=delay / 1000, fail=_wishes(fail or []), seed=seed))
    except NoValue as error:
        _fail(f"the documents cannot be mocked: {error}", COULD_NOT)
    if wrong := served.unknown_wishes():
        _fail(f"--fail: {'; '.join(wrong)}", USAGE)
    asyncio.run(_serve(served, host, port))


async def _serve(served: Mock, host: str, port: int) -> None:
    from palaver_runtime.transports.listener import AddressInUse, AddressUnavailable, Stop, bind, serve

    try:
        listeners = bind([(served.app, host, port)])
    except (AddressInUse, AddressUnavailable) as error:
        _fail(str(error.strerror), COULD_NOT)
    serving = asyncio.create_task(serve(listeners, Stop(drain=served.close)))
    # Its first step takes over the signals, so that whoever has read the address may stop us at once.
    await asyncio.sleep(0)
    shown = f"[{host}]" if ":" in host else host
    contract = served.contract
    typer.echo(f"{contract.name} is mocked at http://{shown}:{listeners[0].port}")
    channel = contract.channel
    if channel is not None:
        way = f"Socket.IO, namespace {channel.namespace}" if channel.namespace else f"WebSocket, {channel.path}"
        typer.echo(f"  {way}: {len(contract.asked)} events to send, {len(contract.told)} to receive")
    if contract.endpoints:
        typer.echo(f"  REST: {len(contract.endpoints)} endpoints")
    for address in contract.other_channels:
        typer.echo(f"  not mocked: the channel {address}; only the first one is")
    if contract.calls:
        typer.echo(f"  not mocked: {len(contract.calls)} calls over gRPC")
    typer.echo("Stop with Ctrl-C.")
    await serving
    typer.echo("Stopped.")


def _bundle(folder: Path | None, spec: str | None) -> Mapping[str, Any]:
    """Return the documents: of a folder, of one in spec/, or those that were shipped."""
    if folder is None:
        assert spec is not None
        folder = next((each for each in (_HOME / spec, Path(spec)) if each.is_dir()), None)
        if folder is None:
            return _shipped(spec)
    elif not folder.is_dir():
        _fail(f"{folder} is no folder: name one with documents, or a dialect with --spec", USAGE)
    from palaver_codegen.documents import DocumentsRefused, load_bundle

    try:
        return load_bundle(folder).document
    except DocumentsRefused as refused:
        _fail(f"the documents in {folder} cannot be used:\n{refused}", COULD_NOT)


def _shipped(name: str) -> Mapping[str, Any]:
    # Read as data: nothing of the generated code is imported.
    found = find_spec("palaver_wire")
    homes = [Path(each) for each in found.submodule_search_locations or ()] if found else []
    bundles = {path.parent.name: path for home in homes for path in sorted(home.glob("*/bundle.json"))}
    if name not in bundles:
        _fail(f"there is no folder {_HOME / name}, and the shipped dialects are {', '.join(bundles)}", USAGE)
    bundle: Mapping[str, Any] = json.loads(bundles[name].read_text(encoding="utf-8"))
    return bundle


def _wishes(listed: list[str]) -> dict[str, str]:
    for each in listed:
        if not all(each.rpartition("=")[::2]):
            _fail(f"--fail {each}: write NAME=CODE, as in sendMessage=FORBIDDEN", USAGE)
    return {name: code for name, _, code in (each.rpartition("=") for each in listed)}


def _fail(message: str, code: int) -> NoReturn:
    typer.echo(f"palaver mock: {message}", err=True)
    raise typer.Exit(code)
