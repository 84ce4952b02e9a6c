"""Ours and peers take turns with the same documents, and what came of it is told."""

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import toolchain
from tools.contestants import Command, Contestant, Place
from tools.tasks import TASKS, Task
from versus.figures import Report, read, write
from versus.race import Outcome


def contestant(name: str, program: str = "pass") -> Contestant:
    """Return one that notes its turn beside the folders of the turns, and runs a program."""

    def commands(place: Place) -> Iterator[Command]:
        with (place.bundles / "turns").open("a") as turns:
            turns.write(f"{name} {len(list(place.out.iterdir()))}\n")
        yield Command((sys.executable, "-S", "-c", f"open('made', 'w'); {program}"))

    return Contestant(name, "", "", commands)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Return a place for turns."""
    return Place(tmp_path, tmp_path, tmp_path)


def test_contestants_take_turns_and_a_warm_up_is_not_counted(place: Place) -> None:
    """Each turn begins in an empty folder; what parts come to together is told round by round."""
    parts = {name: contestant(name) for name in ("palaver", "one", "two")}
    outcome = toolchain.alternate(Task("Try", parts, parts=("one", "two")), place, 2, 60)
    assert (place.bundles / "turns").read_text().split("\n")[:-1] == ["palaver 0", "one 0", "two 0"] * 3
    assert {name: len(each) for name, each in outcome.rounds.items()} == dict.fromkeys([*parts, "together"], 2)
    one, two, both = (outcome.rounds[name][1] for name in ("one", "two", "together"))
    assert both["processor"] == one["processor"] + two["processor"]
    assert both["memory"] == max(one["memory"], two["memory"])
    assert outcome.failures == {}


def test_who_fails_is_told_and_not_asked_again(place: Place) -> None:
    """Also who is not done in time; others go on, and nothing is told of them together."""
    parts = {
        "palaver": contestant("palaver"),
        "slow": contestant("slow", "import time; time.sleep(600)"),
        "broken": contestant("broken", "raise SystemExit(3)"),
    }
    outcome = toolchain.alternate(Task("Try", parts, parts=("slow", "broken")), place, 2, 5)
    assert outcome.failures == {"slow": "not done after 5 s", "broken": "exit code 3: "}
    assert {name: len(each) for name, each in outcome.rounds.items()} == {"palaver": 2}
    turns = (place.bundles / "turns").read_text().split("\n")[:-1]
    assert turns == [f"{name} 0" for name in ("palaver", "slow", "broken", "palaver", "palaver")]


@pytest.fixture
def given(tmp_path: Path) -> Callable[..., argparse.Namespace]:
    """Return what reads a command line whose report is in a folder of the test."""
    return lambda *words: toolchain.parser().parse_args([*words, "--json", str(tmp_path / "report.json")])


def test_our_commands_are_measured_from_end_to_end(
    tmp_path: Path, given: Callable[..., argparse.Namespace], capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a peer, which would have to be installed: lint, generate, docs and conform, as text and as JSON."""
    alone = {
        name: Task(each.title, {"palaver": each.contestants["palaver"]}, each.figures, each.turn, (), each.documents)
        for name, each in TASKS.items()
    }
    assert toolchain.measure(given("--documents", "gateway", "--rounds", "1"), alone) == 0
    found = json.loads((tmp_path / "report.json").read_text())["workloads"]
    assert list(found) == ["lint-gateway", "generate-gateway", "docs-gateway", "conform-gateway"]
    for each in found.values():
        (figures,) = each["rounds"]["palaver"]
        assert all(figure > 0 for figure in figures.values())
    assert found["conform-gateway"]["rounds"]["palaver"][0]["requests"] > 100
    assert "generate-gateway: generate, the gateway dialect" in capsys.readouterr().out


def test_what_a_file_has_of_other_tasks_stays(tmp_path: Path) -> None:
    """One task can be measured anew; what another machine found is not mixed with it."""
    file = tmp_path / "report.json"
    known = Outcome({"palaver": [{"clock": 2.0}]}, {}, 60, 0.1)
    write(Report(toolchain.machine(), {"lint-75": known}), file, ["lint-75"])
    assert toolchain.begun(file).workloads == read(file).workloads == {"lint-75": known}
    write(Report({**toolchain.machine(), "processors": 0}, {"lint-75": known}), file, ["lint-75"])
    with pytest.raises(RuntimeError, match="of another machine"):
        toolchain.begun(file)


def test_the_help_names_tasks_and_peers() -> None:
    """Nobody has to read the source for what `--only` takes."""
    told = toolchain.parser().format_help()
    for word in ("lint ", "spectral", "modelina", "html-template", "schemathesis", "exit code:", "example:"):
        assert word in told


@pytest.mark.parametrize("wrong", ["social", "0", "-3"])
def test_documents_that_there_are_not_are_refused(wrong: str, capsys: pytest.CaptureFixture[str]) -> None:
    """By the command line, before anything is installed."""
    with pytest.raises(SystemExit):
        toolchain.parser().parse_args([f"--documents={wrong}"])
    assert "invalid documents value" in capsys.readouterr().err
