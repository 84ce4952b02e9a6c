"""A project is written whole, or not at all."""

from pathlib import Path

import pytest

from palaver_codegen.documents import check
from palaver_codegen.generate import generate
from palaver_codegen.project import NotPossible, Project, check_name, make

MADE_BY = Path("that") / "of" / "them" / "palaver"
CHECKOUT = Path("where") / "its" / "sources" / "are"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project of a name in two words."""
    folder = tmp_path_factory.mktemp("somewhere") / "help_desk"
    files = make(Project("help_desk", 4321, "1.2.3", made_by=MADE_BY, checkout=CHECKOUT), folder)
    assert files == sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return folder


def test_its_documents_have_no_findings(made: Path) -> None:
    """Nothing is found in them, warnings included, and what is generated is what they say."""
    assert check(made / "spec" / "help_desk")[1] == []
    generation = generate(made / "spec", package="help_desk_wire")
    assert {path: (made / "generated" / path).read_text() for path in generation.files} == generation.files


def test_it_is_called_so_everywhere(made: Path) -> None:
    """Names and numbers are filled in, in the names of files too, and no trace of a template is left."""
    texts = {path: path.read_text() for path in made.rglob("*") if path.is_file()}
    assert not [path for path, text in texts.items() if "{{" in text or "NAME" in path.name or path.suffix == ".j2"]
    assert (made / "help_desk" / "events.py").is_file()
    assert "class HelpDeskEvents:" in texts[made / "help_desk" / "events.py"]
    assert 'name = "help-desk"' in texts[made / "pyproject.toml"]
    assert 'dependencies = ["palaver[all]>=1.2.3"]' in texts[made / "pyproject.toml"]
    assert "DEFAULT_PORT = 4321" in texts[made / "help_desk" / "__init__.py"]


def test_the_machine_stands_in_an_ignored_file_alone(made: Path) -> None:
    """Which palaver made it, and where that is from, is in local.mk, which git ignores."""
    for place in (MADE_BY, CHECKOUT):
        naming = [path.name for path in made.rglob("*") if path.is_file() and str(place) in path.read_text()]
        assert naming == ["local.mk"]
    assert "local.mk" in (made / ".gitignore").read_text().splitlines()


@pytest.mark.parametrize("name", ["", "Desk", "my-desk", "2desk", "class", "a b", "x" * 41, "spec", "../desk"])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    """A package and a dialect have to be called so."""
    with pytest.raises(NotPossible):
        check_name(name)


def test_what_is_there_stays(tmp_path: Path) -> None:
    """A folder in which there is something is left alone; an empty one is used."""
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(NotPossible, match="is not empty"):
        make(Project("desk", 4010, "1"), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]
