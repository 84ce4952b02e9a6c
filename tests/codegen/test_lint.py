"""`palaver lint`: what it shows, where it looks, and with which code it exits."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from palaver_codegen.documents.problems import Place
from palaver_codegen.documents.rules import RULES
from palaver_codegen.lint import counted, lint

Run = Callable[..., Result]
Edit = Callable[[str, str, str], None]


@pytest.fixture
def run(spec: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return a function that runs the command in a folder with the toy's documents."""
    assert spec.is_dir()
    monkeypatch.chdir(tmp_path)
    app = typer.Typer()
    app.command()(lint)
    return lambda *arguments: CliRunner().invoke(app, arguments, catch_exceptions=False)


@pytest.fixture
def warned(edit: Edit) -> None:
    """Make one warning and one note."""
    edit("toy/asyncapi.yaml", "room: {type: string, maxLength: 40}", "room: {type: string}")
    edit("toy/openapi.yaml", "          description: By what.\n", "")


@pytest.fixture
def broken(edit: Edit) -> None:
    """Make one error."""
    edit("toy/asyncapi.yaml", "means: typing.stop", "means: typing.stopp")


@pytest.mark.usefixtures("broken")
def test_text_has_place_excerpt_and_remedy(run: Run) -> None:
    """Each problem is shown at its place, with the line, and without colour where no terminal is."""
    result = run("toy")
    assert result.exit_code == 1
    assert result.output.splitlines() == [
        "spec/toy/asyncapi.yaml:47:14: error: the vocabulary has no meaning 'typing.stopp' [meaning-unknown]",
        "    47 |       means: typing.stopp",
        "       |              ^",
        "    did you mean 'typing.stop'?",
        "toy: 1 error",
    ]


@pytest.mark.usefixtures("warned")
@pytest.mark.parametrize(
    ("arguments", "code", "rules"),
    [
        ([], 0, ["string-unbounded"]),
        (["--level", "error"], 0, []),
        (["--level", "note"], 0, ["string-unbounded", "parameter-undescribed"]),
        (["--fail-on", "warning"], 1, ["string-unbounded"]),
        (["--fail-on", "note", "--level", "error"], 1, []),
        (["--style", "foreign", "--level", "note", "--fail-on", "note"], 0, []),
    ],
    ids=["default", "errors", "all", "strict", "blind", "foreign"],
)
def test_levels_choose_what_is_shown_and_what_fails(
    run: Run, arguments: list[str], code: int, rules: list[str]
) -> None:
    """What is shown and what decides the exit code are two thresholds."""
    result = run("--format", "json", *arguments)
    assert (result.exit_code, [problem["rule"] for problem in json.loads(result.output)]) == (code, rules)
    assert run("--json", *arguments).output == result.output


@pytest.mark.usefixtures("warned")
def test_github_and_sarif_hold_the_same(run: Run) -> None:
    """Each format shows every problem that is to be shown, and nothing else."""
    (line,) = run("--format", "github").output.splitlines()
    assert line.startswith("::warning file=spec/toy/asyncapi.yaml,line=116,col=9,title=string-unbounded::")
    (sarif,) = json.loads(run("--format", "sarif").output)["runs"]
    assert [result["ruleId"] for result in sarif["results"]] == ["string-unbounded"]


def test_documents_may_be_in_the_folder_itself(run: Run) -> None:
    """The folder of one dialect is as good as the one above it."""
    assert run("--spec", "spec/toy").output == "toy: no problems\n"


def test_rules_are_listed_and_explained(run: Run) -> None:
    """Whoever meets a rule can ask for it; a name that there is not is wrong usage."""
    assert len(run("--rules").output.splitlines()) == len(RULES)
    assert RULES["string-unbounded"].remedy in run("--explain", "string-unbounded").output
    unknown = run("--explain", "string-unbound")
    assert (unknown.exit_code, "did you mean 'string-unbounded'?" in unknown.output) == (2, True)


def test_counts_are_words() -> None:
    """One is one, two are several, and nothing is said so."""
    rule = RULES["string-unbounded"]
    problem = rule.at(Place("a.yaml"), "is wrong", "put it right")
    assert counted([]) == "no problems"
    assert counted([problem]) == "1 warning"
    assert counted([problem, problem]) == "2 warnings"
