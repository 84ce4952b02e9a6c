"""Samples of a profiler, each for the room of the house that the server's processor was at work for."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import PurePosixPath
from typing import Final

from mypyc.namegen import make_module_translation_map

from versus.building import compiled_modules

BESIDE: Final = "beside the way: limits, clocks, metrics, turns"
LOOP: Final = "event loop, drivers, and what is nobody's"
_ROOMS: Final[Mapping[str, str]] = {
    "transports": "wire",
    "dialects": "codec",
    "services": "service",
    "domain": "service",
    "adapters/sql": "store",
    "adapters/redis": "bus",
    "adapters/memory.py": "bus",
    "delivery": "sequencer",
}
ROOMS: Final = (*dict.fromkeys(_ROOMS.values()), BESIDE, LOOP)
"""In the order in which a message goes through them."""

_COMPILED: Final = ("CPyDef_", "CPyPy_")
"""How names of what mypyc makes begin: of a function, and of what the interpreter calls in its place."""
_KERNEL: Final = "[kernel."


@dataclass(frozen=True)
class Share:
    """A part of the processor's time, from 0 to 1, and what of it the kernel had."""

    all: float
    kernel: float


def shares(script: Iterable[str]) -> dict[str, Share]:
    """Give the share of each room, from what `perf script -F ip,sym,dso` writes.

    A sample is for the innermost room that it came through: what libraries, the interpreter and the kernel do for it is
    done for this one. Raises ValueError where there are no samples.
    """
    found: Counter[tuple[str, bool]] = Counter()
    for stack in _stacks(script):
        found[_room(stack), _KERNEL in stack[0]] += 1
    number = found.total()
    if not number:
        raise ValueError("there are no samples: the server had nothing to do, or may not be looked at")
    return {
        each: Share((found[each, True] + found[each, False]) / number, found[each, True] / number) for each in ROOMS
    }


def _stacks(script: Iterable[str]) -> Iterator[list[str]]:
    """Give the lines of one sample after the other, the innermost function first."""
    stack: list[str] = []
    for line in script:
        if line.strip():
            stack.append(line.strip())
        elif stack:
            yield stack
            stack = []
    if stack:
        yield stack


def _room(stack: Sequence[str]) -> str:
    for line in stack:
        _, _, rest = line.partition(" ")
        room = room_of(rest.partition(" ")[0])
        if room is not None:
            return room
    return LOOP


@cache
def room_of(symbol: str) -> str | None:
    """Tell in which room a function is; None for one that is none of ours, or is not compiled."""
    start = next((each for each in _COMPILED if symbol.startswith(each)), None)
    if start is None:
        return None
    name = symbol.removeprefix(start)
    for prefix, room in _prefixes():
        if name.startswith(prefix):
            return room
    return None


@cache
def _prefixes() -> list[tuple[str, str]]:
    """Give how names of the compiled modules begin, the longest first: mypyc shortens what is clear without."""
    rooms = {each.removesuffix(".py").replace("/", "."): _room_at(PurePosixPath(each)) for each in compiled_modules()}
    shortened = make_module_translation_map(list(rooms))
    found = [(shortened[module].replace(".", "___"), room) for module, room in rooms.items()]
    return sorted(found, key=lambda each: len(each[0]), reverse=True)


def _room_at(module: PurePosixPath) -> str:
    place = module.relative_to("palaver_runtime")
    return next((_ROOMS[str(each)] for each in (place, *place.parents) if str(each) in _ROOMS), BESIDE)
