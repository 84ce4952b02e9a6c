"""What every test may use: real servers, started when a test first asks for one."""

import gc
import logging
import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = [
    "pytester",
    "servers.all_dialects",
    "servers.foreign",
    "servers.image",
    "servers.postgres",
    "servers.redis",
]

# How fast the machine is, and what else it does meanwhile, is nothing that a test is about.
settings.register_profile("palaver", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("palaver")

LONGEST_FIRST = (
    "tests/journeys/test_conformance.py",
    "tests/supply/test_compiled.py",
    "tests/mutants/test_mutants.py",
    "tests/mutants/test_foreign.py",
    "tests/foreign/test_nestjs_example.py",
    "tests/conformance/pytest_plugin/test_session.py",
    "tests/journeys/test_soak.py",
    "tests/journeys/test_new_project.py",
    "tests/journeys/test_contract_change.py",
    "tests/conformance/scenarios/test_clocks.py",
)
"""The modules that take longest. Workers take modules in this order, and one that came last would be waited for."""


STOP_TIMEOUT = 60
"""Seconds that a worker has after Ctrl-C for stopping what it started."""


def pytest_configure(config: pytest.Config) -> None:
    """Let workers end by themselves: what one has started would outlive it if it were killed."""
    if config.pluginmanager.has_plugin("dsession"):
        from xdist.workermanage import NodeManager

        NodeManager.EXIT_TIMEOUT = STOP_TIMEOUT


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Take one worker more than there are processors: a good part of the time is spent on waiting for servers."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Let workers begin with what takes longest; without workers the order is that of the folders."""
    if hasattr(config, "workerinput"):
        places = {config.rootpath / name: place for place, name in enumerate(LONGEST_FIRST)}
        items.sort(key=lambda item: places.get(item.path, len(places)))


def pytest_collection_finish() -> None:
    """Have the collector of garbage leave alone what is there by now: modules and thousands of tests stay.

    What comes is mostly gone by itself when its test is, and need not be looked at so often.
    """
    gc.freeze()
    gc.set_threshold(10_000)


@pytest.fixture(autouse=True)
def _loggers_as_before() -> Iterator[None]:
    """Have what a test or a command in it says of logging end with it: others look for lines of the same loggers."""
    before = {each: (each.level, each.propagate, each.disabled) for each in _loggers()}
    yield
    for logger in _loggers():
        # One that the test made is as any new one.
        level, logger.propagate, logger.disabled = before.get(logger, (logging.NOTSET, True, False))
        # To say what holds already has every logger forget what it knows, which adds up to more than most tests take.
        if logger.level != level:
            logger.setLevel(level)


def _loggers() -> Iterator[logging.Logger]:
    yield logging.getLogger()
    yield from [each for each in logging.Logger.manager.loggerDict.values() if isinstance(each, logging.Logger)]
