"""How often something may be done."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `count` times within any `seconds`."""

    count: int
    seconds: int
