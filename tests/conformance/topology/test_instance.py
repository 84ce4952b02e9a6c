"""How an instance is started."""

import sys
from pathlib import Path

import pytest
from samples import contract

from palaver_conformance.errors import Unreachable, UsageError
from palaver_conformance.timing import Timing
from palaver_conformance.topology.instance import Command, Instance


def test_template_is_filled_in(tmp_path: Path) -> None:
    """Words and environment have their values, each instance has a port and number of its own."""
    command = Command.parse("URL={redis_url} serve 'a b' --port {port} --name=n{instance} {other} x={port}")
    first, second = (Instance(number, command, {"redis_url": "redis://h"}, tmp_path) for number in (1, 2))
    words = list(first.process.words)
    assert words == ["serve", "a b", "--port", str(first.port), "--name=n1", "{other}", f"x={first.port}"]
    assert first.process.environment == {"URL": "redis://h"}
    assert first.url == f"http://127.0.0.1:{first.port}"
    assert first.url != second.url
    assert command.asks_for("redis_url")
    assert command.asks_for("instance")
    assert not command.asks_for("database_url")


def test_port_for_calls_is_given_to_who_asks(tmp_path: Path) -> None:
    """A command with {grpc_port} gets a port of its own for each instance; one without has none."""
    command = Command.parse("serve {port} {grpc_port}")
    first, second = (Instance(number, command, {}, tmp_path) for number in (1, 2))
    assert first.call_address == f"127.0.0.1:{list(first.process.words)[2]}"
    assert len({first.call_address, second.call_address, f"127.0.0.1:{first.port}"}) == 3
    assert Instance(1, Command.parse("serve {port}"), {}, tmp_path).call_address is None


async def test_clock_is_set_by_starting_again(tmp_path: Path) -> None:
    """The offset is told with its sign, zero at first; another one takes a new process, the same one does not."""
    command = Command.parse(f"OFFSET={{clock_offset}} {sys.executable} -c 'import time; time.sleep(60)' {{port}}")
    instance = Instance(1, command, {}, tmp_path)
    try:
        await instance.start()
        first = instance.process.group
        assert instance.process.environment == {"OFFSET": "+0"}
        await instance.set_clock(-300)
        second = instance.process.group
        assert instance.process.environment == {"OFFSET": "-300"}
        await instance.set_clock(-300)
        assert instance.process.group == second != first
        assert instance.process.alive
        await instance.set_clock(0)
        assert instance.process.environment == {"OFFSET": "+0"}
    finally:
        await instance.process.kill()


@pytest.mark.parametrize(
    ("template", "told"),
    [
        ("serve --port 4001", "port"),
        ("serve {port} 'open", "cannot be read"),
        ("PORT={port}", "names no command"),
    ],
)
def test_bad_templates_are_usage_errors(template: str, told: str) -> None:
    """A command without {port}, one whose quotes do not close, and no command at all are refused."""
    with pytest.raises(UsageError, match=told):
        Command.parse(template)


async def test_server_that_ends_at_once_shows_its_log(tmp_path: Path) -> None:
    """The harness does not wait for a process that is gone, and says what it printed and how it ended."""
    with pytest.raises(Unreachable, match=r"(?s)exit code 7.*the port is taken"):
        await _ready("print('the port is taken', {port}); raise SystemExit(7)", Timing(), tmp_path)


async def test_server_that_never_answers_shows_its_log(tmp_path: Path) -> None:
    """The wait has an end, even while the process lives."""
    program = "print('starting', {port}, flush=True); import time; time.sleep(60)"
    with pytest.raises(Unreachable, match="did not answer within"):
        await _ready(program, Timing(0.02), tmp_path)


async def _ready(program: str, timing: Timing, folder: Path) -> None:
    instance = Instance(1, Command((), (sys.executable, "-c", program)), {}, folder)
    await instance.start()
    try:
        await instance.ready(contract(), timing)
    finally:
        await instance.process.kill()
