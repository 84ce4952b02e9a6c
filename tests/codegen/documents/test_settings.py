"""The linter's settings: levels, style and suppressions, from two folders."""

from collections.abc import Callable
from pathlib import Path

import pytest

from palaver_codegen.documents import Level, Problem, load_bundle
from palaver_codegen.documents.settings import FILE, Style, read_settings

RULES = ("settings-invalid",)

UNBOUNDED = ("toy/asyncapi.yaml", "room: {type: string, maxLength: 40}", "room: {type: string}")

Edit = Callable[[str, str, str], None]
Found = Callable[[], list[Problem]]


def test_breach_is_found_on_its_line(breach: Path, expose: Callable[[Path], None]) -> None:
    """Each breach is found on the line that it is on, and causes no other finding."""
    expose(breach)


def test_without_files_all_is_as_the_rules_say(spec: Path) -> None:
    """Nobody has to write settings."""
    settings = read_settings(spec / "toy")
    assert (settings.style, settings.levels, settings.suppressions) == (Style.HOUSE, {}, ())


@pytest.mark.parametrize("level", [Level.ERROR, Level.NOTE])
def test_level_is_set(spec: Path, edit: Edit, found: Found, level: Level) -> None:
    """A rule matters as much as the settings say."""
    edit(*UNBOUNDED)
    (spec / FILE).write_text(f"levels: {{string-unbounded: {level}}}\n")
    assert [(problem.rule, problem.level) for problem in found()] == [("string-unbounded", level)]


def test_own_file_goes_before_that_of_all(spec: Path, edit: Edit, found: Found) -> None:
    """What a dialect says of a rule is right, whatever is said for all."""
    edit(*UNBOUNDED)
    (spec / FILE).write_text("levels: {string-unbounded: error}\n")
    (spec / "toy" / FILE).write_text("levels: {string-unbounded: off}\n")
    assert found() == []


@pytest.mark.parametrize(
    ("files", "rules"), [("asyncapi.yaml", []), ("'*.yaml'", []), ("openapi.yaml", ["string-unbounded"])]
)
def test_suppression_is_of_files(spec: Path, edit: Edit, found: Found, files: str, rules: list[str]) -> None:
    """A pattern names files beside the settings; in others the rule holds, and the suppression is of no use."""
    edit(*UNBOUNDED)
    text = f"ignore:\n  - {{rule: string-unbounded, files: [{files}], reason: They are short.}}\n"
    (spec / "toy" / FILE).write_text(text)
    assert [problem.rule for problem in found() if problem.rule != "suppression-unused"] == rules
    assert ("suppression-unused" in [problem.rule for problem in found()]) is bool(rules)


def test_foreign_style_leaves_the_house_out(spec: Path, edit: Edit, found: Found) -> None:
    """What contradicts itself is found; what only the house wants is not, nor a meaning for everything."""
    edit(*UNBOUNDED)
    edit("toy/asyncapi.yaml", "seconds: {type: integer, minimum: 1,", "seconds: {type: integer, minimum: 70,")
    edit("toy/asyncapi.yaml", "examples: [{kind: moment, seconds: 5}]", "examples: [{kind: moment, seconds: 70}]")
    note = "    x-chat:\n      means: typing.stop\n      fields: {conversation: /room}\n      errors: [INTERNAL]\n"
    edit("toy/asyncapi.yaml", note, "")
    (spec / "toy" / FILE).write_text("style: foreign\n")
    assert {problem.rule for problem in found()} == {"range-empty", "example-invalid"}


def test_settings_are_the_linters_alone(spec: Path, edit: Edit) -> None:
    """Whoever only reads documents asks nobody what matters."""
    edit("toy/asyncapi.yaml", "means: typing.stop", "means: typing.stopp")
    (spec / FILE).write_text("levels: {meaning-unknown: off}\n")
    with pytest.raises(Exception, match="meaning-unknown"):
        load_bundle(spec / "toy")
