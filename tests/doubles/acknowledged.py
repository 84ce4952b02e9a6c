"""What a dialect answers, as a client reads it."""

from pydantic import BaseModel


def read(answer: object) -> object:
    """Give an acknowledgement as JSON values, where it is one."""
    return answer.model_dump(mode="json", by_alias=True) if isinstance(answer, BaseModel) else answer
