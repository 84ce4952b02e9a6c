"""Where contracts come from."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from samples import bundle

from palaver_conformance.contract import sources
from palaver_conformance.errors import UsageError

SPEC = Path(__file__).parents[3] / "spec"


def test_shipped_specifications_are_known_by_name() -> None:
    """Every shipped bundle can be loaded by its name."""
    assert sources.known()
    for name in sources.known():
        assert sources.load(name).name == name


@pytest.mark.parametrize("name", sources.known())
def test_documents_and_bundle_say_the_same(name: str) -> None:
    """The folder with the documents gives the same operations, events and codes as the shipped bundle."""
    shipped, written = sources.load(name), sources.load(str(SPEC / name))
    assert {(each.means, each.name) for each in shipped.operations} == {
        (each.means, each.name) for each in written.operations
    }
    assert {each.name for each in shipped.events} == {each.name for each in written.events}
    assert shipped.codes == written.codes


def test_folder_with_a_bundle(tmp_path: Path) -> None:
    """A folder that holds a bundle is read as it is; one that holds something else by that name is refused."""
    (tmp_path / "bundle.json").write_text(json.dumps(bundle()))
    assert sources.load(str(tmp_path)).name == "toy"
    (tmp_path / "bundle.json").write_text("{")
    with pytest.raises(UsageError, match="no JSON"):
        sources.load(str(tmp_path))


def test_unknown_specification_lists_the_known_ones() -> None:
    """The refusal names what there is."""
    with pytest.raises(UsageError, match=sources.known()[0]):
        sources.load("no-such-specification")
    with pytest.raises(UsageError):
        sources.load("../etc")


def test_folder_without_documents(tmp_path: Path) -> None:
    """A folder with nothing in it is refused with the reason."""
    with pytest.raises(UsageError, match="cannot be used"):
        sources.load(str(tmp_path))


def test_overlays_belong_to_documents(tmp_path: Path) -> None:
    """An overlay gives meaning to documents in a folder; what is shipped or generated has its own."""
    events = "asyncapi: 3.0.0\ninfo: {title: x, version: 1.0.0}\noperations: {}\n"
    (tmp_path / "asyncapi.yaml").write_text(events)
    overlay = tmp_path / "meaning.yaml"
    overlay.write_text(
        "overlay: 1.0.0\ninfo: {title: x, version: 1.0.0}\n"
        "x-palaver-errors: {FORBIDDEN: {status: 403, retryable: false, description: No., raised: Often.}}\n"
        "actions: [{target: $.channels, update: {}}]\n"
    )
    with pytest.raises(UsageError, match=r"meaning\.yaml:4:20: .*\$\.channels hits nothing"):
        sources.load(str(tmp_path), [overlay])
    (tmp_path / "asyncapi.yaml").write_text(f"{events}channels: {{}}\n")
    assert sources.load(str(tmp_path), [overlay]).name == tmp_path.name
    with pytest.raises(UsageError, match="takes no overlays"):
        sources.load(sources.known()[0], [overlay])


def test_judge_imports_nothing_of_the_judged() -> None:
    """Loading a shipped contract and all scenarios imports neither the runtime nor generated code."""
    program = (
        "import sys\n"
        "import palaver_conformance.command\n"
        "from palaver_conformance.contract import sources\n"
        "sources.load(sources.known()[0])\n"
        "print([name for name in sys.modules if name.startswith(('palaver_runtime', 'palaver_wire'))])\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
