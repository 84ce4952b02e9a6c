"""What SECURITY.md names exists: every scenario, setting, file and test. So the page cannot outlive what it says."""

import ast
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
from mutants.reference import MUTANTS
from mutants.unseen import UNSEEN

from palaver_conformance.scenarios import all_scenarios
from palaver_runtime.settings import Settings

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "SECURITY.md").read_text()

_ROW = re.compile(r"^\|(?! *(?:threat|version|---)|-)(?P<cells>.+)\|$", re.MULTILINE)
_NAME = re.compile(r"`([^`]+)`")


def rows(section: str) -> list[list[str]]:
    """Return the cells of the tables of a section and of those below it."""
    text = re.split(rf"^## {section}$", PAGE, flags=re.MULTILINE)[1]
    text = re.split(r"^## ", text, flags=re.MULTILINE)[0]
    return [[cell.strip() for cell in match["cells"].split("|")] for match in _ROW.finditer(text)]


def scenarios() -> set[str]:
    """Return the ids of all scenarios, those that are generated included."""
    return {each.id for each in all_scenarios()}


def missing(name: str) -> Iterator[str]:
    """Yield what is wrong with the name of a setting, a file, a test as FILE::NAME, or a scenario, maybe with a *."""
    path, _, test = name.partition("::")
    if name.startswith("PALAVER_"):
        if name.removeprefix("PALAVER_").lower() not in Settings.model_fields:
            yield f"no setting is called {name}"
    elif "/" in name or (ROOT / path).exists():
        if not (ROOT / path).exists():
            yield f"there is no {path}"
        elif test and test not in functions(ROOT / path):
            yield f"{path} has no {test}"
    elif not any(fnmatchcase(each, name) for each in scenarios()):
        yield f"no scenario is called {name}"


def functions(path: Path) -> set[str]:
    """Return the functions of a module."""
    tree = ast.parse(path.read_text())
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_everything_named_in_the_tables_exists() -> None:
    """Scenarios, settings, files and tests."""
    cells = [
        cell
        for section in ("Threat model", "Defences without a proof of their own")
        for row in rows(section)
        for cell in row[1:]
    ]
    names = [name for cell in cells for name in _NAME.findall(cell)]
    assert len(names) > 100
    assert [problem for name in names for problem in missing(name)] == []


def test_every_threat_has_a_defence_and_a_proof() -> None:
    """A file that defends, and a scenario or a test; what has no proof stands in a table of its own."""
    model = rows("Threat model")
    assert len(model) >= 30
    for threat, defence, settings, proof in model:
        assert any((ROOT / name).exists() for name in _NAME.findall(defence)), threat
        assert all(name.startswith("PALAVER_") for name in _NAME.findall(settings)), threat
        proofs = _NAME.findall(proof)
        assert proofs, threat
        assert all(name.startswith("tests/") or "/" not in name for name in proofs), threat


def test_every_defence_in_the_code_is_missed_when_it_is_gone() -> None:
    """A mutant switches something of it off, and what kills that is among the proofs."""
    killers = {each.killer.partition("[")[0] for each in (*MUTANTS.values(), *UNSEEN.values())}

    def kills(proof: str) -> bool:
        return any(fnmatchcase(each, proof) or each.startswith(f"{proof}::") for each in killers)

    unmissed = [
        threat
        for threat, defence, _, proof in rows("Threat model")
        if any(name.startswith(("runtime/", "generated/")) for name in _NAME.findall(defence))
        and not any(map(kills, _NAME.findall(proof)))
    ]
    assert unmissed == []


def test_every_setting_that_limits_is_named() -> None:
    """Nobody adds a limit without saying what it is against."""
    limits = {
        f"PALAVER_{name.upper()}"
        for name in Settings.model_fields
        if name.startswith(("limit_", "max_", "jw", "allowed_"))
    }
    assert len(limits) > 10
    assert limits - set(_NAME.findall(PAGE)) == set()


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("PALAVER_NO_SUCH", "no setting is called PALAVER_NO_SUCH"),
        ("runtime/gone.py", "there is no runtime/gone.py"),
        ("tests/house/test_security.py::test_gone", "tests/house/test_security.py has no test_gone"),
        ("auth.gone", "no scenario is called auth.gone"),
        ("gone.*", "no scenario is called gone.*"),
    ],
)
def test_what_is_gone_is_told(name: str, problem: str) -> None:
    """Each kind of name is looked up."""
    assert list(missing(name)) == [problem]


@pytest.mark.parametrize(
    "name", ["PALAVER_HOST", "compose.yaml", "runtime/palaver_runtime", "auth.token.forged", "matrix.*"]
)
def test_what_is_there_is_found(name: str) -> None:
    """Each kind of name is found."""
    assert list(missing(name)) == []
