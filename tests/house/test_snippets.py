"""Every block of code in the documents for people has a test that runs it, or one that looks at what it says."""

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from doubles.apart import APART
from doubles.tutorial import TYPED, Block, blocks

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    page
    for page in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.md"))
    if "node_modules" not in page.parts
)

_SERVING = "tests/pages/test_serving.py::"
_JUDGING = "tests/pages/test_judging.py::"
_DOCUMENTS = "tests/pages/test_documents.py::"
_ADMINISTRATION = "tests/pages/test_administration.py::"
_TYPES = "tests/foreign/test_typescript.py::"
_CLIENT = "tests/journeys/test_howto_python_client.py::"

#: By page and kind of block, the test that takes all blocks of the kind, and fails if it cannot.
#: A drawing is nothing that can be wrong for a program.
CLAIMS: Mapping[str, Mapping[str, str]] = {
    "README.md": {"sh": "tests/pages/test_readme.py::test_readme", "mermaid": "drawing"},
    "docs/howto/back-up-and-restore.md": {"sh": f"{_ADMINISTRATION}test_backing_up_and_restoring"},
    "docs/howto/bring-your-own-domain.md": dict.fromkeys(
        ("text", "yaml", "sh", "python"), f"{_DOCUMENTS}test_own_domain"
    ),
    "docs/howto/change-the-contract.md": dict.fromkeys(("sh", "text"), f"{_DOCUMENTS}test_changing_the_contract"),
    "docs/howto/deploy.md": {"sh": f"{_SERVING}test_pages_with_nothing_to_be_typed_here"},
    "docs/howto/fuzz.md": {"sh": f"{_DOCUMENTS}test_fuzzing"},
    "docs/howto/judge-a-server.md": dict.fromkeys(("sh", "text", "yaml"), f"{_JUDGING}test_judging_a_server"),
    "docs/howto/judge-with-pytest.md": {"sh": f"{_JUDGING}test_judging_with_pytest"},
    "docs/howto/lint-documents.md": dict.fromkeys(("sh", "text", "yaml"), f"{_DOCUMENTS}test_linting"),
    "docs/howto/look-after-a-server.md": {"sh": f"{_ADMINISTRATION}test_looking_after_a_server"},
    "docs/howto/mock-a-server.md": dict.fromkeys(("sh", "js"), f"{_SERVING}test_mock"),
    "docs/howto/publish-docs.md": {"sh": f"{_DOCUMENTS}test_publishing"},
    "docs/howto/run-several-workers.md": {"sh": f"{_SERVING}test_several_workers"},
    "docs/howto/start-a-project.md": dict.fromkeys(
        ("sh", "toml"), "tests/journeys/test_new_project.py::test_from_nothing_to_a_proof"
    ),
    "docs/howto/upgrade.md": {"sh": f"{_ADMINISTRATION}test_going_back"},
    "docs/howto/use-the-chat-page.md": {"sh": f"{_SERVING}test_chat_page_under_another_name"},
    "docs/howto/use-the-python-client.md": {
        "sh": f"{_SERVING}test_pages_with_nothing_to_be_typed_here",
        "python": f"{_CLIENT}test_program_does_what_the_page_says",
    },
    "docs/howto/use-the-typescript-types.md": {"ts": f"{_TYPES}test_programs_of_the_page_talk"},
    "docs/howto/watch-a-server.md": dict.fromkeys(("sh", "json"), f"{_SERVING}test_watching"),
    "docs/reference/commands.md": {"text": "tests/cli/test_page.py::test_page_is_what_the_commands_say"},
    "docs/reference/conformance-report.md": {"sh": f"{_JUDGING}test_schema_of_the_report"},
    "docs/reference/subject-file.md": {"yaml": f"{_JUDGING}test_limits_of_a_subject_file"},
    "docs/reference/x-chat.md": {"yaml": f"{_DOCUMENTS}test_what_x_chat_looks_like"},
    "docs/topics/delivery.md": {"text": "drawing"},
    "docs/topics/dialects.md": {"sh": f"{_SERVING}test_dialects"},
    "docs/topics/performance.md": {"sh": f"{_SERVING}test_pages_with_nothing_to_be_typed_here"},
    "docs/topics/toolchain-speed.md": {"sh": f"{_SERVING}test_pages_with_nothing_to_be_typed_here"},
    "docs/topics/scale.md": {"sh": f"{_SERVING}test_pages_with_nothing_to_be_typed_here"},
    "docs/tutorials/bring-your-own-documents.md": dict.fromkeys(
        ("sh", "diff", "text"), "tests/foreign/test_overlay_example.py::test_tutorial"
    ),
    "docs/tutorials/from-a-failing-run-to-conformance.md": {
        **dict.fromkeys(("sh", "diff", "text"), "tests/foreign/test_nestjs_example.py::test_tutorial"),
        "yaml": "tests/foreign/test_nestjs_example.py::test_page_shows_the_subject_file",
    },
    "docs/tutorials/run-three-instances.md": dict.fromkeys(
        ("sh", "console", "text"), "tests/journeys/test_three_instances_tutorial.py::test_tutorial"
    ),
    "examples/ci/README.md": {"yaml": "tests/journeys/test_ci_example.py::test_secret_of_the_readme_fits"},
    "examples/desk/README.md": {"sh": "tests/journeys/test_desk_example.py::test_readme"},
    "examples/nestjs/README.md": {
        "sh": "tests/foreign/test_nestjs_example.py::test_readme_has_the_commands_of_the_page"
    },
    "examples/overlay/README.md": {
        "sh": "tests/foreign/test_overlay_example.py::test_readme_has_the_command_of_these_tests"
    },
    "examples/web/README.md": dict.fromkeys(("sh", "diff", "text"), "tests/foreign/test_web_example.py::test_readme"),
}

