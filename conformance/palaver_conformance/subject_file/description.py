"""What a subject file says."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from palaver_conformance.hook import Hook
from palaver_conformance.limits import Limits
from palaver_conformance.people.issuers import Issued
from palaver_conformance.topology.instance import Command


@dataclass(frozen=True)
class Launch:
    """How the server is started, how often, and how many seconds it may take to answer."""

    command: Command
    instances: int | None = None
    patience: float | None = None


@dataclass(frozen=True)
class Accounts:
    """How the scenarios get users: at most one of these is there, and with none they are registered."""

    secret: str | None = None
    tokens: Sequence[Issued] = ()
    command: Hook | None = None

    @property
    def given(self) -> bool:
        """Whether users need not be registered."""
        return bool(self.secret or self.tokens or self.command)

    @property
    def secrets(self) -> tuple[str, ...]:
        """What nobody may be shown."""
        return tuple(secret for secret in (self.secret, *(each.token for each in self.tokens)) if secret)


@dataclass(frozen=True)
class Description:
    """An implementation under test. Paths in it are absolute; None and empty stand for what the file does not say."""

    name: str | None = None
    spec: str | None = None
    overlays: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()
    grpc: tuple[str, ...] = ()
    launch: Launch | None = None
    accounts: Accounts = field(default_factory=Accounts)
    reset: Hook | None = None
    limits: Limits = field(default_factory=Limits)
    origin: str | None = None
    time_factor: float | None = None
    ledger: str | None = None
