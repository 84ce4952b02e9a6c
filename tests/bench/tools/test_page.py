"""The page about the speed of the commands says what was measured, and nothing else."""

from pathlib import Path

from tools.page import page
from tools.tasks import TASKS
from versus.figures import Report, read
from versus.race import Outcome

ROOT = Path(__file__).parents[3]
RESULTS = ROOT / "bench" / "results" / "toolchain.json"


def test_the_page_is_what_was_measured() -> None:
    """It is that of the results that are committed: `make bench-toolchain-page`."""
    assert (ROOT / "docs" / "topics" / "toolchain-speed.md").read_text() == page(read(RESULTS))


def test_everything_was_measured_or_was_not_done_in_time() -> None:
    """Each task with the documents of a dialect and, where it can be done with them, with made ones; twice at least."""
    report = read(RESULTS)
    for name, task in TASKS.items():
        found = [each for each in report.workloads if each.startswith(f"{name}-")]
        assert f"{name}-gateway" in found
        assert len(found) >= (1 if task.documents else 2)
        for workload in found:
            outcome = report.workloads[workload]
            for contestant in task.contestants:
                late = outcome.failures.get(contestant, "").startswith("not done after")
                assert late or len(outcome.rounds[contestant]) >= 2, (workload, contestant)


def figures(seconds: float) -> dict[str, float]:
    """Return figures of a turn."""
    return {"clock": 2 * seconds, "processor": seconds, "memory": 100 * seconds}


def test_figures_ratios_and_who_was_too_slow_are_told() -> None:
    """Each contestant has its line, and where ours needs more is said before."""
    rounds = {"palaver": [figures(1.0)] * 3, "redocly": [figures(0.5), figures(0.8), figures(2.0)]}
    lint = Outcome({**rounds}, {"spectral": "not done after 60 s\nand more"}, 60, 0.5)
    text = page(Report({"python": "3.11", "python_build": "so", "node": "20", "processors": 2}, {"lint-75": lint}))
    assert "| palaver | 2 (2 to 2) |  | 1 (1 to 1) |  | 100 (100 to 100) |  |" in text
    assert "| redocly | 1.6 (1 to 4) | **1.25x** (0.50 to 2.00) |" in text
    assert "| spectral | not done after 60 s | | | | | |" in text
    assert "- `lint-75`, beside redocly: 1.25x on the clock, 1.25x of the processor, 1.25x memory at most\n" in text
    assert "and Node.js 20 on 2 processors, in 3 rounds" in text


def test_nothing_lost_is_said_too() -> None:
    """Where ours needs less everywhere."""
    lint = Outcome({"palaver": [figures(1.0)], "redocly": [figures(2.0)]}, {}, 60, 0.5)
    text = page(Report({"python": "3.11", "python_build": "so", "node": "20", "processors": 2}, {"lint-75": lint}))
    assert "## Where ours needs more\n\nNowhere.\n" in text
