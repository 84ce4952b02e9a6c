"""Repetitions in a wire log."""

from samples import contract

from palaver_conformance.evidence.trace import Direction, Entry
from palaver_conformance.report.frames import read
from palaver_conformance.report.html.folding import folded


def fold(*packets: tuple[Direction, str]) -> list[tuple[str, int]]:
    """Return the names of a log's passages, and how many times each came."""
    entries = [Entry(at, "" if way in ("!!", "==") else "alice/1", way, text) for at, (way, text) in enumerate(packets)]
    passages = folded(read(entries, contract()))
    return [(" ".join(frame.label for frame in each.steps), each.times) for each in passages]


SAY: tuple[Direction, str] = ("->", '42["say",{}]')
HEARD: tuple[Direction, str] = ("<-", '42["heard",{}]')
OOPS: tuple[Direction, str] = ("<-", '42["oops",{}]')


def test_exchange_that_repeats_is_one_passage() -> None:
    """Question and answer many times over are shown once, whatever stands in them; the rest is one by one."""
    exchange = [(("->", f'42["say",{{"text":"{at}"}}]'), HEARD) for at in range(50)]
    packets = [OOPS, *(packet for pair in exchange for packet in pair), OOPS]
    assert fold(*packets) == [("oops", 1), ("say heard", 50), ("oops", 1)]


def test_one_packet_that_repeats_is_one_passage() -> None:
    """The shortest period is taken."""
    assert fold(*[HEARD] * 12) == [("heard", 12)]


def test_little_is_not_folded() -> None:
    """Twice is no repetition, and neither are three or four packets alike."""
    assert fold(SAY, HEARD, OOPS, SAY, HEARD, OOPS) == [
        (name, 1) for name in ("say", "heard", "oops", "say", "heard", "oops")
    ]
    assert fold(*[HEARD] * 4) == [("heard", 1)] * 4


def test_what_the_judge_says_is_never_folded() -> None:
    """Each objection is shown, also where all are alike."""
    assert fold(*[("!!", "no")] * 8) == [("no", 1)] * 8


def test_nothing_folds_to_nothing() -> None:
    """An empty log has no passages."""
    assert fold() == []
