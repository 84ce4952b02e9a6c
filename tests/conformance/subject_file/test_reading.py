"""From a subject file to its description."""

from pathlib import Path

import pytest

from palaver_conformance.errors import UsageError
from palaver_conformance.limits import Limits
from palaver_conformance.people.issuers import Issued
from palaver_conformance.subject_file.description import Description
from palaver_conformance.subject_file.reading import load

WHOLE = """
name: a server
spec: documents
overlays: [over.yaml]
grpc: ["127.0.0.1:50051"]
launch:
  command: JWT={secret} node server.js {port}
  instances: 2
  patience: 5
accounts:
  command: make-token {name}
reset: forget all
limits: {messages: 120, connections: 10}
time_factor: 2
ledger: known.yaml
"""


def written(folder: Path, text: str, name: str = "subject.yaml") -> Path:
    """Return a subject file, beside a folder of documents, an overlay and a ledger."""
    (folder / "documents").mkdir(exist_ok=True)
    for each in ("over.yaml", "known.yaml"):
        (folder / each).touch()
    (folder / name).write_text(text)
    return folder / name


def said(folder: Path, text: str, **environment: str) -> Description:
    """Return what a subject file says."""
    return load(written(folder, text), environment)


def test_everything(tmp_path: Path) -> None:
    """All keys are read; paths and commands start from the file's folder."""
    found = said(tmp_path, WHOLE)
    assert (found.name, found.spec) == ("a server", str(tmp_path / "documents"))
    assert (found.overlays, found.ledger) == ((str(tmp_path / "over.yaml"),), str(tmp_path / "known.yaml"))
    assert (found.grpc, found.time_factor, found.limits) == (("127.0.0.1:50051",), 2.0, Limits(120, 10))
    assert found.launch is not None
    assert (found.launch.instances, found.launch.patience) == (2, 5.0)
    assert found.accounts.command is not None
    assert found.reset is not None
    folders = {each.folder for each in (found.launch.command, found.accounts.command.command, found.reset.command)}
    assert folders == {tmp_path}
    assert found.reset.command.words == ("forget", "all")


def test_shipped_specification_is_no_path(tmp_path: Path) -> None:
    """A shipped specification is known by its name."""
    assert said(tmp_path, "spec: gateway\nurls: [http://h:1/]").spec == "gateway"
    assert said(tmp_path, "urls: [http://h:1/]").urls == ("http://h:1",)


def test_secrets_come_from_the_environment(tmp_path: Path) -> None:
    """A secret and tokens may be named instead of written."""
    assert said(tmp_path, "accounts: {secret_env: KEY}", KEY="k").accounts.secret == "k"
    assert said(tmp_path, "accounts: {secret: k}").accounts.secret == "k"
    text = "accounts:\n  tokens:\n    - {user: a, token: t}\n    - {user: b, token_env: B, admin: true}\n"
    assert said(tmp_path, text, B="tb").accounts.tokens == (Issued("a", "t"), Issued("b", "tb", admin=True))
    assert not said(tmp_path, "accounts: {register: true}").accounts.given


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("nmae: x", ":1:7: there is no key 'nmae'; did you mean 'name'?"),
        ("zzz: 1", "the keys here are name, spec, "),
        ("name: [x]", ":1:1: name is a list, and not a text; write a text"),
        ("name:", ":1:6: name is nothing, and not a text; write a text, or remove the key"),
        ("time_factor: fast", "time_factor is 'fast', and not a number above 0"),
        ("time_factor: 0", "time_factor is 0, and not a number above 0"),
        ("urls: http://h", "urls is 'http://h', and not a list of texts"),
        ("urls: []", "urls is empty"),
        ("urls:\n  - http://h\n  - nonsense", ":3:5: 'nonsense' is no address"),
        ("grpc: [nonsense]", "'nonsense'"),
        ("limits: {messages: true}", "messages is True, and not a whole number from 1 on"),
        ("limits: 3", "limits is 3, and not a group of keys"),
        ("limits: {zigzag: 3}", "there is no key 'zigzag' in limits; the keys of limits are messages, connections"),
        ("launch: {command: serve}", "the command has no {port}"),
        ("launch: {instances: 2}", "launch has no command"),
        ("launch: {command: 'serve {port}'}\nurls: [http://h]", "both urls and launch"),
        ("spec: nope", "'nope' is neither a shipped specification nor a folder"),
        ("overlays: [none.yaml]", ":1:12: there is no file 'none.yaml'"),
        ("ledger: none.yaml", "there is no file 'none.yaml'"),
        ("reset: say 'open", "the command cannot be read"),
        ("accounts: {command: make-token}", "has no {name}"),
        ("accounts: {secret: k, command: 'make {name}'}", "accounts has both secret and command"),
        ("accounts: {secret_env: NONE}", "the environment has no NONE"),
        ("accounts: {tokens: []}", "tokens is a list, and not a list of groups of keys"),
        ("accounts: {tokens: [{user: a}]}", "no user or no token"),
        ("accounts: {tokens: [{user: a, token: t}, {user: a, token: t}]}", "'a' is listed twice"),
        ("accounts: {register: please}", "register is 'please', and not true or false"),
    ],
)
def test_wrong_keys_and_values(text: str, told: str, tmp_path: Path) -> None:
    """Each is told with its place and what to do about it."""
    with pytest.raises(UsageError) as refused:
        said(tmp_path, text)
    assert told in str(refused.value)
    assert str(refused.value).startswith(f"{tmp_path / 'subject.yaml'}:")


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    """A person corrects a file once."""
    with pytest.raises(UsageError) as refused:
        said(tmp_path, "nmae: x\nlimits: {rate: 1}\nspec: nope\n")
    assert len(str(refused.value).splitlines()) == 3


def test_wrong_secrets_are_not_shown(tmp_path: Path) -> None:
    """A secret that is no text is not repeated in the complaint."""
    with pytest.raises(UsageError) as refused:
        said(tmp_path, "accounts: {secret: 8675309}")
    assert "8675309" not in str(refused.value)


def test_toml_says_the_same(tmp_path: Path) -> None:
    """A problem in TOML has its line too."""
    path = written(tmp_path, 'name = "x"\n[limits]\nmessages = 0\n', "subject.toml")
    with pytest.raises(UsageError, match=r"subject\.toml:3:1: messages is 0, and not a whole number from 1 on"):
        load(path, {})
