"""How a value is declared."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def value(*, kw_only: bool = False) -> Callable[[type[T]], type[T]]:
    """Declare a dataclass that is compared and hashed by its fields, and that nobody changes.

    The type checker sees to it that nobody does. A class that is `frozen` asks at run time, too: to make a message
    takes four times as long then, and a dozen values are made of whatever is sent.
    """
    return dataclass(slots=True, unsafe_hash=True, kw_only=kw_only)
