"""examples/ci: a workflow of GitHub Actions that judges a server, run here step by step."""

import shutil
import subprocess
import sys
import textwrap
from collections.abc import Collection
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import yaml
from doubles.actions import Actions, Job, repository, shown
from doubles.tutorial import blocks

EXAMPLES = Path(__file__).parents[2] / "examples"
WORKFLOW = EXAMPLES / "ci" / "conformance.yml"
ZIZMOR = Path(sys.executable).with_name("zizmor")

# A version of an action that GitHub itself keeps is good enough for an example.
_POLICY = """
rules:
  unpinned-uses:
    config:
      policies:
        "actions/*": ref-pin
"""
# They take as long as all else, and do nothing here: once is enough.
INSTALLING = ("Install palaver", "Install what the server needs")
REPORTS = ["badge.svg", "junit.xml", "report.html", "report.json"]


def complaints(workflow: str, folder: Path) -> str:
    """Return what is wrong with a workflow, by the schema and in respect of safety."""
    path, policy = folder / "workflow.yml", folder / "policy.yml"
    path.write_text(workflow)
    policy.write_text(_POLICY)
    command = [ZIZMOR, "--offline", "--quiet", "--config", policy, path]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stdout + done.stderr


@pytest.fixture
def campfire(tmp_path: Path) -> Path:
    """The repository of a team that has taken the workflow: the server of examples/overlay."""
    folder = tmp_path / "campfire"
    shutil.copytree(EXAMPLES / "overlay", folder, ignore=shutil.ignore_patterns("__pycache__"))
    subject = (folder / "subject.yaml").read_text()
    # The machine that tests this is a slow one.
    (folder / "palaver-subject.yaml").write_text(f"{subject}time_factor: 4\n")
    (folder / "subject.yaml").unlink()
    (folder / ".github" / "workflows").mkdir(parents=True)
    shutil.copy(WORKFLOW, folder / ".github" / "workflows")
    return folder


def pushed(folder: Path, without: Collection[str] = INSTALLING) -> tuple[Actions, Job, Job]:
    """Push the repository; return what comes of both jobs, some steps left out."""
    origin = folder.parent / "origin.git"
    repository(folder, origin)
    actions = Actions.read(folder / ".github" / "workflows" / "conformance.yml", origin, folder.parent / "runner")
    return actions, actions.run("judge", without), actions.run("badge")


def test_workflow_is_one(tmp_path: Path) -> None:
    """It keeps the schema of workflows, and is safe: no token lies about, no job may do more than it has to."""
    assert complaints(WORKFLOW.read_text(), tmp_path) == ""


def test_secret_of_the_readme_fits(tmp_path: Path) -> None:
    """What its page has for a step with a secret is taken where the page says that it goes."""
    (block,) = blocks((WORKFLOW.parent / "README.md").read_text())
    step = "      - name: Judge\n"
    workflow = WORKFLOW.read_text()
    assert (block.kind, workflow.count(step)) == ("yaml", 1)
    with_secret = workflow.replace(step, step + textwrap.indent(block.text, 8 * " "))
    assert complaints(with_secret, tmp_path) == ""
    (judge,) = [each for each in yaml.safe_load(with_secret)["jobs"]["judge"]["steps"] if each["name"] == "Judge"]
    assert judge["env"] == {"CHAT_JWT_SECRET": "${{ secrets.CHAT_JWT_SECRET }}"}


@pytest.mark.parametrize(
    ("find", "put", "told"),
    [
        ("    steps:", "    stepss:", "does not match expected validation schema"),
        ("persist-credentials: false", "fetch-depth: 1", "artipacked"),
        ('"$REPORT"', '"${{ github.head_ref }}"', "template-injection"),
    ],
)
def test_check_can_fail(find: str, put: str, told: str, tmp_path: Path) -> None:
    """A key that does not exist is found, and so is what is not safe."""
    workflow = WORKFLOW.read_text()
    assert find in workflow
    assert told in complaints(workflow.replace(find, put), tmp_path)


def test_server_that_conforms(campfire: Path) -> None:
    """All steps succeed; summary and reports are there, and the badge is pushed to a branch of its own."""
    actions, judge, badge = pushed(campfire, without=())
    assert judge.success, judge
    assert "does not provide the extra" not in judge.steps["Install palaver"].output
    assert "conformant: Campfire" in judge.steps["Judge"].output
    assert judge.steps["Judge"].summary.startswith("## Conformance of Campfire, chat: conformant\n")
    reports = actions.artifacts / "conform-report"
    assert sorted(path.name for path in reports.iterdir()) == REPORTS
    assert ET.parse(reports / "junit.xml").getroot().attrib["failures"] == "0"
    assert badge.success, badge
    svg = (reports / "badge.svg").read_text()
    assert " pass</title>" in svg
    assert shown(actions.origin, "badges:conformance.svg") == svg.strip()
    assert shown(actions.origin, "badges").count("diff --git") == 1


def test_server_that_does_not(campfire: Path) -> None:
    """The job fails, and the report of all servers the more is kept; the badge says so."""
    server = campfire / "server.py"
    refuses = 'if said["soul"] != soul:'
    assert refuses in server.read_text()
    server.write_text(server.read_text().replace(refuses, "if False:"))
    actions, judge, badge = pushed(campfire)
    assert judge.steps["Judge"].code == 1
    assert "<code>messages.edit.by-other</code>" in judge.steps["Judge"].summary
    cases = ET.parse(actions.artifacts / "conform-report" / "junit.xml").getroot()
    assert "messages.edit.by-other" in [case.attrib["name"] for case in cases if case.find("failure") is not None]
    assert badge.success, badge
    assert " fail</title>" in shown(actions.origin, "badges:conformance.svg")


def test_server_that_does_not_start(campfire: Path) -> None:
    """The job fails and says why; there is no report to be kept, and the badge stays as it is."""
    (campfire / "server.py").write_text("raise SystemExit('the pot is cold')")
    actions, judge, badge = pushed(campfire)
    assert judge.steps["Judge"].code == 3
    assert "the pot is cold" in judge.steps["Judge"].output
    assert judge.steps["Keep the report"].code == 0
    assert badge.success, badge
    assert "the badge stays as it is" in badge.steps["Push it to the branch badges"].output
    with pytest.raises(subprocess.CalledProcessError):
        shown(actions.origin, "badges:conformance.svg")
