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
