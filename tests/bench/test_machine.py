"""Whose turn it is on the processor, as Linux has it."""

import os
from pathlib import Path

import machine
import pytest
from machine import going_first


@pytest.mark.parametrize(
    "group",
    [
        pytest.param("/proc/self/coredump_filter", id="a session of the group of all"),
        pytest.param("/proc/self/nothing", id="no groups of sessions"),
    ],
)
def test_a_session_without_a_group_goes_first_by_its_priority(monkeypatch: pytest.MonkeyPatch, group: str) -> None:
    """Linux takes no priority for the group of all: Invalid argument, which this file says of any that is below 0."""
    monkeypatch.setattr(machine, "_GROUP", Path(group))
    usual = os.getpriority(os.PRIO_PROCESS, 0)
    with going_first():
        assert os.getpriority(os.PRIO_PROCESS, 0) == (-20 if _may_go_first() else usual)
    assert os.getpriority(os.PRIO_PROCESS, 0) == usual


def _may_go_first() -> bool:
    usual = os.getpriority(os.PRIO_PROCESS, 0)
    try:
        os.setpriority(os.PRIO_PROCESS, 0, -20)
    except PermissionError:
        return False
    os.setpriority(os.PRIO_PROCESS, 0, usual)
    return True
