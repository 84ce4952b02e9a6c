"""A crowd is so many connections in conversations of so many."""

from pathlib import Path

from versus.crowd import Crowd, imagined, write_people


def test_rooms_take_everybody() -> None:
    """The last one may be smaller."""
    assert [len(each) for each in Crowd(5, 2).rooms] == [2, 2, 1]
    assert Crowd(3, 3).rooms == [["user 0", "user 1", "user 2"]]


def test_each_connection_has_its_token_and_conversation(tmp_path: Path) -> None:
    """Those of one room have one conversation; a token is good for its own user only."""
    crowd = Crowd(3, 2)
    write_people(crowd, imagined(crowd), tmp_path / "people")
    lines = [line.split() for line in (tmp_path / "people").read_text().splitlines()]
    assert [line[1] for line in lines] == ["0" * 24, "0" * 24, "0" * 23 + "1"]
    assert len({line[0] for line in lines}) == 3


def test_rooms_that_are_apart_come_to_an_instance_each(tmp_path: Path) -> None:
    """Instances take the lines in turns: one of each room after the other."""
    crowd = Crowd(4, 2, apart=True)
    write_people(crowd, imagined(crowd), tmp_path / "people")
    found = [line.split()[1][-1] for line in (tmp_path / "people").read_text().splitlines()]
    assert found == ["0", "1", "0", "1"]
