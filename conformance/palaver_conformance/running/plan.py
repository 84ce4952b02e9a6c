"""What is to be judged, by which contract: from the subject file and from flags, which go before it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from palaver_conformance.contract import sources
from palaver_conformance.contract.model import Contract
from palaver_conformance.drivers.grpc import checked_addresses
from palaver_conformance.errors import UsageError
from palaver_conformance.evidence import ledger as ledgers
from palaver_conformance.evidence.ledger import Ledger
from palaver_conformance.hook import Hook
from palaver_conformance.limits import Limits
from palaver_conformance.people.issuers import Commanded, Issuer, Listed
from palaver_conformance.subject import checked_urls
from palaver_conformance.subject_file import reading
from palaver_conformance.subject_file.description import Accounts, Description, Launch
from palaver_conformance.timing import Timing
from palaver_conformance.topology.instance import Command

_REGISTER = "account.register"


@dataclass(frozen=True)
class Flags:
    """What was said on the command line about the server; None and empty stand for what was not."""

    subject: Path | None = None
    spec: str | None = None
    overlays: Sequence[Path] = ()
    urls: Sequence[str] = ()
    grpc: Sequence[str] = ()
    launch: str | None = None
    instances: int | None = None
    secret: str | None = None
    time_factor: float | None = None
    ledger: Path | None = None


@dataclass(frozen=True)
class Plan:
    """One server, how it is reached or started, how users get in, and what is known of it."""

    contract: Contract
    name: str = ""
    urls: tuple[str, ...] = ()
    grpc: tuple[str, ...] = ()
    launch: Launch | None = None
    secret: str | None = None
    issuer: Issuer | None = None
    reset: Hook | None = None
    limits: Limits = field(default_factory=Limits)
    timing: Timing = field(default_factory=Timing)
    ledger: Ledger = field(default_factory=Ledger)
    secrets: tuple[str, ...] = ()
    origin: str | None = None


def made(flags: Flags) -> Plan:
    """Return the plan; raises UsageError when it cannot be carried out."""
    said = reading.load(flags.subject) if flags.subject is not None else Description()
    contract = _contract(flags, said)
    urls, grpc, launch = _places(flags, said, contract)
    accounts = Accounts(secret=flags.secret) if flags.secret is not None else said.accounts
    patience = launch.patience if launch is not None else None
    timing = Timing(flags.time_factor or said.time_factor or 1.0, patience or Timing.readiness)
    if not (contract.has(_REGISTER) or accounts.given or (launch is not None and launch.command.asks_for("secret"))):
        raise UsageError(
            "the documents have no way to register users: give the --secret that tokens are signed with, a --launch"
            " command with {secret}, or a subject file that says where tokens come from"
        )
    ledger = flags.ledger or (Path(said.ledger) if said.ledger is not None else None)
    return Plan(
        contract=contract,
        name=said.name or "",
        urls=urls,
        grpc=grpc,
        launch=launch,
        secret=accounts.secret,
        issuer=_issuer(accounts, timing),
        reset=said.reset,
        limits=said.limits,
        origin=said.origin,
        timing=timing,
        ledger=ledgers.load(ledger) if ledger is not None else Ledger(),
        secrets=accounts.secrets,
    )


def _contract(flags: Flags, said: Description) -> Contract:
    spec = flags.spec or said.spec
    if spec is None:
        known = ", ".join(sources.known()) or "none"
        raise UsageError(f"--spec is missing: give a folder with documents, or one of: {known}")
    # Overlays are made for documents: other documents leave them behind.
    overlays = said.overlays if flags.spec is None else ()
    return sources.load(spec, flags.overlays or [Path(each) for each in overlays])


def _places(
    flags: Flags, said: Description, contract: Contract
) -> tuple[tuple[str, ...], tuple[str, ...], Launch | None]:
    """Return where the server listens, where it is called, and how it is started: either the first or the last."""
    if flags.urls and flags.launch is not None:
        raise UsageError("give either --url, where the server listens, or --launch, how to start it")
    urls, launch, grpc = said.urls, said.launch, said.grpc
    if flags.urls:
        urls, launch, grpc = checked_urls(flags.urls), None, ()
    elif flags.launch is not None:
        try:
            urls, launch, grpc = (), Launch(Command.parse(flags.launch)), ()
        except UsageError as error:
            raise UsageError(f"--launch: {error}") from error
    if flags.grpc:
        grpc = checked_addresses(flags.grpc)
    if not urls and launch is None:
        raise UsageError("give either --url, where the server listens, or --launch, how to start it")
    if flags.instances is not None and launch is None:
        raise UsageError("--instances goes with --launch: of servers that run, give each its --url")
    if flags.instances is not None and launch is not None:
        launch = Launch(launch.command, flags.instances, launch.patience)
    if grpc and contract.calls is None:
        raise UsageError("--grpc does not go with documents that have no calls over gRPC")
    if grpc and len(grpc) != len(urls):
        raise UsageError("give --grpc as often as --url: once for each instance")
    return urls, grpc, launch


def _issuer(accounts: Accounts, timing: Timing) -> Issuer | None:
    if accounts.tokens:
        return Listed(accounts.tokens)
    return Commanded(accounts.command, timing.hook) if accounts.command is not None else None
