"""asyncapi-python, a generator for another transport, reads our bundled AsyncAPI documents."""

import json
from importlib.resources import files
from pathlib import Path

import pytest
import yaml
from asyncapi_python_codegen.parser import extract_all_operations

from palaver_codegen.documents import known_dialects

ROOT = Path(__file__).parents[2]
DIALECTS = known_dialects(ROOT / "spec")


def bundled(dialect: str) -> dict:
    """Return the bundled AsyncAPI document of a dialect, as it is shipped."""
    bundle = json.loads((files(f"palaver_wire.{dialect}") / "bundle.json").read_text(encoding="utf-8"))
    document: dict = bundle["asyncapi"]
    return document


@pytest.mark.parametrize("dialect", DIALECTS)
def test_it_lists_the_same_operations(dialect: str, tmp_path: Path) -> None:
    """By key: who acts, on which channel, what it is about, and with which messages of the channel."""
    document = bundled(dialect)
    file = tmp_path / "asyncapi.yaml"
    file.write_text(yaml.safe_dump(document, sort_keys=False, allow_unicode=True), encoding="utf-8")
    # Its validation is that of AMQP, which has a binding on every channel.
    found = extract_all_operations(file, validate=False)
    ours = document["operations"]
    assert list(found) == list(ours)
    assert len(found) >= 8
    for key, operation in found.items():
        assert (operation.action, operation.summary) == (ours[key]["action"], ours[key].get("summary"))
        channel = document["channels"][ours[key]["channel"]["$ref"].rpartition("/")[2]]
        assert operation.channel.address == channel["address"]
        assert set(operation.channel.messages) == set(channel["messages"])
        assert (operation.reply is not None) == ("reply" in ours[key])


def test_it_can_fail(tmp_path: Path) -> None:
    """A reference that leads nowhere is refused, so that reading is more than loading YAML."""
    document = bundled(DIALECTS[0])
    next(iter(document["operations"].values()))["channel"] = {"$ref": "#/channels/nowhere"}
    file = tmp_path / "asyncapi.yaml"
    file.write_text(yaml.safe_dump(document), encoding="utf-8")
    with pytest.raises(RuntimeError, match="Failed to extract operation"):
        extract_all_operations(file, validate=False)
