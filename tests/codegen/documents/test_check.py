"""Checking a folder finds every kind of problem, and raises no alarm without one."""

import ast
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import palaver_codegen
from palaver_codegen.documents import DocumentsRefused, Level, Problem, check, load_bundle
from palaver_codegen.documents.rules import RULES

HERE = Path(__file__).parents[1]

_MARK = re.compile(r"(?<= )[a-z-]+(?=:\d+(?: [a-z-]+:\d+)*$)", re.MULTILINE)


def test_right_documents_cause_no_finding(found: Callable[[], list[Problem]]) -> None:
    """The toy, which every breach is a change of, has no problem at all."""
    assert found() == []


def test_every_rule_has_a_breach_and_a_test() -> None:
    """No rule is without a fixture that breaks it alone, no fixture without a rule, none is left out of the tests."""
    fixtures = {folder.name for folder in (HERE / "negative").iterdir() if any(folder.glob("*.yaml"))}
    # A folder that is missing, or a dialect that is unknown, cannot be made by an edit; they have tests of their own.
    assert fixtures == set(RULES) - {"missing-document", "unknown-dialect"}
    tests = "".join(file.read_text() for file in HERE.rglob("test_*.py"))
    assert {rule for rule in fixtures if f'"{rule}"' not in tests} == set()
    # Some breaches cannot but break two rules; each rule has one that breaks it alone.
    marks = {file: set(_MARK.findall(file.read_text())) for file in (HERE / "negative").glob("*/*.yaml")}
    assert fixtures - {file.parent.name for file, rules in marks.items() if rules == {file.parent.name}} == set()


def test_every_rule_that_is_found_is_declared() -> None:
    """What reading finds by a rule's name is one of the rules."""
    assert _named() - set(RULES) == set()


def test_problems_stop_before_what_depends_on_them(
    edit: Callable[[str, str, str], None], found: Callable[[], list[Problem]]
) -> None:
    """A dangling reference is all that is found, though a meaning is unknown too: what has holes is not judged."""
    edit("toy/asyncapi.yaml", "#/components/schemas/Moment", "#/components/schemas/Instant")
    edit("toy/asyncapi.yaml", "means: typing.stop", "means: typing.stopp")
    assert [problem.rule for problem in found()] == ["dangling-reference"]


def test_load_bundle_refuses_errors(spec: Path, edit: Callable[[str, str, str], None]) -> None:
    """Whoever only loads a bundle learns of every error by an exception."""
    edit("toy/asyncapi.yaml", "means: typing.stop", "means: typing.stopp")
    with pytest.raises(DocumentsRefused) as refused:
        load_bundle(spec / "toy")
    assert [problem.rule for problem in refused.value.problems] == ["meaning-unknown"]


def test_load_bundle_lets_warnings_pass(spec: Path, edit: Callable[[str, str, str], None]) -> None:
    """A warning stops nobody."""
    edit("toy/asyncapi.yaml", "      description: Without end.\n", "")
    _, problems = check(spec / "toy")
    assert [problem.level for problem in problems] == [Level.WARNING]
    assert load_bundle(spec / "toy").dialect == "toy"


def test_load_bundle_leaves_the_style_to_the_authors(spec: Path, edit: Callable[[str, str, str], None]) -> None:
    """What has no meaning, and what breaks rules of the house alone, keeps nobody from reading the documents."""
    note = "    x-chat:\n      means: typing.stop\n      fields: {conversation: /room}\n      errors: [INTERNAL]\n"
    edit("toy/asyncapi.yaml", note, "")
    assert "meaning-missing" in {problem.rule for problem in check(spec / "toy")[1]}
    assert load_bundle(spec / "toy").dialect == "toy"


def test_codes_of_other_dialects_are_used(spec: Path, edit: Callable[[str, str, str], None]) -> None:
    """The catalogue is shared: a code that only another dialect names is not unused."""
    edit("toy/asyncapi.yaml", "errors: [INTERNAL]", "errors: [INVALID]")
    assert [problem.rule for problem in check(spec / "toy")[1]] == ["error-unused"]
    (spec / "other").mkdir()
    (spec / "other" / "asyncapi.yaml").write_text("operations: {ping: {x-chat: {errors: [INTERNAL]}}}\n")
    assert check(spec / "toy")[1] == []


def test_loading_needs_no_generator() -> None:
    """Whoever only reads documents needs neither the packages that generate nor the OpenAPI validator."""
    heavy = ("datamodel_code_generator", "jinja2", "openapi_spec_validator")
    script = f"import sys, palaver_codegen.documents; sys.exit(any(name in sys.modules for name in {heavy}))"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def _named() -> set[str]:
    """Return every rule id in the source that is the second argument of a Problem."""
    rules = set()
    for file in Path(palaver_codegen.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Problem":
                rule = node.args[1]
                if isinstance(rule, ast.Constant):
                    rules.add(str(rule.value))
                elif ast.unparse(rule) != "self.id":
                    assert ast.unparse(rule) == "f'{kind}-invalid'"
                    rules |= {
                        "asyncapi-invalid",
                        "catalogue-invalid",
                        "grpc-invalid",
                        "openapi-invalid",
                        "settings-invalid",
                    }
    return rules
