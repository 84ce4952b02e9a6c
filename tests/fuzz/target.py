"""What is fuzzed: a parser, and what must be true of whatever it makes of any bytes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

CORPUS = Path(__file__).parent / "corpus"


class Broken(AssertionError):
    """A parser took something that it must not take, or gave what it must not give; the message says which."""


@dataclass(frozen=True)
class Target:
    """A parser.

    `run` is given any bytes. It returns what became of them in a few words of a small set, `accepted` among them; a
    word that is new counts as new coverage. What it raises is a finding: refusals that are right it keeps to itself.
    `watch` names the folders and files whose lines count as coverage, `share` how much of a whole run is for this
    target, `tokens` what is worth inserting. `corpus` is the folder of inputs to start from, `seeds` are more of them.
    """

    name: str
    run: Callable[[bytes], str]
    watch: tuple[str, ...]
    corpus: str
    share: float = 1.0
    tokens: tuple[bytes, ...] = ()
    seeds: Callable[[], Sequence[bytes]] = field(default=tuple)

    def inputs(self) -> dict[str, bytes]:
        """Return the inputs to start from, by name."""
        kept = {each.name: each.read_bytes() for each in sorted((CORPUS / self.corpus).iterdir()) if each.is_file()}
        return kept | {f"seed {number}": each for number, each in enumerate(self.seeds(), 1)}
