"""A text for clients, made once for however many they are."""

from palaver_runtime.transports.rfc6455.frames import TEXT, frame


class TextFrame:
    """A text, and the frame of WebSocket that has it."""

    __slots__ = ("size", "text", "wire")

    def __init__(self, text: str) -> None:
        payload = text.encode()
        self.text = text
        #: How many bytes the text has.
        self.size = len(payload)
        #: The bytes of the frame.
        self.wire = frame(TEXT, payload)

    def __repr__(self) -> str:
        return f"<TextFrame of {self.size} bytes>"
