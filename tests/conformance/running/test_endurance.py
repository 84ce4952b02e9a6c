"""What a soak and a rolling restart share: how their end is told."""

import asyncio
from collections.abc import Callable, Sequence

import pytest

from palaver_conformance.contract.model import Contract
from palaver_conformance.errors import Failure, UsageError
from palaver_conformance.evidence.checkers import Finding
from palaver_conformance.running import rolling, soak
from palaver_conformance.running.endurance import carry_out, listed, require_talk


class Ended:
    """A result that says whether it is sound."""

    def __init__(self, *, sound: bool) -> None:
        self.sound = sound

    def report(self) -> str:
        """Return the one line that there is."""
        return "the report"


@pytest.mark.parametrize("main", [soak.main, rolling.main])
@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["--spec", "nope", "--launch", "serve {port}"], 2, "gateway"),
        (["--spec", "gateway", "--launch", "serve"], 2, "{port}"),
        (["--spec", "gateway", "--launch", "no-such-command-anywhere {port}"], 3, "no-such-command"),
    ],
)
def test_exit_codes(
    main: Callable[[Sequence[str]], int],
    arguments: list[str],
    code: int,
    told: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Wrong usage ends with 2, a server that does not start with 3."""
    assert main(arguments) == code
    assert told in capsys.readouterr().err


@pytest.mark.parametrize(("sound", "code"), [(True, 0), (False, 1)])
def test_report_is_printed_and_decides(sound: bool, code: int, capsys: pytest.CaptureFixture[str]) -> None:
    """The report goes to standard output, and what is not sound fails."""

    async def work() -> Ended:
        return Ended(sound=sound)

    assert carry_out("it", 7, work) == code
    assert capsys.readouterr().out == "the report\n"


@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        (Failure("rest", ["noise"]), 1, "it: expected rest, seed 7\n  noise\n"),
        (asyncio.CancelledError(), 130, "it: interrupted\n"),
        (KeyboardInterrupt(), 130, "it: interrupted\n"),
    ],
)
def test_end_without_a_result(error: BaseException, code: int, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What does not come to rest fails with what arrived and the seed; Ctrl-C and SIGTERM are an interruption."""

    async def work() -> Ended:
        raise error

    assert carry_out("it", 7, work) == code
    assert capsys.readouterr().err == told


def test_findings_are_counted_and_the_first_are_shown() -> None:
    """Each checker has its number, also where it found nothing; of many findings ten are told."""
    found = [Finding("lost", f"message {number}") for number in range(12)]
    lines = listed({"lost": found, "leak": []})
    assert [line.split() for line in (lines[0], lines[-1])] == [["lost", "12"], ["leak", "0"]]
    assert len(lines) == 2 + 10


def test_documents_must_have_a_talk() -> None:
    """Documents without the operations of a crowd are refused, and what is missing is named."""
    with pytest.raises(UsageError, match=r"message\.send"):
        require_talk(Contract("toy", (), (), {}, None))
