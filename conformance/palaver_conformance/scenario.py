"""What a scenario is: a function in domain words, with an identity and the promise that it proves."""

import inspect
import textwrap
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, ParamSpec

from palaver_conformance.errors import HarnessError

P = ParamSpec("P")

RANDOM: Final = "random"
"""The tag of a scenario that draws what it does, and takes the longer the more it is told to try."""

BUSY: Final = "busy"
"""The tag of a scenario that sends as much as a server may have limits for."""

_FIXTURES = frozenset({"alice", "bob", "carol", "stranger", "newcomer", "registered", "room", "stage", "topology"})
_IMPLIED = {"room": "message.send", "registered": "account.register"}


@dataclass(frozen=True)
class Scenario:
    """A function that raises Failure when the server breaks a promise.

    `id` is `capability.subject.case` and stays. `requirement` quotes the promise and `source` says where it stands;
    `case` is its number (`G5`) in the list of seed cases, if it is one. `needs` are the meanings without which the
    scenario does not apply (`means@http` asks for a transport), `instances` the number of servers that it takes.
    A `slow` one waits for something to end by itself, and is started before the others. What one `disturbs` (the
    names are those of `Topology.offers`) must have been started by the harness, and no other scenario runs meanwhile;
    nor while one that is `alone` uses up what all share. One about a `limit` applies where that one is known.
    `tags` are words to choose by: the capability, `slow`, `disturbing`, `alone`, `instances` (it takes several), and
    its own.
    """

    id: str
    title: str
    requirement: str
    source: str
    case: str | None
    needs: tuple[str, ...]
    instances: int
    slow: bool
    disturbs: tuple[str, ...]
    parameters: tuple[str, ...]
    act: Callable[..., Awaitable[None]]
    tags: tuple[str, ...] = ()
    alone: bool = False
    limit: str | None = None

    @property
    def capability(self) -> str:
        """The first part of the id."""
        return self.id.partition(".")[0]

    @property
    def by_itself(self) -> bool:
        """Whether no other scenario may run meanwhile."""
        return self.alone or bool(self.disturbs)

    @property
    def steps(self) -> str:
        """The code of the function, as it is written."""
        act = self.act
        while isinstance(act, partial):
            act = act.func
        return textwrap.dedent(inspect.getsource(act))


def scenario(
    identity: str,
    *,
    source: str,
    needs: Sequence[str] = (),
    case: str | None = None,
    instances: int = 1,
    slow: bool = False,
    disturbs: Sequence[str] = (),
    alone: bool = False,
    limit: str | None = None,
    tags: Sequence[str] = (),
) -> Callable[[Callable[P, Awaitable[None]]], Scenario]:
    """Make a scenario of a function.

    Its name is the title, its docstring the requirement, its parameters name what it needs on stage.
    """

    def wrap(act: Callable[P, Awaitable[None]]) -> Scenario:
        parameters = tuple(inspect.signature(act).parameters)
        unknown = set(parameters) - _FIXTURES
        requirement = " ".join((inspect.getdoc(act) or "").split())
        if unknown or not requirement or identity.count(".") != 2:
            raise HarnessError(f"{identity}: a bad id, no docstring, or unknown parameters {sorted(unknown)}")
        derived = {"slow": slow, "disturbing": disturbs, "alone": alone, "instances": instances > 1}
        implied = [_IMPLIED[name] for name in parameters if name in _IMPLIED]
        return Scenario(
            id=identity,
            title=act.__name__.replace("_", " "),
            requirement=requirement,
            source=source,
            case=case,
            needs=tuple(dict.fromkeys((*needs, *implied))),
            instances=instances,
            slow=slow,
            disturbs=tuple(disturbs),
            parameters=parameters,
            act=act,
            tags=tuple(
                dict.fromkeys((identity.partition(".")[0], *(tag for tag, holds in derived.items() if holds), *tags))
            ),
            alone=alone,
            limit=limit,
        )

    return wrap
