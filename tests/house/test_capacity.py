"""Every figure of the capacity guide was measured: it stands in bench/results."""

import json
import re
import statistics
from pathlib import Path
from typing import Any

import pytest
import yaml

from palaver_runtime.settings import Settings

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "topics" / "capacity.md").read_text()
KIB, MIB = 1024, 1024 * 1024


def results(name: str) -> dict[str, Any]:
    """Return what a bench has written."""
    found: dict[str, Any] = json.loads((ROOT / "bench" / "results" / f"{name}.json").read_text())
    return found


def test_connections_cost_what_was_measured() -> None:
    """Each row of the table, as the bench rounds it, for users in one conversation and in twenty."""
    few, many = results("idle"), results("idle_conversations")
    assert [(each["sockets"], each["conversations"]) for each in (few, many)] == [(1000, 1), (1000, 20)]
    for what, value in {
        "memory before any socket": lambda found: f"{found['resident_before'] / MIB:.1f} MiB",
        "memory for each socket": lambda found: f"{found['resident_per_socket'] / KIB:.1f} KiB",
        "processor for all 1,000": lambda found: f"{found['cpu_percent']:.1f} % of one core",
        "Redis for all 1,000": lambda found: f"{found['redis_commands']:.1f} commands/s",
        "database for all 1,000": lambda found: f"{found['database_statements']:.1f} statements/s",
    }.items():
        assert f"| {what} | {value(few)} | {value(many)} |" in GUIDE


@pytest.mark.parametrize(("database", "title"), [("sqlite", "SQLite"), ("postgresql", "PostgreSQL")])
def test_messages_cost_what_was_measured(database: str, title: str) -> None:
    """Both rows of a database: rates with their ratio, and how long a sender waits."""
    report = results("group_commit")
    figures = report["databases"][database]
    ratio = figures["ratio"]

    def median(way: str, unit: str) -> str:
        return f"{statistics.median(each[unit] for each in figures[way]):.1f}"

    spread = f"{statistics.median(ratio):.1f} ({min(ratio):.1f} to {max(ratio):.1f})"
    rates = [f"{median(way, 'rate')} messages/s" for way in ("alone", "grouped")]
    waits = [f"{median(way, unit)} ms" for unit in ("p50", "p99") for way in ("alone", "grouped")]
    assert f"| {title} | {' | '.join(rates)} | {spread} |" in GUIDE
    assert f"| {title} | {' | '.join(waits)} |" in GUIDE
    assert f"--senders {report['senders']} " in GUIDE


def test_a_pod_has_the_memory_for_its_sockets() -> None:
    """The limit of the manifests carries as many sockets as an instance lets in, as the guide says."""
    idle, most = results("idle"), Settings.model_fields["max_total_connections"].get_default()
    deployment = yaml.safe_load((ROOT / "deploy" / "kubernetes" / "deployment.yaml").read_text())
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    limit = int(container["resources"]["limits"]["memory"].removesuffix("Mi"))
    needed = round((idle["resident_before"] + most * idle["resident_per_socket"]) / MIB)
    text = re.sub(r"\s+", " ", GUIDE)
    assert f"{most:,} of them (`PALAVER_MAX_TOTAL_CONNECTIONS` of one instance by default) come to {needed} MiB" in text
    assert f"gives a pod {limit} MiB, which leaves {limit - needed} MiB" in text
    assert needed < limit
