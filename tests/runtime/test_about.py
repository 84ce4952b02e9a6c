"""Whom the running code is about."""

import asyncio

import pytest

from palaver_runtime.about import about, note, request_id


async def test_what_is_noted_holds_for_the_task_and_its_own():
    """A task and those that it begins have what it noted; its neighbours and whoever began it have not."""
    inner: list[dict[str, str]] = []

    async def begun() -> None:
        inner.append(dict(about()))

    async def work(name: str) -> dict[str, str]:
        note(request=name)
        note(user="ann")
        await asyncio.create_task(begun())
        return dict(about())

    assert await asyncio.gather(work("one"), work("two")) == [
        {"request": "one", "user": "ann"},
        {"request": "two", "user": "ann"},
    ]
    assert sorted(each["request"] for each in inner) == ["one", "two"]
    assert about() == {}


@pytest.mark.parametrize("offered", ["a1", "0f-3.x_y:z", "x" * 128])
def test_name_that_can_be_one_is_taken(offered: str):
    """What a trusted proxy calls a request it is called here too."""
    assert request_id(offered) == offered


@pytest.mark.parametrize("offered", [None, "", "a b", 'a"', "a\n", "é", "x" * 129])
def test_any_other_is_made_up(offered: str | None):
    """A name that could break a line of the log, or none, is replaced by a new one each time."""
    names = {request_id(offered), request_id(offered)}
    assert len(names) == 2
    assert offered not in names
