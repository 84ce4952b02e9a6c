"""`palaver docs` says what it did, and what is wrong."""

import json
import sys
import webbrowser
from pathlib import Path

import pytest

from palaver import __main__ as front

SPEC = Path(__file__).parents[1] / "codegen" / "golden" / "spec"
FOREIGN = Path(__file__).parents[2] / "examples" / "overlay"


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    """Run the command, give its exit code and what it printed."""
    with pytest.raises(SystemExit) as ended:
        front.main(["docs", *map(str, arguments)])
    printed = capsys.readouterr()
    return int(str(ended.value.code or 0)), printed.out, printed.err


def test_it_says_what_it_wrote(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the site is, and how much of it is new; with --open it is shown. The second time all is as before."""
    shown: list[str] = []
    monkeypatch.setattr(webbrowser, "open", shown.append)
    code, out, err = run(capsys, "--spec", SPEC, "--out", tmp_path / "site", "--open")
    assert (code, err) == (0, "")
    assert out.startswith(f"{tmp_path / 'site' / 'index.html'}: ")
    assert shown == [(tmp_path / "site" / "index.html").as_uri()]
    assert "as before" in run(capsys, "--spec", SPEC, "--out", tmp_path / "site")[1]


def test_report_for_programs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """JSON and nothing else; where nothing was written, nothing."""
    code, out, _ = run(capsys, "--spec", SPEC, "--out", tmp_path / "site", "--json")
    told = json.loads(out)
    assert (code, told["index"], told["written"]) == (0, str(tmp_path / "site" / "index.html"), told["files"])
    assert run(capsys, "--spec", "nowhere", "--json")[:2] == (2, "")


def test_scenarios_of_the_judge_are_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The shipped scenarios stand with what they prove; those of a file stand instead if one is given."""
    run(capsys, "--spec", SPEC, "--out", tmp_path / "shipped")
    assert "Proven by" in (tmp_path / "shipped" / "toy" / "index.html").read_text()
    own = tmp_path / "own.json"
    own.write_text(json.dumps({"scenarios": [{"id": "ours.only", "title": "ours", "needs": ["message.send"]}]}))
    run(capsys, "--spec", SPEC, "--out", tmp_path / "own", "--scenarios", own)
    assert "ours.only" in (tmp_path / "own" / "toy" / "index.html").read_text()


def test_without_the_judge(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the judge's packages are not installed, the site has no scenarios, and how to get them is said."""
    real = __import__

    def missing(name: str, *arguments: object, **named: object) -> object:
        if name.startswith("palaver_conformance"):
            raise ModuleNotFoundError(name="httpx")
        return real(name, *arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr("builtins.__import__", missing)
    code, _, err = run(capsys, "--spec", SPEC, "--out", tmp_path / "site")
    assert (code, err) == (0, "no scenarios are shown: for them, pip install 'palaver[conformance]'\n")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["toi", "--spec", SPEC], 2, "did you mean 'toy'"),
        (["--spec", "nowhere"], 2, "there is no such folder"),
        (["--spec", SPEC, "--scenarios", "nowhere.json"], 2, "cannot be read: No such file"),
        (["--spec", SPEC, "--scenarios", __file__], 2, "`palaver conform --list --json FILE` writes them"),
        (["--spec", SPEC, "--since", "no-such-tag"], 2, "is neither a folder nor a revision"),
        (["--spec", FOREIGN, "--overlay", "more.yaml", "--since", "HEAD"], 2, "is not part of a revision"),
        (["--spec", FOREIGN, "--overlay", "nowhere.yaml"], 1, "there is no such overlay"),
        (["--spec", SPEC, "--out", Path(__file__).parent], 3, "is not a site that palaver docs made"),
        (["--spec", SPEC, "--out", Path(__file__) / "below"], 3, "cannot be written: Not a directory"),
    ],
)
def test_what_is_wrong_is_said(
    arguments: list[object], code: int, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each mistake has its exit code, and words that help; nothing is written."""
    out = [] if "--out" in arguments else ["--out", tmp_path / "site"]
    found, _, err = run(capsys, *arguments, *out)
    assert (found, said in err) == (code, True), err
    assert not (tmp_path / "site").exists()


def test_help_names_the_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    """--help says what the exit codes mean."""
    assert "Exit codes: 0 done; 1 problems in documents; 2 wrong usage" in run(capsys, "--help")[1]
    assert "palaver.docs" in sys.modules
