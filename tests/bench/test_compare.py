"""The comparison from end to end: our server beside a peer, from the command line to the report."""

import json
import signal
import subprocess
import sys
from collections.abc import Collection, Mapping
from pathlib import Path

import compare
import psutil
import pytest
from versus.figures import Report, write
from versus.race import Outcome
from versus.workloads import QUICK, STANDARD, WORKLOADS


def _hear_ctrl_c() -> None:
    """Have a process end at SIGINT, which one does not that was started in the background, with all that it starts."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def test_our_server_is_measured_beside_a_peer_until_ctrl_c(tmp_path: Path) -> None:
    """What is done has a figure of both in each round, as text, as JSON and as a picture; no process is left behind."""
    report, picture = tmp_path / "report.json", tmp_path / "ratios.svg"
    command = [
        # The second workload takes seconds in any case, and has no other contestant.
        *(sys.executable, compare.__file__, "--only", "ack-1", "connect"),
        *("--against", "interpreted", "limit"),
        *("--rounds", "3", "--seconds", "0.05", "--json", report, "--plot", picture),
    ]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=_hear_ctrl_c
    ) as process:
        try:
            assert process.stdout is not None
            told: list[str] = []
            # An empty line ends what is told of a workload.
            while not (told and told[-1].isspace() and any(line.startswith("ack-1:") for line in told)):
                told.append(process.stdout.readline())
                assert told[-1], (told, process.communicate())
            children = psutil.Process(process.pid).children(recursive=True)
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=120)
        finally:
            process.kill()
    assert (process.returncode, errors) == (130, "")
    assert any("palaver is 0." in line for line in told)
    workloads = json.loads(report.read_text())["workloads"]
    rounds = workloads["ack-1"]["rounds"]
    assert {name: len(each) for name, each in rounds.items()} == {"palaver": 3, "interpreted": 3, "limit": 3}
    assert all(each["rate"] > 0 for every in rounds.values() for each in every)
    assert "connect" not in workloads
    assert picture.read_text().startswith("<svg ")
    assert psutil.wait_procs(children, timeout=10)[1] == []


def test_what_a_file_has_of_other_workloads_stays(tmp_path: Path) -> None:
    """One workload can be measured anew; what another machine found is not mixed with it."""
    file = tmp_path / "report.json"
    assert compare.begun(None).workloads == compare.begun(file).workloads == {}
    known = Outcome({"palaver": [{"rate": 2.0}]}, {}, 0.6, 0.1)
    write(Report(compare.machine(), {"fan-100": known}), file)
    assert compare.begun(file).workloads == {"fan-100": known}
    write(Report({**compare.machine(), "processors": 0}, {"fan-100": known}), file)
    with pytest.raises(RuntimeError, match="of another machine or Python"):
        compare.begun(file)


@pytest.mark.parametrize(
    ("options", "prefix", "told"),
    [
        ("'--enable-shared' '--enable-optimizations'", "/usr", "built with --enable-optimizations"),
        ("'--enable-shared'", "/usr", "as the distribution builds it"),
        ("'--enable-shared'", "elsewhere", "built without --enable-optimizations"),
    ],
)
def test_how_python_was_built_is_told_as_far_as_it_knows(options: str, prefix: str, told: str) -> None:
    """It is part of the machine, so that figures of another build are not mixed with ours."""
    assert compare.python_build(options, prefix) == told
    assert str(compare.machine()["python_build"]) in {
        compare.python_build("--enable-optimizations", ""),
        compare.python_build("", "/usr"),
        compare.python_build("", ""),
    }


def test_the_help_names_workloads_and_peers() -> None:
    """Nobody has to read the source for what `--only` and `--against` take."""
    told = compare.parser().format_help()
    for word in ("fan-100 ", "durable-postgresql-50 ", "node-batch ", "stock ", "exit code:", "example:"):
        assert word in told


def test_all_is_against_everybody_unless_it_is_said_whom() -> None:
    """So is what is named; without either the dearest workload is against some."""

    def selected(*options: str) -> Mapping[str, Collection[str]]:
        return compare.selected(compare.parser().parse_args(options))

    everybody = {name: workload.contestants for name, workload in WORKLOADS.items()}
    assert selected("--all") == everybody
    assert selected("--only", "connect") == {"connect": everybody["connect"]}
    assert selected("--all", "--against", "nest") == dict.fromkeys(WORKLOADS, ("nest",))
    assert selected("--against", "limit") == dict.fromkeys(STANDARD, ("limit",))
    assert selected() == STANDARD
    assert selected("--quick") == QUICK
