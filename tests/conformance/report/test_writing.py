"""Where the reports go."""

import json
from pathlib import Path

import pytest
from samples import run

from palaver_conformance.errors import Unwritten, UsageError
from palaver_conformance.evidence.verdict import Verdict
from palaver_conformance.report.writing import STDOUT, Targets, put, write


def test_every_report_that_is_wanted_is_written(tmp_path: Path) -> None:
    """Each file has its own form, and nothing else is written."""
    named = {name: tmp_path / name for name in ("a.json", "a.xml", "a.html", "a.svg", "a.md")}
    targets = Targets(str(named["a.json"]), named["a.xml"], named["a.html"], named["a.svg"], named["a.md"])
    write(run(Verdict.PASS, Verdict.FAIL), targets)
    begins = {name: path.read_text()[:40] for name, path in named.items()}
    assert begins["a.json"].startswith("{")
    assert begins["a.xml"].startswith("<?xml")
    assert begins["a.html"].startswith("<!DOCTYPE html>")
    assert begins["a.svg"].startswith("<svg")
    assert begins["a.md"].startswith("## Conformance")
    write(run(Verdict.PASS), Targets())
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(named)


def test_json_may_go_to_where_the_command_writes(capsys: pytest.CaptureFixture[str]) -> None:
    """A dash stands for standard output."""
    write(run(Verdict.PASS), Targets(json=STDOUT))
    assert json.loads(capsys.readouterr().out)["conformant"]


def test_all_reports_go_into_one_folder(tmp_path: Path) -> None:
    """The folder is made, and a report that has a file of its own goes there."""
    folder, own = tmp_path / "deep" / "reports", tmp_path / "own.html"
    write(run(Verdict.PASS), Targets(html=own).all_in(folder))
    assert sorted(path.name for path in folder.iterdir()) == ["badge.svg", "junit.xml", "report.json", "summary.md"]
    assert own.exists()
    with pytest.raises(UsageError, match="cannot be written"):
        Targets().all_in(own)


@pytest.mark.parametrize("name", ["json", "junit", "html", "badge", "markdown"])
def test_missing_folder_is_found_before_the_run(tmp_path: Path, name: str) -> None:
    """A report that could not be written is wrong usage from the start."""
    with pytest.raises(UsageError, match="no folder"):
        Targets(**{name: tmp_path / "missing" / "file"})


def test_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """A folder in place of a file has an error of its own, which is not the caller's."""
    with pytest.raises(Unwritten, match="cannot be written"):
        put(tmp_path, "text")


def test_earlier_report_may_be_replaced_by_the_new_one(tmp_path: Path) -> None:
    """The same file can be compared with and written to: it is read before the run."""
    path = tmp_path / "run.json"
    write(run(Verdict.PASS), Targets(str(path)))
    targets = Targets(str(path), compare=path)
    write(targets.compared(run(Verdict.FAIL)), targets)
    read = json.loads(path.read_text())
    assert [each["id"] for each in read["comparison"]["newlyFailing"]] == ["area.subject.case0"]
    assert read["comparison"]["with"]["started"] == "2026-05-04T03:02:01+00:00"


def test_without_an_earlier_report_nothing_is_compared() -> None:
    """The run stays as it is."""
    whole = run(Verdict.PASS)
    assert Targets().compared(whole) is whole
