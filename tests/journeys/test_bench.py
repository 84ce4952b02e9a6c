"""The benchmarks run."""

import json
import subprocess
import sys
from pathlib import Path

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


def test_lint_is_measured(tmp_path: Path) -> None:
    """A short run says what the dialects and made documents cost, which `palaver lint` has nothing against."""
    report = tmp_path / "report.json"
    done = subprocess.run(
        [*(sys.executable, ROOT / "bench" / "lint.py"), *("--operations", "7", "--runs", "1", "--json", report)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    figures = json.loads(report.read_text())
    assert list(figures["operations"]) == ["7"]
    assert all(figure > 0 for cost in (figures["dialects"], figures["operations"]["7"]) for figure in cost.values())


def test_idle_sockets_are_measured(tmp_path: Path) -> None:
    """A short run says what idle sockets cost in memory, processor, Redis and database, as text and as JSON."""
    report = tmp_path / "report.json"
    done = subprocess.run(
        [
            *(sys.executable, ROOT / "bench" / "idle.py"),
            *("--sockets", "20", "--seconds", "4", "--json", report),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    title, *rows = done.stdout.splitlines()
    assert title.startswith("20 idle sockets, postgresql and Redis, 4.")
    assert [row.split()[0] for row in rows] == ["memory", "processor", "redis", "database"]
    figures = json.loads(report.read_text())
    assert figures["sockets"] == 20
    assert figures["resident_after"] > figures["resident_before"] > 0
    # What keeps the lease of an instance and hears of the others does not rest, and nor does the heartbeat.
    assert 0 < figures["redis_commands"] == sum(figures["redis_commands_by_name"].values())
    assert "info" not in figures["redis_commands_by_name"]
    assert figures["database_statements_per_heartbeat"] > 0


def test_generation_is_measured(tmp_path: Path) -> None:
    """A run says what generating costs without a cache, with one, and after a change."""
    report = tmp_path / "report.json"
    done = subprocess.run(
        [sys.executable, ROOT / "bench" / "generate.py", "--sizes", "5", "--json", report],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(report.read_text())
    (kinds,) = found.values()
    assert list(found) == ["5 operations, 10 schemas"]
    assert list(kinds) == ["cold", "warm", "touched"]
    # By the processor's time, which does not depend on who else is at work.
    assert kinds["warm"]["cpu"] < kinds["cold"]["cpu"]
    assert all(each["seconds"] > 0 and each["peak_mb"] > 0 for each in kinds.values())
