"""The table of commands says what the rooms say."""

import gc

import pytest
import typer
from typer.testing import CliRunner

from palaver.rooms import PACKAGES, ROOMS, Room, is_ours, owner


def _commands(room: Room) -> dict[str, str]:
    """Return the name and the first help line of every command that the room really registers."""
    app = typer.Typer(rich_markup_mode=None)
    room.register(app)
    names = [str(info.name) for info in app.registered_groups]
    names += [info.name or info.callback.__name__.replace("_", "-") for info in app.registered_commands]
    app.callback()(lambda: None)
    found = {}
    for name in names:
        lines = CliRunner().invoke(app, [name, "--help"], env={"COLUMNS": "400"}).output.splitlines()
        found[name] = lines[2].strip()
    return found


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.module)
def test_table_equals_what_the_room_registers(room: Room) -> None:
    """Names, order and summaries in the table are those of the room's own commands."""
    assert list(_commands(room).items()) == list(room.commands.items())


def test_every_command_has_one_owner() -> None:
    """No two rooms bring a command of the same name, and an unknown name has no owner."""
    names = [name for room in ROOMS for name in room.commands]
    assert len(names) == len(set(names))
    assert [owner(name) for name in names] == [room for room in ROOMS for _ in room.commands]
    assert owner("no-such-command") is None


def test_packages_of_this_distribution_are_known() -> None:
    """A module of ours is told from a dependency also when their names begin alike."""
    assert all(is_ours(f"{package}.part") for package in PACKAGES)
    assert not is_ours("palaver_plugin")
    assert not is_ours("socketio")


@pytest.mark.parametrize("collects", [True, False])
def test_nothing_is_collected_while_a_room_is_imported(monkeypatch: pytest.MonkeyPatch, collects: bool) -> None:
    """Whether garbage is looked for is as it was before, also when a package is missing."""
    during = list[bool]()

    def imported(_name: str) -> None:
        during.append(gc.isenabled())
        raise ModuleNotFoundError

    monkeypatch.setattr("palaver.rooms.import_module", imported)
    before = gc.isenabled()
    (gc.enable if collects else gc.disable)()
    try:
        with pytest.raises(ModuleNotFoundError):
            ROOMS[0].register(typer.Typer())
        assert (during, gc.isenabled()) == ([False], collects)
    finally:
        (gc.enable if before else gc.disable)()


def test_missing_package_names_the_extra() -> None:
    """The line for a missing package can be pasted into a shell."""
    room = Room("nowhere", "server", {"serve": "Serve."})
    assert room.missing("serve", "socketio") == (
        "palaver serve needs the package socketio: pip install 'palaver[server]'"
    )
