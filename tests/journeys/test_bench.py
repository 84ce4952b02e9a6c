"""The benchmarks run."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def test_group_commit_is_measured_on_both_databases(tmp_path: Path) -> None:
    """A short run says for each database how both ways did, as text and as JSON."""
    report = tmp_path / "report.json"
    done = subprocess.run(
        [
            *(sys.executable, ROOT / "bench" / "group_commit.py"),
            *("--senders", "5", "--seconds", "0.2", "--rounds", "2", "--json", report),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert [line.split()[:2] for line in done.stdout.splitlines()[1:]] == [
        [name, way] for name in ("sqlite", "postgresql") for way in ("alone", "grouped", "ratio")
    ]
    databases = json.loads(report.read_text())["databases"]
    assert list(databases) == ["sqlite", "postgresql"]
    for figures in databases.values():
        assert len(figures["ratio"]) == len(figures["alone"]) == len(figures["grouped"]) == 2
        assert all(each["rate"] > 0 and each["p99"] > 0 for way in ("alone", "grouped") for each in figures[way])


@pytest.mark.parametrize(
    ("command", "ways"), [("lint", ["whole"]), ("docs", ["whole"]), ("generate", ["cold", "warm", "touched"])]
)
def test_commands_on_documents_are_measured(tmp_path: Path, command: str, ways: list[str]) -> None:
    """A short run says what the dialects and made documents cost, in each of the ways there are."""
    report = tmp_path / "report.json"
    done = subprocess.run(
        [*(sys.executable, ROOT / "bench" / f"{command}.py"), *("--operations", "7", "--runs", "1", "--json", report)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    figures = json.loads(report.read_text())
    assert list(figures["operations"]) == ["7"]
    for found in (figures["here"], figures["operations"]["7"]):
        assert list(found) == ways
        assert all(figure > 0 for cost in found.values() for figure in cost.values())
        if "cold" in found:
            # By the processor's time, which does not depend on who else is at work.
            assert found["warm"]["processor"] < found["cold"]["processor"]


def test_idle_sockets_are_measured(tmp_path: Path) -> None:
    """A short run says what idle sockets cost in memory, processor, Redis and database, as text and as JSON."""
    report = tmp_path / "report.json"
    done = subprocess.run(
        [
            *(sys.executable, ROOT / "bench" / "idle.py"),
            *("--sockets", "20", "--conversations", "2", "--seconds", "4", "--json", report),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    title, *rows = done.stdout.splitlines()
    assert title.startswith("20 idle sockets, postgresql and Redis, 4.")
    assert title.endswith("conversations of each user: 2")
    assert [row.split()[0] for row in rows] == ["memory", "processor", "redis", "database"]
    figures = json.loads(report.read_text())
    assert (figures["sockets"], figures["conversations"]) == (20, 2)
    assert figures["resident_after"] > figures["resident_before"] > 0
    # What keeps the lease of an instance and hears of the others does not rest, and nor does the heartbeat.
    assert 0 < figures["redis_commands"] == sum(figures["redis_commands_by_name"].values())
    assert "info" not in figures["redis_commands_by_name"]
    assert figures["database_statements_per_heartbeat"] > 0


def test_a_flood_is_measured(tmp_path: Path) -> None:
    """A short flood says what bystanders noticed, what the flooder got and what the server held, as text and JSON."""
    report = tmp_path / "report.json"
    done = subprocess.run(
        [
            *(sys.executable, ROOT / "bench" / "flood.py"),
            *("--only", "messages", "--rounds", "1", "--seconds", "2", "--settling", "0.5", "--json", report),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[3].split()[0] == "messages"
    (found,) = json.loads(report.read_text())["floods"]
    # On a busy machine none may be accepted in time.
    (only,) = found["rounds"]
    assert sum(only["got"].values()) > 0
    assert only["before"]["messages"] > 0
    assert found["lost"] == 0
    assert 0 < only["before"]["p50"] <= only["before"]["p99"]
    assert found["ratio"] == found["ratios"][0] == only["during"]["p99"] / only["before"]["p99"]
    assert 0 < found["memory_before"]["share"] <= found["memory_before"]["resident"]
