"""The fuzzer finds what is planted, makes it small, and tells how to see it again."""

import tempfile
import time
from contextlib import suppress
from pathlib import Path

import pytest
from fuzz.engine import Bounds, Fuzzer, Result
from fuzz.target import Broken, Target

QUICK = Bounds(seconds=2.0, minimising=1.0)
SOON = 60.0


@pytest.fixture
def target(monkeypatch, tmp_path):
    """Return how to make a target of a function, with a corpus of one input."""
    corpus = tmp_path / "corpus" / "planted"
    corpus.mkdir(parents=True)
    (corpus / "hello").write_bytes(b'{"hello":["world",12]}')
    monkeypatch.setattr("fuzz.target.CORPUS", corpus.parent)
    return lambda run, **named: Target("planted", run, ("tests/fuzz/test_engine.py",), "planted", **named)


def fuzzed(target: Target, folder: Path, count: int, bounds: Bounds = QUICK) -> Result:
    """Fuzz a target with a seed that does not change."""
    return Fuzzer(target, 7, folder, bounds).run(count, time.monotonic() + SOON)


def test_a_crash_is_found_made_small_and_saved(target, tmp_path):
    """Of an input that raises the smallest part that still does is kept, once, and replays."""

    def fragile(data: bytes) -> str:
        if b"\x00" in data:
            raise ZeroDivisionError
        return "accepted"

    planted = target(fragile)
    result = fuzzed(planted, tmp_path / "found", 2000)
    (finding,) = result.findings
    assert (finding.kind, finding.data) == ("crash", b"\x00")
    assert finding.file is not None
    assert finding.file.read_bytes() == b"\x00"
    assert str(finding.file) in finding.again
    assert "ZeroDivisionError" in finding.detail
    again = Fuzzer(planted, 0, tmp_path / "again").replay(finding.file.read_bytes())
    assert again is not None
    assert again.sign == finding.sign


def test_two_crashes_are_two_findings(target, tmp_path):
    """What fails elsewhere, or for another reason, is another finding."""

    def fragile(data: bytes) -> str:
        if b"[" not in data:
            raise Broken("no list")
        if b"{" not in data:
            raise Broken("no object")
        return "accepted"

    signs = {each.sign for each in fuzzed(target(fragile), tmp_path / "found", 2000).findings}
    assert len(signs) == 2


@pytest.mark.parametrize(
    ("pause", "bounds"),
    [(0.0, Bounds(seconds=0.05, minimising=0.1)), (0.01, Bounds(patience=0.1, minimising=0.1))],
    ids=["busy", "waiting"],
)
def test_a_hang_is_found(target, tmp_path, pause, bounds):
    """An input that takes too long is told from one that fails, also where every Exception is swallowed."""

    def slow(data: bytes) -> str:
        while b"hello" not in data:
            with suppress(Exception):
                time.sleep(pause)
        return "accepted"

    (finding,) = fuzzed(target(slow), tmp_path / "found", 5, bounds).findings
    assert finding.kind == "hang"
    assert finding.sign == "takes too long"


def test_a_leak_is_found(target, tmp_path):
    """Files that stay open are counted, when each input leaves one."""
    kept = []

    def leaky(data: bytes) -> str:
        kept.append(tempfile.TemporaryFile())  # noqa: SIM115 - that is the leak
        return "accepted"

    result = fuzzed(target(leaky), tmp_path / "found", 40)
    for each in kept:
        each.close()
    assert [each.kind for each in result.findings] == ["leak"]
    assert "file descriptors" in result.findings[0].sign


def test_coverage_leads_to_what_lies_behind_several_conditions(target, tmp_path):
    """An input that is one step nearer is kept, and the next step begins there."""

    def guarded(data: bytes) -> str:
        if data[:1] == b"p":
            if data[1:2] == b"a":
                if data[2:3] == b"l":
                    raise Broken("inside")
                return "refused"
            return "refused"
        return "refused"

    fuzzer = Fuzzer(target(guarded, tokens=(b"p", b"a", b"l")), 7, tmp_path / "found", QUICK)
    fuzzer._coverage.every = 1
    result = fuzzer.run(10_000, time.monotonic() + SOON)
    assert [each.sign.rpartition(": ")[2] for each in result.findings] == ["inside"]
    assert result.lines > result.lines_at_start


def test_nothing_is_found_where_nothing_is_wrong(target, tmp_path):
    """A parser that takes everything has no findings; its inputs and outcomes are counted."""
    result = fuzzed(target(lambda data: "accepted" if data[:1] == b"{" else "refused"), tmp_path / "found", 500)
    assert result.findings == []
    assert result.inputs == 500
    assert sum(result.outcomes.values()) == 500
    assert set(result.outcomes) == {"accepted", "refused"}
    assert not (tmp_path / "found").exists()


def test_one_seed_is_one_run(target, tmp_path):
    """The same seed draws the same inputs, another one others."""
    drawn: dict[int, list[bytes]] = {}
    for name, seed in enumerate((1, 1, 2)):
        inputs = drawn.setdefault(name, [])
        Fuzzer(target(lambda data, to=inputs: to.append(data) or "accepted"), seed, tmp_path).run(
            100, time.monotonic() + SOON
        )
    assert drawn[0] == drawn[1] != drawn[2]


def test_a_run_ends_in_time(target, tmp_path):
    """After the moment that was given nothing more is drawn."""
    result = Fuzzer(target(lambda data: "accepted"), 1, tmp_path).run(10**9, time.monotonic())
    assert result.inputs < 1000
