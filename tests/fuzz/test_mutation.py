"""New inputs out of old ones."""

from random import Random

from fuzz.mutation import MOST_BYTES, mutated

SEEDS = [b'42["message:send",{"content":"hello","n":12}]', b"", b"x" * 60_000, b"2[[[[", b"\xff\xfe"]


def test_inputs_change_and_stay_bounded() -> None:
    """Nearly every mutation changes its input, and none makes it larger than is useful."""
    random = Random(1)
    made = [mutated(seed, random, SEEDS, (b"__proto__",)) for seed in SEEDS for _ in range(400)]
    assert max(map(len, made)) <= MOST_BYTES
    assert len(set(made)) > 0.8 * len(made)


def test_the_ways_in_which_parsers_go_wrong_are_among_them() -> None:
    """Depth, large numbers, half a surrogate pair, prototypes, bad UTF-8 and broken JSON all come up."""
    random = Random(2)
    made = [mutated(SEEDS[0], random, SEEDS, (b"42[",)) for _ in range(6000)]
    for each in (b"[" * 190, b"9" * 4301, b"\\ud800", b"__proto__", b"\xc3\x28", b"1e999", b"NaN", b"\x1e", b"42[42["):
        assert any(each in data for data in made), each
