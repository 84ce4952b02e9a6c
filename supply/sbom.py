"""A software bill of materials of what the image has installed: CycloneDX, as JSON, the same bytes each time.

    python supply/sbom.py [--output dist/sbom.cdx.json] [--python PYTHON]

By default the wheel is built and installed with what deploy/requirements pins into a temporary environment, as
deploy/Dockerfile does. With --python the environment of that interpreter is described, as in a running image.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from licences import SAID, vendored

ROOT = Path(__file__).parents[1]
_VERSION = "import importlib.metadata as m; print(m.version('palaver'))"


def tool(name: str) -> str:
    """Return a program of the environment that this runs in."""
    return str(Path(sys.executable).with_name(name))


def run(*command: str | Path, **variables: str) -> str:
    """Run a program and return what it printed; raises CalledProcessError, its complaints left on standard error."""
    environment = {**os.environ, "UV_PYTHON_DOWNLOADS": "never", **variables}
    environment.pop("VIRTUAL_ENV", None)
    return subprocess.run(command, check=True, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True).stdout  # noqa: S603


def installed(folder: Path) -> Path:
    """Make an environment with what the image has; return its interpreter."""
    uv, python = tool("uv"), folder / "environment" / "bin" / "python"
    run(uv, "venv", "--quiet", "--python", sys.executable, folder / "environment")
    pinned = ROOT / "deploy" / "requirements" / "server.txt"
    run(uv, "pip", "install", "--quiet", "--python", python, "--require-hashes", "--requirement", pinned)
    run(tool("hatchling"), "build", "--target", "wheel", "--directory", folder / "dist")
    (wheel,) = (folder / "dist").glob("*.whl")
    run(uv, "pip", "install", "--quiet", "--python", python, "--no-deps", wheel)
    return python


def described(python: Path) -> str:
    """Return the bill of an environment."""
    # What it validates takes half a minute, and is not yet what is written; a test validates that.
    cyclonedx = [
        tool("cyclonedx-py"),
        "environment",
        "--output-reproducible",
        "--output-format",
        "JSON",
        "--no-validate",
    ]
    bill = json.loads(run(*cyclonedx, "--pyproject", ROOT / "pyproject.toml", python))
    version = run(python, "-c", _VERSION).strip()
    bill["metadata"]["component"] |= {"version": version, "purl": f"pkg:pypi/palaver@{version}"}
    for component in bill["components"]:
        if component["name"] in SAID and "licenses" not in component:
            component["licenses"] = [{"license": {"id": SAID[component["name"]]}}]
    bill["components"] += [carried(each) for each in vendored() if each["shipped"]]
    return json.dumps(bill, indent=2, sort_keys=True) + "\n"


def carried(asset: dict[str, Any]) -> dict[str, Any]:
    """Return the component of what the wheel itself carries and others made."""
    return {
        "type": "library",
        "bom-ref": asset["purl"],
        "name": asset["name"],
        "version": asset["version"],
        "purl": asset["purl"],
        "licenses": [{"license": {"id": asset["licence"]}}],
        "properties": [{"name": "palaver:carried-in", "value": asset["folder"]}],
    }


def main() -> None:
    """Write the bill."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--output", type=Path, default=ROOT / "dist" / "sbom.cdx.json")
    parser.add_argument("--python", type=Path)
    arguments = parser.parse_args()
    if arguments.python:
        text = described(arguments.python)
    else:
        with tempfile.TemporaryDirectory() as folder:
            text = described(installed(Path(folder)))
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    arguments.output.write_text(text)
    sys.stdout.write(f"{arguments.output}: {len(json.loads(text)['components'])} components\n")


if __name__ == "__main__":
    main()
