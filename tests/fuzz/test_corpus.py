"""The inputs that are kept: each does to its parser what it did when it was put there, which is nothing bad."""

import re

import pytest
from fuzz.engine import Fuzzer
from fuzz.target import CORPUS, Target
from fuzz.targets import TARGETS

_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LARGEST = 30_000


@pytest.mark.parametrize("target", TARGETS.values(), ids=list(TARGETS))
def test_no_input_crashes_or_hangs_its_parser(target: Target, tmp_path) -> None:
    """Every kept input, and every one that is made of the documents, is accepted or refused as it should be."""
    fuzzer = Fuzzer(target, 1, tmp_path)
    for name, data in target.inputs().items():
        finding = fuzzer.replay(data)
        assert finding is None, f"{name}: {finding.detail}"
    outcomes = fuzzer.result.outcomes
    assert any(each.startswith("accepted") for each in outcomes) or target.name == "conformance.oracle", outcomes
    assert any(each.startswith(("refused", "closed")) for each in outcomes), outcomes


def test_inputs_are_small_and_named_for_what_they_do() -> None:
    """A name is words with hyphens between them, and no input is larger than it needs to be."""
    files = [each for each in CORPUS.rglob("*") if each.is_file()]
    assert len(files) > 300
    assert [each.name for each in files if not _NAME.fullmatch(each.name)] == []
    assert [each.name for each in files if each.stat().st_size > _LARGEST] == []


def test_every_folder_is_a_target_s() -> None:
    """Nothing is kept that nobody reads."""
    assert {each.name for each in CORPUS.iterdir()} == {each.corpus for each in TARGETS.values()}
