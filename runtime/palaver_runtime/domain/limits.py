"""How often something may be done."""

from dataclasses import dataclass

from palaver_runtime.domain.value import value


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `count` times within any `seconds`."""

    count: int
    seconds: int


@value()
class Use:
    """Something that counts under a key, as `cost` uses, or as many as the rate has. A key always has the same rate."""

    key: str
    rate: Rate
    cost: int = 1
