"""Who somebody is to the server."""

from dataclasses import dataclass


@dataclass
class Account:
    """A user and the means to prove it. Tokens are None for those that the harness never got."""

    name: str
    user: str
    access_token: str
    refresh_token: str | None = None
    password: str | None = None

    @property
    def secrets(self) -> tuple[str, ...]:
        """What no report is to show."""
        return tuple(each for each in (self.access_token, self.refresh_token, self.password) if each)
