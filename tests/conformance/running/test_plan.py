"""What is to be judged: the subject file, and flags that go before it."""

from pathlib import Path

import pytest

from palaver_conformance.errors import UsageError
from palaver_conformance.limits import Limits
from palaver_conformance.people.issuers import Commanded, Listed
from palaver_conformance.running import plan
from palaver_conformance.running.plan import Flags, Plan

WHOLE = """
name: ours
spec: gateway
launch: {command: 'serve {port}', instances: 2, patience: 7}
accounts: {secret: in-the-file}
limits: {messages: 5}
time_factor: 3
ledger: known.yaml
"""


def made(folder: Path, text: str = WHOLE, **flags: object) -> Plan:
    """Return the plan of a subject file and flags."""
    path = folder / "subject.yaml"
    path.write_text(text)
    (folder / "known.yaml").write_text("a.b.c: {reason: x, owner: y, expires: 2026-12-31}\n")
    return plan.made(Flags(subject=path, **flags))


def test_file_is_enough(tmp_path: Path) -> None:
    """A file says everything that is to be known."""
    found = made(tmp_path)
    assert (found.name, found.contract.name, found.secret) == ("ours", "gateway", "in-the-file")
    assert found.launch is not None
    assert (found.launch.instances, found.timing.factor, found.timing.launch) == (2, 3.0, 21.0)
    assert found.limits == Limits(messages=5)
    assert [entry.scenario for entry in found.ledger.entries] == ["a.b.c"]
    assert found.secrets == ("in-the-file",)


def test_flags_go_before_the_file(tmp_path: Path) -> None:
    """Each flag replaces what the file says of the same, and what cannot be together with it."""
    other = tmp_path / "other.yaml"
    other.write_text("x.y.z: {reason: x, owner: y, expires: 2026-12-31}\n")
    found = made(tmp_path, urls=["http://h:1"], secret="flag", time_factor=0.5, ledger=other)
    assert (found.urls, found.launch) == (("http://h:1",), None)
    assert (found.secret, found.secrets, found.timing.factor) == ("flag", ("flag",), 0.5)
    assert [entry.scenario for entry in found.ledger.entries] == ["x.y.z"]
    found = made(tmp_path, launch="start {port}", spec="messenger")
    assert found.launch is not None
    assert (found.launch.command.words, found.launch.instances) == (("start", "{port}"), None)
    assert found.contract.name == "messenger"
    found = made(tmp_path, instances=5)
    assert found.launch is not None
    assert (found.launch.instances, found.launch.patience) == (5, 7.0)


def test_instances_are_of_what_is_launched(tmp_path: Path) -> None:
    """Of servers that run already, nobody starts more."""
    with pytest.raises(UsageError, match="--instances goes with --launch"):
        made(tmp_path, "spec: gateway\nurls: [http://h:1]\n", instances=2)


def test_overlays_go_with_their_documents(tmp_path: Path) -> None:
    """Overlays of the file are left behind with its documents; those of flags replace them."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "asyncapi.yaml").write_text("asyncapi: 3.0.0\ninfo: {title: x, version: 1.0.0}\n")
    for name in ("one.yaml", "two.yaml"):
        (tmp_path / name).write_text(f"overlay: {name}\n")
    text = "spec: mine\noverlays: [one.yaml]\nurls: [http://h:1]\naccounts: {secret: s}\n"
    with pytest.raises(UsageError, match=r"one\.yaml:1:10: .*Overlay one\.yaml is not supported"):
        made(tmp_path, text)
    with pytest.raises(UsageError, match=r"two\.yaml:1:10: .*Overlay two\.yaml is not supported"):
        made(tmp_path, text, overlays=[tmp_path / "two.yaml"])
    assert made(tmp_path, text, spec="gateway").contract.name == "gateway"


def test_addresses_of_calls(tmp_path: Path) -> None:
    """Addresses over gRPC go with the urls that they were given with."""
    text = "spec: aether\nurls: [http://h:1]\ngrpc: ['h:2']\naccounts: {secret: s}\n"
    assert made(tmp_path, text).grpc == ("h:2",)
    assert made(tmp_path, text, urls=["http://h:3"]).grpc == ()
    assert made(tmp_path, text, grpc=["h:4"]).grpc == ("h:4",)


def test_ways_to_a_token(tmp_path: Path) -> None:
    """Tokens and a command have an issuer; with a secret, or where users are registered, there is none."""
    head = "spec: messenger\nurls: [http://h:1]\naccounts: "
    assert isinstance(made(tmp_path, head + "{tokens: [{user: a, token: t}]}").issuer, Listed)
    assert isinstance(made(tmp_path, head + "{command: 'make {name}'}").issuer, Commanded)
    assert made(tmp_path, head + "{secret: s}").issuer is None
    assert made(tmp_path, "spec: gateway\nurls: [http://h:1]\n").issuer is None
    found = made(tmp_path, head + "{command: 'make {name}'}", secret="flag")
    assert (found.issuer, found.secret) == (None, "flag")


@pytest.mark.parametrize(
    ("text", "flags", "told"),
    [
        ("urls: [http://h:1]\n", {}, "--spec is missing"),
        ("spec: gateway\n", {}, "give either --url"),
        ("spec: gateway\n", {"urls": ["http://h:1"], "launch": "serve {port}"}, "give either --url"),
        ("spec: gateway\n", {"urls": ["nonsense"]}, "nonsense"),
        ("spec: gateway\n", {"launch": "serve"}, r"--launch: the command has no \{port\}"),
        ("spec: gateway\nurls: [http://h:1]\n", {"grpc": ["h:2"]}, "no calls over gRPC"),
        ("spec: aether\nurls: [http://h:1, http://h:2]\naccounts: {secret: s}\n", {"grpc": ["h:3"]}, "as often as"),
        ("spec: messenger\nurls: [http://h:1]\n", {}, "no way to register"),
    ],
)
def test_what_cannot_be_carried_out(text: str, flags: dict, told: str, tmp_path: Path) -> None:
    """A plan that lacks something, or contradicts itself, is refused before anything is run."""
    with pytest.raises(UsageError, match=told):
        made(tmp_path, text, **flags)
