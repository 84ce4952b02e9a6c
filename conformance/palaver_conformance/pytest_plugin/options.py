"""What pytest loads wherever Palaver is installed: options, and nothing else until --palaver-subject is given."""

import argparse
from collections.abc import Callable
from pathlib import Path

import pytest

_SUBJECT = "--palaver-subject"
_OTHERS = ("--palaver-time-factor", "--palaver-seed", "--palaver-examples", "--palaver-report")
_LEAST = 0.1


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    time_factor, seed, examples, report = _OTHERS
    group = parser.getgroup("palaver", "conformance of a chat server (palaver)")
    group.addoption(
        _SUBJECT,
        metavar="FILE",
        type=Path,
        help="Judge the server that this file describes (palaver conform --init writes one): each scenario is an item,"
        " palaver::ID. palaver::GLOB among the arguments chooses some.",
    )
    group.addoption(time_factor, metavar="NUMBER", type=_factor, help="Multiply every wait of a scenario by this.")
    group.addoption(
        seed, metavar="NUMBER", type=_at_least(0), help="Repeat what is random as in the run that showed this number."
    )
    group.addoption(
        examples,
        metavar="NUMBER",
        type=_at_least(1),
        help="How many talks, and half as many requests, each random scenario tries.",
    )
    group.addoption(report, metavar="DIR", type=Path, help="Write the reports of palaver conform --report to DIR.")


def pytest_configure(config: pytest.Config) -> None:
    """Bring in the rest when there is a server to be judged."""
    if config.getoption(_SUBJECT) is None:
        for option in _OTHERS:
            if config.getoption(option) is not None:
                raise pytest.UsageError(f"{option} is about a server: say which one with {_SUBJECT} FILE")
        return
    try:
        from palaver_conformance.pytest_plugin.session import Conformance
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith("palaver"):
            raise
        remedy = "pip install 'palaver[conformance]'"
        raise pytest.UsageError(f"{_SUBJECT} needs the package {error.name}: {remedy}") from None
    config.pluginmanager.register(Conformance(config), "palaver-conformance")


def _factor(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no number") from None
    if not value >= _LEAST:
        raise argparse.ArgumentTypeError(f"{text} is less than {_LEAST}")
    return value


def _at_least(least: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is no whole number") from None
        if value < least:
            raise argparse.ArgumentTypeError(f"{text} is less than {least}")
        return value

    return number
