"""Whether a known vulnerability is in what constraints.txt pins: asks an advisory service, and says when it could not.

    python supply/audit.py [--json] [ARGUMENTS OF pip-audit]        as in: --vulnerability-service osv

Only this command asks: no test does. Exit codes: 0 all was asked about and nothing is known; 1 something is known;
3 not all could be asked about, and nothing is known of the rest.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

CONSTRAINTS = Path(__file__).parents[1] / "constraints.txt"
FOUND, NOT_ASKED = 1, 3


@dataclass(frozen=True)
class Vulnerability:
    """What is known of a pinned version; `fixed` are the versions in which it is mended, if any."""

    package: str
    version: str
    id: str
    fixed: list[str]
    aliases: list[str]


@dataclass(frozen=True)
class Outcome:
    """What was found. `asked` counts the packages that were looked up, `unasked` gives the reason for each other."""

    asked: int = 0
    vulnerabilities: list[Vulnerability] = field(default_factory=list)
    unasked: dict[str, str] = field(default_factory=dict)

    @property
    def code(self) -> int:
        """The exit code."""
        if self.vulnerabilities:
            return FOUND
        return 0 if self.asked and not self.unasked else NOT_ASKED


def audit(constraints: Path, arguments: Sequence[str] = ()) -> Outcome:
    """Run pip-audit over a file of pins."""
    command = [str(Path(sys.executable).with_name("pip-audit")), "--requirement", str(constraints)]
    # What is pinned is all there is: nothing is to be resolved, and no pip is to be called.
    command += ["--no-deps", "--disable-pip", "--format", "json", "--progress-spinner", "off", *arguments]
    done = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603
    try:
        report = json.loads(done.stdout)
    except ValueError:
        said = [line for line in done.stderr.splitlines() if line.strip() and not line.startswith("WARNING")]
        return Outcome(unasked={"all": said[-1] if said else f"pip-audit ended with {done.returncode}"})
    return read(report)


def read(report: dict[str, list[dict[str, object]]]) -> Outcome:
    """Read a JSON report of pip-audit, which takes what it could not look up for a success."""
    outcome = Outcome(asked=sum("skip_reason" not in each for each in report["dependencies"]))
    for each in report["dependencies"]:
        name = str(each["name"])
        if "skip_reason" in each:
            outcome.unasked[name] = str(each["skip_reason"])
            continue
        vulns = each["vulns"]
        assert isinstance(vulns, list)
        for known in vulns:
            found = Vulnerability(name, str(each["version"]), known["id"], known["fix_versions"], known["aliases"])
            outcome.vulnerabilities.append(found)
    return outcome


def lines(outcome: Outcome) -> Iterator[str]:
    """Give the outcome as text."""
    for each in outcome.vulnerabilities:
        remedy = f"mended in {', '.join(each.fixed)}" if each.fixed else "not mended yet"
        yield f"{each.package} {each.version}: {' '.join([each.id, *each.aliases])}, {remedy}"
    for name, reason in list(outcome.unasked.items())[:5]:
        yield f"not asked about {name}: {reason}"
    if len(outcome.unasked) > 5:
        yield f"not asked about {len(outcome.unasked) - 5} more"
    yield f"{outcome.asked} packages asked about, {len(outcome.vulnerabilities)} known vulnerabilities"
    if outcome.code == NOT_ASKED:
        yield "This says nothing about what was not asked about. Is the service reachable? Another one is asked with"
        yield '  make audit ARGS="--vulnerability-service osv"'


def main() -> int:
    """Ask, print, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--json", action="store_true", help="for programs: one object")
    parser.add_argument("--constraints", type=Path, default=CONSTRAINTS)
    known, others = parser.parse_known_args()
    outcome = audit(known.constraints, others)
    text = json.dumps(asdict(outcome), indent=2) if known.json else "\n".join(lines(outcome))
    sys.stdout.write(text + "\n")
    return outcome.code


if __name__ == "__main__":
    sys.exit(main())
