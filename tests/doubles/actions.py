"""GitHub Actions as far as a shell can play it: the steps of a workflow, run one after the other on this machine.

What a runner gives to a step is there: its shell, its variables, its files. The few actions that a workflow `uses` are
played: a checkout is a clone, artifacts are folders. Anything that is not known here is an error, never left out.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

TIMEOUT = 300
_REPOSITORY = "campfire/chat"
_EXPRESSION = re.compile(r"\$\{\{ *(.*?) *\}\}")
_SHELLS = {"bash": ["bash", "--noprofile", "--norc", "-eo", "pipefail"]}


@dataclass
class Step:
    """What came of one step: its exit code, None where it was left out, and what it printed."""

    name: str
    code: int | None
    output: str = ""
    summary: str = ""


@dataclass
class Job:
    """What came of one job."""

    steps: dict[str, Step] = field(default_factory=dict)

    @property
    def success(self) -> bool:
        """Whether no step failed."""
        return all(not step.code for step in self.steps.values())


@dataclass
class Actions:
    """Runs jobs of a workflow for a push of the main branch of `origin`, in folders below `place`."""

    workflow: Mapping[str, Any]
    origin: Path
    place: Path
    artifacts: Path = field(init=False)

    def __post_init__(self) -> None:
        self.artifacts = self.place / "artifacts"

    @classmethod
    def read(cls, path: Path, origin: Path, place: Path) -> "Actions":
        """Read the workflow, in which `on` is a word and no truth value."""
        return cls(yaml.load(path.read_text(), yaml.BaseLoader), origin, place)

    def run(self, name: str, without: Collection[str] = ()) -> Job:
        """Run the steps of a job in a workspace of its own, which is named for the repository; leave some out."""
        job, done = self.workflow["jobs"][name], Job()
        workspace = self.place / name / _REPOSITORY.rpartition("/")[2]
        workspace.mkdir(parents=True)
        for number, step in enumerate(job["steps"]):
            asked = self._filled(step["if"]) if "if" in step else "success()"
            if asked not in ("success()", "!cancelled()"):
                raise AssertionError(f"the condition {asked} is not known here")
            if step["name"] in without or (asked == "success()" and not done.success):
                done.steps[step["name"]] = Step(step["name"], None)
            elif "run" in step:
                done.steps[step["name"]] = self._shell(step, workspace, self.place / name / str(number))
            else:
                code = self._use(step, workspace)
                done.steps[step["name"]] = Step(step["name"], 0 if step.get("continue-on-error") == "true" else code)
        return done

    def _shell(self, step: Mapping[str, Any], workspace: Path, folder: Path) -> Step:
        """Run the script of a step, which must not have expressions: what they stand for would be code."""
        assert not _EXPRESSION.search(step["run"]), step
        folder.mkdir()
        script, summary = folder / "script.sh", folder / "summary"
        script.write_text(step["run"])
        files = {name: folder / name.lower() for name in ("GITHUB_ENV", "GITHUB_OUTPUT", "GITHUB_PATH")}
        for path in (*files.values(), summary):
            path.touch()
        done = subprocess.run(
            [*_SHELLS[self.workflow["defaults"]["run"]["shell"]], script],
            cwd=workspace,
            env={
                **self._environment(workspace),
                **{name: str(path) for name, path in files.items()},
                "GITHUB_STEP_SUMMARY": str(summary),
                **self.workflow.get("env", {}),
                **step.get("env", {}),
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=TIMEOUT,
            check=False,
        )
        for path in files.values():
            assert not path.read_text(), f"what a step says to later ones by {path.name} is not known here"
        return Step(step["name"], done.returncode, done.stdout, summary.read_text())

    def _environment(self, workspace: Path) -> dict[str, str]:
        """Return what a runner gives to every step, and for pip that nothing is to be fetched."""
        return {
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_EVENT_NAME": "push",
            "GITHUB_REF": "refs/heads/main",
            "GITHUB_REF_NAME": "main",
            "GITHUB_REPOSITORY": _REPOSITORY,
            "GITHUB_SHA": _git("rev-parse", "main", folder=self.origin),
            "GITHUB_WORKSPACE": str(workspace),
            "HOME": str(self.place),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_NO_INDEX": "1",
            "RUNNER_OS": "Linux",
            "RUNNER_TEMP": str(self.place),
        }

    def _use(self, step: Mapping[str, Any], workspace: Path) -> int:
        action, version = step["uses"].split("@")
        assert version, step
        given = {name: self._filled(value) for name, value in step.get("with", {}).items()}
        match action:
            case "actions/checkout":
                _git("clone", "--quiet", "--branch", "main", str(self.origin), ".", folder=workspace)
            case "actions/setup-python":
                assert given["python-version"]
            case "actions/upload-artifact":
                source = workspace / given["path"]
                if source.exists():
                    shutil.copytree(source, self.artifacts / given["name"])
                return int(not source.exists() and given.get("if-no-files-found") == "error")
            case "actions/download-artifact":
                if not (self.artifacts / given["name"]).exists():
                    return 1
                shutil.copytree(self.artifacts / given["name"], workspace / given["path"])
            case _:
                raise AssertionError(f"the action {action} is not known here")
        return 0

    def _filled(self, text: str) -> str:
        """Return a value with variables of the workflow filled in, and other expressions as they are written."""

        def fill(match: re.Match[str]) -> str:
            scope, _, name = match[1].partition(".")
            return str(self.workflow["env"][name]) if scope == "env" else match[1]

        return _EXPRESSION.sub(fill, text)


def repository(folder: Path, origin: Path) -> None:
    """Commit what is in a folder, and push it to a new bare repository as its main branch."""
    _git("init", "--quiet", "--bare", "--initial-branch", "main", str(origin), folder=folder)
    _git("init", "--quiet", "--initial-branch", "main", folder=folder)
    _git("add", ".", folder=folder)
    _git("-c", "user.name=a", "-c", "user.email=a@b.test", "commit", "--quiet", "-m", "All of it", folder=folder)
    _git("push", "--quiet", str(origin), "main", folder=folder)


def _git(*arguments: str, folder: Path) -> str:
    done = subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def shown(origin: Path, name: str) -> str:
    """Return a file of a repository, by branch and path: `badges:conformance.svg`."""
    return _git("show", name, folder=origin)
