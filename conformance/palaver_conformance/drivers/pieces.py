"""A text in pieces, as a frame is in fragments."""


def pieces(text: str, count: int) -> list[str]:
    """Return JSON in so many pieces: the text, and spaces after it."""
    return [text, *[" "] * (count - 1)]
