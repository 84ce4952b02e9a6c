"""Servers are moved to the processor that is theirs."""

import os
import threading
from pathlib import Path

import pytest
from versus.cores import Cores, cores


def test_every_thread_of_a_server_is_moved() -> None:
    """Those that run already, too: a pool of threads would share the load client's processor."""
    before, over, known = os.sched_getaffinity(0), threading.Event(), threading.Barrier(2)
    found: list[set[int]] = []

    def work() -> None:
        known.wait(10)
        over.wait(10)
        found.append(os.sched_getaffinity(0))

    thread = threading.Thread(target=work)
    thread.start()
    known.wait(10)
    core = min(before)
    others = {each: os.sched_getaffinity(int(each.name)) for each in Path("/proc/self/task").iterdir()}
    try:
        Cores(server=core, rest=core).give_to_server(os.getpid())
        assert os.sched_getaffinity(0) == {core}
    finally:
        over.set()
        thread.join(10)
        for each, allowed in others.items():
            if each.exists():
                os.sched_setaffinity(int(each.name), allowed)
    assert found == [{core}]


def test_who_spans_processors_has_both() -> None:
    """Also after it was started by who has but the rest."""
    before = os.sched_getaffinity(0)
    try:
        both = Cores(server=min(before), rest=max(before))
        both.take_the_rest()
        both.give_all(os.getpid())
        assert os.sched_getaffinity(0) == {min(before), max(before)}
    finally:
        for each in Path("/proc/self/task").iterdir():
            os.sched_setaffinity(int(each.name), before)


@pytest.mark.parametrize("usable", [{3}, set[int]()])
def test_one_processor_is_not_enough(usable: set[int], monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that shares its processor with the load client would be measured with it."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: usable)
    with pytest.raises(RuntimeError, match="two processors at least"):
        cores()


def test_the_first_two_usable_ones_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever their numbers are: a container may have been given some."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {7, 5, 9})
    assert cores() == Cores(server=5, rest=7)
