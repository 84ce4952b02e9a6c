"""examples/nestjs, by the tutorial that is made of it: three mistakes are found and mended, and the server conforms."""

import filecmp
import shutil
import sys
from pathlib import Path

import pytest
import yaml
from doubles.tutorial import Block, Reader, blocks, missing
from servers.node import install, run

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "nestjs"
PAGE = ROOT / "docs" / "tutorials" / "from-a-failing-run-to-conformance.md"
LEFT_OUT = shutil.ignore_patterns("node_modules", "dist")


@pytest.fixture(scope="module")
async def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the tutorial needs of a clone after `make setup`."""
    folder = tmp_path_factory.mktemp("clone")
    shutil.copytree(EXAMPLE, folder / "examples" / "nestjs", ignore=LEFT_OUT)
    shutil.copytree(ROOT / "examples" / "ci", folder / "examples" / "ci")
    (folder / ".venv").symlink_to(sys.prefix)
    await install(EXAMPLE)
    return folder


def as_run(clone: Path) -> Reader:
    """Return a reader whose machine is slow, and to whom chance brings the same each time."""

    def adapted(command: str, shown: str) -> str | None:
        if command == "npm ci --prefix chat":
            # The same packages, by the same lock file.
            (clone / "chat" / "node_modules").symlink_to(EXAMPLE / "node_modules")
            return None
        if " conform " not in command:
            return command
        # What conforms waits for nothing in vain.
        patience = " --time-factor 3" if "\nconformant: " in f"\n{shown}" else ""
        return f"{command} --seed 5{patience}"

    return Reader(clone, "chat", adapted, elsewhere=("yaml",))


def differences(one: Path, other: Path) -> list[str]:
    """Return the files that differ or are in one of the folders only."""
    compared = filecmp.dircmp(one, other)
    found = [*compared.left_only, *compared.right_only, *compared.diff_files, *compared.funny_files]
    return found + [name for each in compared.common_dirs for name in differences(one / each, other / each)]


async def test_tutorial(clone: Path) -> None:
    """Its commands print what it shows, its changes lead from the server with mistakes to the one without."""
    done = await as_run(clone).follow(PAGE.read_text())
    assert [code for command, code in done if " conform " in command] == [1, 0, 1, 0, 0]
    assert all(code == 0 for command, code in done if " conform " not in command), done
    assert differences(EXAMPLE / "src", clone / "chat" / "src") == []
    workflow = yaml.safe_load((clone / "chat" / ".github" / "workflows" / "conformance.yml").read_text())
    steps = {step["name"]: step.get("run", "") for step in workflow["jobs"]["judge"]["steps"]}
    assert steps["Install what the server needs"] == "npm ci && npm run build"
    # What is judged on every push is what was judged here.
    here = [command for command, _ in done if " conform " in command][-1].partition(" conform ")[2]
    assert f"conform {here.replace('chat/subject.yaml', 'palaver-subject.yaml')} --report" in steps["Judge"]
    assert filecmp.cmp(EXAMPLE / "subject.yaml", clone / "chat" / "palaver-subject.yaml", shallow=False)


def test_page_shows_the_subject_file() -> None:
    """What the page has of the subject file is the file, but for its comment."""
    (shown,) = blocks(PAGE.read_text(), "yaml")
    assert yaml.safe_load(shown.text) == yaml.safe_load((EXAMPLE / "subject.yaml").read_text())


def test_readme_has_the_commands_of_the_page() -> None:
    """What the example's own page tells to type was typed for the tutorial, in its folder."""
    (shown,) = blocks((EXAMPLE / "README.md").read_text(), "sh")
    typed = [command for block in blocks(PAGE.read_text(), "sh") for command in block.commands]
    assert {command.replace("examples/nestjs", "chat") for command in shown.commands} <= set(typed)


def test_example_has_no_code_of_ours() -> None:
    """The server is one that a team writes which knows the documents alone."""
    sources = list((EXAMPLE / "src").rglob("*.ts"))
    assert len(sources) > 30
    assert [path.name for path in sources if "palaver" in path.read_text().lower()] == []
    assert "palaver" not in (EXAMPLE / "package.json").read_text().lower()


async def test_mistakes_apply_one_by_one(tmp_path: Path) -> None:
    """Each can be put into the server without the others."""
    for patch in sorted((EXAMPLE / "mistakes").glob("*.patch")):
        folder = Path(shutil.copytree(EXAMPLE, tmp_path / patch.stem, ignore=LEFT_OUT))
        code, printed = await run(folder, "git", "apply", str(patch))
        assert code == 0, printed
        assert len(differences(EXAMPLE / "src", folder / "src")) == 1


def test_reader_notices() -> None:
    """A line that was not printed, or not in this order, is found; what is left out may be anything."""
    printed = "one fish\ntwo fish\nred fish\n"
    assert missing("one fish\nred fish\n", printed) is None
    assert missing("… fish\n…d fish", printed) is None
    assert missing("red fish\none fish\n", printed) == "one fish"
    assert missing("two fis", printed) == "two fis"
    assert Block("sh", "a \\\n  b\nc\n").commands == ["a b", "c"]
