"""What contestants are given is the same for all of them, and what they run works with all of it."""

import json
from pathlib import Path

import pytest
from tools.contestants import OURS, Place
from tools.tasks import TASKS, prepared


@pytest.mark.parametrize(("documents", "dialect"), [("gateway", "gateway"), ("6", "large")])
def test_documents_are_there_in_files_and_in_one_piece(documents: str, dialect: str, tmp_path: Path) -> None:
    """One piece refers to nothing outside."""
    place = prepared(documents, tmp_path)
    (asyncapi,), (openapi,) = place.documents("asyncapi"), place.documents("openapi")
    assert asyncapi.parent == openapi.parent == place.spec / dialect
    (bundle,) = place.bundles.glob("*.json")
    assert bundle.stem == dialect
    assert json.loads(bundle.read_text())["paths"]
    assert '"$ref": "../' not in bundle.read_text()


def test_every_contestant_takes_every_document(tmp_path: Path) -> None:
    """Of each kind that it is for, and writes nowhere but into the folder of its turn."""
    spec, bundles, out = tmp_path / "spec", tmp_path / "bundles", tmp_path / "out"
    for folder in (spec / "one", spec / "two", bundles, out):
        folder.mkdir(parents=True)
    for each in ("one", "two"):
        for kind in ("asyncapi", "openapi"):
            (spec / each / f"{kind}.yaml").touch()
        (bundles / f"{each}.json").touch()
    place = Place(spec, bundles, out, "http://127.0.0.1:1", "a token")
    kinds = {"modelina": {"asyncapi"}, "html-template": {"asyncapi"}}
    for name in ("lint", "generate", "docs"):
        for contestant, each in TASKS[name].contestants.items():
            words = " ".join(str(word) for command in each.commands(place) for word in command.words)
            if contestant == OURS:
                assert str(spec) in words
            elif contestant == "openapi-python-client":
                assert all(f"{bundles}/{dialect}.json" in words for dialect in ("one", "two"))
            else:
                only = {"openapi"} if name == "docs" and contestant == "redocly" else {"asyncapi", "openapi"}
                for kind in kinds.get(contestant, only):
                    assert all(f"{spec}/{dialect}/{kind}.yaml" in words for dialect in ("one", "two")), contestant


def test_ours_and_schemathesis_draw_as_many_requests(tmp_path: Path) -> None:
    """Ours draws half as many requests as `--examples` says, and both judge the same server."""
    place = Place(tmp_path, tmp_path, tmp_path, "http://127.0.0.1:1", "a token")
    ours, theirs, _ = (next(each.commands(place)).words for each in TASKS["conform"].contestants.values())
    assert int(ours[ours.index("--examples") + 1]) == 2 * int(theirs[theirs.index("--max-examples") + 1])
    assert ours[ours.index("--url") + 1] == theirs[theirs.index("--url") + 1] == place.url
