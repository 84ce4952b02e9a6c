"""What is done, on which documents, and which figures come of a turn."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from documents import write
from processes import bounded

from tools.contestants import CONFORM, DOCS, GENERATE, LINT, TOGETHER, Contestant, Place
from tools.judging import Judged, judged

ROOT: Final = Path(__file__).parents[2]
HERE: Final = "gateway"
"""The documents of a dialect of this repository; others are so many operations."""

Figures = dict[str, float]
Turn = Callable[[Contestant, Place, float], Figures]


@dataclass(frozen=True)
class Figure:
    """How a figure is called in a report, its unit, and whether more of it is better."""

    title: str
    unit: str
    more_is_better: bool = False


FIGURES: Final[Mapping[str, Figure]] = {
    "clock": Figure("on the clock", "s"),
    "processor": Figure("of the processor", "s"),
    "memory": Figure("memory at most", "MiB"),
    "requests": Figure("requests", "in all", more_is_better=True),
    "rate": Figure("requests each second", "/s", more_is_better=True),
}


def turn(contestant: Contestant, place: Place, limit: float) -> Figures:
    """Have a contestant do it once, in so many seconds at most; raise Failed or TooLong."""
    clock = processor = memory = 0.0
    for each in contestant.commands(place):
        used = bounded(each.words, limit - clock, each.folder or place.out, each.more)
        clock, processor, memory = clock + used.clock, processor + used.processor, max(memory, used.memory)
    return {"clock": clock, "processor": processor, "memory": memory}


def judging(contestant: Contestant, place: Place, limit: float) -> Figures:
    """Have a contestant judge a server that is started for it; the server's own figures are not counted."""

    async def done() -> Figures:
        # In a thread: what the server prints has to be read meanwhile.
        async with judged() as server:
            return await asyncio.to_thread(_judge, contestant, place, limit, server)

    return asyncio.run(done())


def _judge(contestant: Contestant, place: Place, limit: float, server: Judged) -> Figures:
    at = replace(place, url=server.url, token=server.token())
    before = server.requests()
    figures = turn(contestant, at, limit)
    requests = server.requests() - before
    return {**figures, "requests": requests, "rate": requests / figures["clock"]}


@dataclass(frozen=True)
class Task:
    """Something that ours does and peers do. `figures` are in the order in which they are told."""

    title: str
    contestants: Mapping[str, Contestant]
    figures: tuple[str, ...] = ("clock", "processor", "memory")
    turn: Turn = turn
    parts: tuple[str, ...] = ()
    """Peers who each do a part of it, so that what ours does is what they do together."""
    documents: tuple[str, ...] = ()
    """The only documents that it can be done with; none stands for all."""


TASKS: Final[Mapping[str, Task]] = {
    "lint": Task("Lint", LINT),
    "generate": Task("Generate", GENERATE, parts=("modelina", "openapi-python-client")),
    "docs": Task("Publish", DOCS, parts=("redocly", "html-template")),
    "conform": Task(
        "Judge REST", CONFORM, ("clock", "processor", "memory", "requests", "rate"), judging, documents=(HERE,)
    ),
}


def prepared(documents: str, scratch: Path) -> Place:
    """Write documents, in many files and in one piece, into a folder that is new; nothing of it is measured."""
    folder = scratch / documents
    spec, bundles = folder / "spec", folder / "bundles"
    bundles.mkdir(parents=True)
    if documents == HERE:
        spec.mkdir()
        for each in (HERE, "common"):
            (spec / each).symlink_to(ROOT / "spec" / each)
    else:
        write(spec, int(documents))
    made = [sys.executable, "-m", "palaver", "generate", "--no-cache", "--spec", str(spec)]
    subprocess.run([*made, "--out", str(folder / "made")], check=True, stdout=subprocess.DEVNULL)  # noqa: S603
    for bundle in folder.glob("made/palaver_wire/*/bundle.json"):
        document = json.loads(bundle.read_text()).get("openapi")
        if document:
            (bundles / f"{bundle.parent.name}.json").write_text(json.dumps(document))
    return Place(spec, bundles, folder)


def titled(documents: str) -> str:
    """Say which documents they are."""
    return "the gateway dialect" if documents == HERE else f"{documents} operations"


def named(task: str, documents: str) -> str:
    """Name a task with its documents in a report."""
    return f"{task}-{documents}"


def together(parts: tuple[str, ...], rounds: Mapping[str, list[Figures]]) -> dict[str, list[Figures]]:
    """Give what the peers that do a part each came to together, as far as all of them came."""
    found = [rounds.get(each, []) for each in parts]
    if not parts or not all(found):
        return {}
    return {TOGETHER: [_summed(each) for each in zip(*found, strict=False)]}


def _summed(each: tuple[Figures, ...]) -> Figures:
    return {
        "clock": sum(one["clock"] for one in each),
        "processor": sum(one["processor"] for one in each),
        "memory": max(one["memory"] for one in each),
    }
