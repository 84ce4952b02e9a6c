"""Passwords that are not kept secret, and so checked at once."""


class PlainPasswords:
    """Stores a password as it is, and remembers which hashes it was asked to verify."""

    def __init__(self) -> None:
        self.verified: list[str | None] = []

    async def hash(self, password: str) -> str:
        """Mark the password."""
        return f"plain:{password}"

    async def verify(self, password_hash: str | None, password: str) -> bool:
        """Compare."""
        self.verified.append(password_hash)
        return password_hash == f"plain:{password}"
