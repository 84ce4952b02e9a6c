"""The bill of materials lists what the image has installed, as CycloneDX, the same bytes each time."""

import json
import re
import subprocess
import sys
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from servers.image import ROOT, Image

from palaver import __version__

# What the schema refers to.
PARTS = ("spdx", "jsf-0.82", "cryptography-defs")
_PIN = re.compile(r"^([a-z0-9-]+)==([^\s;]+)", re.MULTILINE)


def bill(image: Image, output: Path) -> bytes:
    """Describe the environment of the image."""
    command = [sys.executable, ROOT / "supply" / "sbom.py", "--output", output]
    subprocess.run(
        [*command, "--python", image.root / "srv" / "palaver" / "bin" / "python"], check=True, capture_output=True
    )
    return output.read_bytes()


@pytest.fixture(scope="module")
def made(image: Image, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Return the bill as bytes."""
    return bill(image, tmp_path_factory.mktemp("bill") / "bill.json")


@pytest.fixture(scope="module")
def components(made: bytes) -> list[dict[str, Any]]:
    """Return what it lists."""
    found: list[dict[str, Any]] = json.loads(made)["components"]
    return found


def test_it_is_the_same_each_time(image: Image, made: bytes, tmp_path: Path) -> None:
    """No time, no number at random, and no path of this machine."""
    assert bill(image, tmp_path / "again.json") == made
    assert re.search(rb"file:|serialNumber|timestamp|/tmp", made) is None


def test_it_is_valid(made: bytes) -> None:
    """By the schemas of CycloneDX, which know a licence that does not exist."""
    folder = resources.files("cyclonedx.schema") / "_res"
    files = {name: folder / f"{name}.SNAPSHOT.schema.json" for name in ("bom-1.6", *PARTS)}
    schemas = {name: json.loads(file.read_text()) for name, file in files.items()}
    # They refer to each other by their files' names, which are not their own.
    base = "http://cyclonedx.org/schema"
    registry = jsonschema_rs.Registry([(f"{base}/{name}.SNAPSHOT.schema.json", each) for name, each in schemas.items()])
    valid = jsonschema_rs.validator_for(schemas["bom-1.6"], registry=registry)
    whole = json.loads(made)
    assert [each.message for each in valid.iter_errors(whole)] == []
    whole["components"][0]["licenses"] = [{"license": {"id": "No-Such-1.0"}}]
    assert not valid.is_valid(whole)


def test_it_lists_what_is_pinned(components: list[dict[str, Any]]) -> None:
    """Every package of the image in its version, and what the wheel carries of others; all with licence and address."""
    pins = {
        f"pkg:pypi/{name}@{version}"
        for name, version in _PIN.findall((ROOT / "deploy/requirements/server.txt").read_text())
    }
    carried = {each["purl"] for each in json.loads((ROOT / "supply/vendored.json").read_text()) if each["shipped"]}
    found = {each["purl"] for each in components}
    assert len(found) > 40
    assert found >= carried
    # async-timeout and the like are for some versions of Python alone.
    assert found - carried <= pins
    assert len(pins - found) <= 3
    assert [each["name"] for each in components if not each.get("licenses")] == []


def test_it_says_what_it_is_about(made: bytes) -> None:
    """Palaver in its version, and who needs whom."""
    whole = json.loads(made)
    assert whole["bomFormat"] == "CycloneDX"
    about = whole["metadata"]["component"]
    assert (about["name"], about["version"], about["purl"]) == (
        "palaver",
        __version__,
        f"pkg:pypi/palaver@{__version__}",
    )
    (needs,) = [each["dependsOn"] for each in whole["dependencies"] if each["ref"] == about["bom-ref"]]
    assert any(each.startswith("starlette==") for each in needs)
