"""The command: its options, its report, and its exit code."""

import json

import pytest
from fuzz import run
from fuzz.engine import Fuzzer
from fuzz.target import Target
from fuzz.targets import TARGETS

SMOKE = {
    *("socketio.packet", "socketio.session", "engineio.payload", "websocket.message", "dialects.event"),
    *("grpc.call", "redis.parcel", "conformance.socketio"),
}


def test_a_small_run_of_every_parser(tmp_path, capsys):
    """Some inputs for most targets; nothing is found, and the report as JSON has all figures."""
    arguments = ["--count", "1500", "--sockets", "0", "--seed", "5", "--json", "--out", str(tmp_path)]
    code = run.main([*arguments, "--targets", *SMOKE])
    printed = capsys.readouterr()
    report = json.loads(printed.out)
    assert report["findings"] == []
    assert code == 0
    assert report["seed"] == 5
    assert {each["target"] for each in report["targets"]} == SMOKE
    assert sum(each["inputs"] for each in report["targets"]) >= 1500
    assert all(each["lines"]["reached"] > 0 for each in report["targets"])


def test_a_finding_is_told_and_fails_the_run(tmp_path, capsys, monkeypatch):
    """Exit code 1, the sign, and the command that shows it again."""

    def broken(data: bytes) -> str:
        raise ZeroDivisionError

    monkeypatch.setitem(TARGETS, "tokens", Target("tokens", broken, (), "tokens"))
    assert run.main(["--targets", "tokens", "--count", "5", "--sockets", "0", "--out", str(tmp_path)]) == 1
    printed = capsys.readouterr().out
    assert "crash in tokens: ZeroDivisionError" in printed
    (file,) = tmp_path.iterdir()
    assert f"--replay tokens {file}" in printed
    assert run.main(["--replay", "tokens", str(file), "--out", str(tmp_path)]) == 1


def test_one_input_again(tmp_path, capsys):
    """--replay runs an input as it is."""
    (tmp_path / "input").write_bytes(b"2[")
    assert run.main(["--replay", "socketio.packet", str(tmp_path / "input")]) == 0
    assert "0 crashes" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments", [["--targets", "nobody"], ["--count", "-1"], ["--replay", "nobody", "file"], ["--seconds", "soon"]]
)
def test_wrong_options_are_refused(arguments, capsys):
    """Exit code 2, and what there is to choose from."""
    with pytest.raises(SystemExit) as ended:
        run.main(arguments)
    assert ended.value.code == 2
    assert "usage: make fuzz" in capsys.readouterr().err


def test_targets_are_listed(capsys):
    """--list says what each takes."""
    assert run.main(["--list"]) == 0
    printed = capsys.readouterr().out
    assert all(name in printed for name in TARGETS)


def test_ctrl_c_reports_what_was_done(tmp_path, capsys, monkeypatch):
    """The report is of what was done until then, and the exit code 130."""

    def interrupted(self, count, until, progress=None):
        self.result.inputs = 3
        raise KeyboardInterrupt

    monkeypatch.setattr(Fuzzer, "run", interrupted)
    assert run.main(["--targets", "tokens", "--sockets", "0", "--out", str(tmp_path)]) == 130
    printed = capsys.readouterr()
    assert "interrupted" in printed.err
    assert "tokens" in printed.out


def test_the_inputs_are_divided_by_shares():
    """All of them are given out, at least one to each."""
    shares = run.shares(list(TARGETS.values()), 1_000_000)
    assert sum(shares.values()) == 1_000_000
    assert min(shares.values()) > 0
    assert min(run.shares(list(TARGETS.values()), 5).values()) == 1
