"""What goes with a refusal for a program to act on: the same words in every dialect that has a place for it."""

from math import ceil
from typing import TypeVar

from pydantic import MISSING

from palaver_runtime.domain.errors import ChatError, Invalid, RateLimited
from palaver_wire.contract import WireModel

D = TypeVar("D", bound=WireModel)


def details(error: ChatError, model: type[D]) -> D | MISSING:
    """Write what was wrong with which field, or when to try again; MISSING where there is nothing of the kind.

    `model` is the dialect's own of the shared schema ErrorDetails.
    """
    match error:
        case Invalid(problems=problems) if problems:
            given: dict[str, object] = {
                "fields": [{"field": each.field, "problem": each.text} for each in problems],
            }
        case RateLimited(retry_after=retry_after):
            given = {"retryAfterMs": ceil(retry_after * 1000)}
        case _:
            return MISSING
    # Not strict: the model of a field's problem is the dialect's own too.
    return model.model_validate(given, strict=False, by_alias=True)