_FENCE = re.compile(r"^ *(?:```|~~~)", re.MULTILINE)
_INSTALLED = re.compile(r"pip install ['\"]?palaver\[(?P<extra>\w+)\]")


def unclaimed(name: str, text: str, claims: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Return the blocks of a page that no test has taken, each as its kind and first line."""
    taken = claims.get(name, {})
    found = [block for block in blocks(text) if block.kind not in taken]
    unread = len(_FENCE.findall(text)) - 2 * len(blocks(text))
    broken = [f"{abs(unread)} fences that belong to no block"] if unread else []
    return [f"{block.kind or 'of no kind'}: {block.text.partition(chr(10))[0]}" for block in found] + broken


def typed() -> Iterator[tuple[str, Block]]:
    """Yield every block of commands, with the page that it is on."""
    for page in PAGES:
        for block in blocks(page.read_text(encoding="utf-8"), *TYPED):
            yield str(page.relative_to(ROOT)), block


def exists(test: str) -> bool:
    """Whether there is this test: a module, or a function in one."""
    file, _, function = test.partition("::")
    if not (ROOT / file).is_file():
        return False
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    functions = {each.name for each in tree.body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)}
    return not function or function in functions


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_block_is_claimed(page: Path) -> None:
    """A new snippet needs a test: say above which one takes it, or add one."""
    assert unclaimed(str(page.relative_to(ROOT)), page.read_text(encoding="utf-8"), CLAIMS) == []


def test_claims_are_of_blocks_that_there_are() -> None:
    """What is claimed is on the page, and the test exists and names the page."""
    for name, claimed in CLAIMS.items():
        text = (ROOT / name).read_text(encoding="utf-8")
        assert claimed.keys() == {block.kind for block in blocks(text)}, name
        for test in set(claimed.values()) - {"drawing"}:
            assert exists(test), test
            module = (ROOT / test.partition("::")[0]).read_text(encoding="utf-8")
            # Pages of examples are named by their folder.
            assert Path(name).name in module or name in module, f"{test} does not speak of {name}"


def test_commands_apart_are_on_a_page_and_proven_elsewhere() -> None:
    """The list of what no test types has nothing that was mended or is gone, and each entry a reason and a proof."""
    commands = {command for _, block in typed() for command in block.commands}
    assert APART.keys() <= commands
    for command, apart in APART.items():
        assert apart.reason, command
        assert exists(apart.proof), apart.proof


def test_shells_can_read_all_commands() -> None:
    """No quote and no bracket is left open, in what is typed by tests and in what is not."""
    wrong = []
    for name, block in typed():
        done = subprocess.run(["bash", "-n"], input=block.text, capture_output=True, text=True, check=False)
        wrong += [f"{name}: {done.stderr}"] if done.returncode else []
    assert wrong == []


def test_what_pages_install_is_offered() -> None:
    """An extra that a page has somebody install is one of the package."""
    offered = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    installed = {each["extra"] for page in PAGES for each in _INSTALLED.finditer(page.read_text(encoding="utf-8"))}
    assert {"client", "otel", "conformance"} <= installed <= offered.keys()


def test_checks_can_fail() -> None:
    """A page without claims, a block of another kind, one without a kind and a fence that is open are found."""
    page = "```sh\nmake\n```\n\n- so:\n\n  ```toml\n  a = 1\n  ```\n\n```\nplain\n```\n"
    assert unclaimed("a.md", page, {}) == ["sh: make", "toml: a = 1", "of no kind: plain"]
    assert unclaimed("a.md", page, {"a.md": {"sh": "", "toml": ""}}) == ["of no kind: plain"]
    assert unclaimed("a.md", "```sh\nmake\n", {}) == ["1 fences that belong to no block"]
    assert exists("tests/house/test_snippets.py::test_checks_can_fail")
    assert not exists("tests/house/test_snippets.py::test_nothing")
    assert not exists("tests/house/nowhere.py")
