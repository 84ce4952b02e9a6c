"""The chat page, to try a server by hand. Its source is in page/, in TypeScript; what is compiled of it is here."""

from palaver_runtime.page.chat_page import ChatPage

__all__ = ["ChatPage"]
