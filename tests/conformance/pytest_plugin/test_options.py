"""What pytest loads in every run."""

import re
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from palaver_conformance.pytest_plugin import options

GUIDE = Path(__file__).parents[3] / "docs" / "howto" / "judge-with-pytest.md"
OPTION = re.compile(r"--palaver-[a-z-]+")
# Of the plugins that happen to be installed it is to be this one alone that is found.
ALONE = tuple(
    part for each in entry_points(group="pytest11") if each.name != "palaver" for part in ("-p", f"no:{each.name}")
)
HEAVY = ("palaver_conformance.scenario", "palaver_codegen", "httpx", "grpc", "jsonschema_rs", "yaml", "websockets")


def test_options_are_documented(pytester: pytest.Pytester) -> None:
    """The guide has just the options that there are."""
    shown = pytester.runpytest_inprocess("--help", "--disable-plugin-autoload", plugins=[options]).stdout
    known = set(OPTION.findall(str(shown)))
    assert len(known) == 5
    assert set(OPTION.findall(GUIDE.read_text())) == known


def test_entry_point() -> None:
    """Where Palaver is installed, pytest finds the options."""
    (entry,) = entry_points(group="pytest11", name="palaver")
    assert entry.load() is options


def test_nothing_is_loaded_for_nothing(pytester: pytest.Pytester) -> None:
    """Without a subject file a run has the options, and none of the packages behind them."""
    pytester.makepyfile(
        f"""
        import sys

        def test_loaded(request):
            assert request.config.getoption("--palaver-subject") is None
            assert request.config.pluginmanager.has_plugin("palaver")
            assert [name for name in {HEAVY!r} if name in sys.modules] == []
        """
    )
    result = pytester.runpytest_subprocess(*ALONE)
    result.assert_outcomes(passed=1)


def test_missing_package_is_told(pytester: pytest.Pytester) -> None:
    """Whoever has installed less is told what to install."""
    pytester.makepyfile(lacking="import sys\nsys.modules['jsonschema_rs'] = None")
    result = pytester.runpytest_subprocess(*ALONE, "-p", "lacking", "--palaver-subject", "subject.yaml")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    told = "ERROR: --palaver-subject needs the package jsonschema_rs: pip install 'palaver[[]conformance]'"
    result.stderr.fnmatch_lines([told])


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--palaver-seed", "1"], "*--palaver-seed is about a server: say which one with --palaver-subject FILE"),
        (["--palaver-report", "x"], "*--palaver-report is about a server*"),
        (["--palaver-time-factor", "0.01"], "*--palaver-time-factor: 0.01 is less than 0.1"),
        (["--palaver-time-factor", "nan"], "*--palaver-time-factor: nan is less than 0.1"),
        (["--palaver-time-factor", "slow"], "*--palaver-time-factor: 'slow' is no number"),
        (["--palaver-seed", "-1"], "*--palaver-seed: -1 is less than 0"),
        (["--palaver-examples", "0"], "*--palaver-examples: 0 is less than 1"),
        (["--palaver-seed", "1.5"], "*--palaver-seed: '1.5' is no whole number"),
    ],
)
def test_wrong_usage(pytester: pytest.Pytester, arguments: list[str], told: str) -> None:
    """A wrong option is told with what is wrong about it."""
    result = pytester.runpytest_inprocess("--disable-plugin-autoload", *arguments, plugins=[options])
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([told])
