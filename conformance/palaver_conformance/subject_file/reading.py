"""From a subject file to its description, with everything that is wrong in it."""

import os
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import TypeVar

from palaver_codegen.documents.problems import Place, Problem
from palaver_codegen.documents.tree import Block, Items, Json, place_in
from palaver_conformance.commandline import CommandLine
from palaver_conformance.contract import sources
from palaver_conformance.drivers.grpc import checked_addresses
from palaver_conformance.errors import UsageError
from palaver_conformance.hook import Hook
from palaver_conformance.limits import Limits
from palaver_conformance.people.issuers import Issued
from palaver_conformance.subject import checked_urls
from palaver_conformance.subject_file.description import Accounts, Description, Launch
from palaver_conformance.subject_file.document import read, shown
from palaver_conformance.subject_file.keys import KEYS, LIMITS, Form, Key
from palaver_conformance.topology.instance import Command

_T = TypeVar("_T")

_WAYS = ("register", "secret", "secret_env", "tokens", "command")


def load(path: Path, environment: Mapping[str, str] = os.environ) -> Description:
    """Return what a file says; relative paths and commands in it start from its folder.

    Raises UsageError with a line for each wrong key or value: where, what, and what to do about it.
    """
    reader = _Reader(path, environment)
    description = reader.description(read(path))
    if reader.problems:
        raise UsageError("\n".join(shown(problem) for problem in reader.problems))
    return description


class _Reader:
    """Reads one file, and collects its problems."""

    def __init__(self, path: Path, environment: Mapping[str, str]) -> None:
        self.problems: list[Problem] = []
        self._folder = path.resolve().parent
        self._environment = environment

    def description(self, data: Block) -> Description:
        """Return what the file says, as far as it can be understood."""
        data = self._known(data, KEYS, "")
        launch = self._launch(data)
        if "urls" in data and "launch" in data:
            self._problem(data.places["launch"], "both urls and launch are given", "keep one of them")
        return Description(
            name=_text(data.get("name")),
            spec=self._spec(data),
            overlays=tuple(self._path(data["overlays"], number) for number in range(len(_items(data.get("overlays"))))),
            urls=self._checked(data, "urls", checked_urls),
            grpc=self._checked(data, "grpc", checked_addresses),
            launch=launch,
            accounts=self._accounts(_block(data.get("accounts"))),
            reset=self._hook(data, "reset", "the reset command"),
            limits=_limits(_block(data.get("limits"))),
            origin=_text(data.get("origin")),
            time_factor=_number(data.get("time_factor")),
            ledger=self._path(data, "ledger") if "ledger" in data else None,
        )

    def _known(self, data: Block, keys: Mapping[str, Key], within: str) -> Block:
        """Return the entries that have a known key and a value of its form, groups included."""
        good = Block(data.place)
        for name, value in data.items():
            place = data.places[name]
            key = keys.get(name)
            if key is None:
                close = get_close_matches(name, keys, n=1)
                remedy = (
                    f"did you mean {close[0]!r}?"
                    if close
                    else f"the keys {f'of {within}' if within else 'here'} are {', '.join(keys)}"
                )
                self._problem(place, f"there is no key {name!r}{f' in {within}' if within else ''}", remedy)
            elif not _fits(value, key.form):
                what = _shown(value, key)
                remedy = f"write {key.form}" if value is not None else f"write {key.form}, or remove the key"
                self._problem(place, f"{name} is {what}, and not {key.form}", remedy)
            elif isinstance(value, Block) and key.keys is not None:
                good.put(name, self._known(value, key.keys, name), place)
            elif isinstance(value, Items) and key.keys is not None:
                items = Items(value.place)
                for item, there in zip(value, value.places, strict=True):
                    assert isinstance(item, Block)
                    items.put(self._known(item, key.keys, name), there)
                good.put(name, items, place)
            else:
                good.put(name, value, place)
        return good

    def _spec(self, data: Block) -> str | None:
        """Return the name of a shipped specification as it is, and anything else as a path."""
        spec = _text(data.get("spec"))
        if spec is None or spec in sources.known():
            return spec
        folder = self._folder / spec
        if not folder.is_dir():
            shipped = ", ".join(sources.known()) or "none"
            reason = f"{spec!r} is neither a shipped specification nor a folder beside this file"
            self._problem(data.places["spec"], reason, f"name a folder, or one of: {shipped}")
        return str(folder)

    def _path(self, container: Json, key: str | int) -> str:
        value = container[key] if isinstance(container, Block) and isinstance(key, str) else None
        if isinstance(container, Items) and isinstance(key, int):
            value = container[key]
        path = self._folder / str(value)
        if not path.is_file():
            self._problem(place_in(container, key), f"there is no file {str(value)!r}", "correct the path")
        return str(path)

    def _checked(self, data: Block, name: str, check: Callable[[Sequence[str]], tuple[str, ...]]) -> tuple[str, ...]:
        items = data.get(name)
        if not isinstance(items, Items):
            return ()
        if not items:
            self._problem(data.places[name], f"{name} is empty", "write at least one address, or remove the key")
        found: list[str] = []
        for item, place in zip(items, items.places, strict=True):
            try:
                found += check([str(item)])
            except UsageError as error:
                self._problem(place, str(error), "correct the address")
        return tuple(found)

    def _launch(self, data: Block) -> Launch | None:
        if "launch" not in data:
            return None
        launch = _block(data["launch"])
        if "command" not in launch:
            self._problem(data.places["launch"], "launch has no command", "write the command that starts the server")
            return None
        place = launch.places["command"]
        command = self._tried(place, lambda: Command.parse(str(launch["command"]), self._folder))
        if command is None:
            return None
        return Launch(command, _whole(launch.get("instances")), _number(launch.get("patience")))

    def _accounts(self, data: Block) -> Accounts:
        ways = [name for name in _WAYS if name in data and data[name] is not False]
        if len(ways) > 1:
            self._problem(data.places[ways[1]], f"accounts has both {ways[0]} and {ways[1]}", "keep one of them")
        return Accounts(
            secret=_text(data.get("secret")) or self._variable(data, "secret_env"),
            tokens=self._tokens(data.get("tokens")),
            command=self._hook(data, "command", "the command that makes tokens", place="name"),
        )

    def _tokens(self, items: Json) -> tuple[Issued, ...]:
        found: dict[str, Issued] = {}
        for entry in _items(items):
            each = _block(entry)
            token = _text(each.get("token")) or self._variable(each, "token_env")
            user = _text(each.get("user"))
            if user is None or not ({"token", "token_env"} & set(each)):
                self._problem(each.place, "a token has no user or no token", "write both: {user: …, token: …}")
            elif user in found:
                self._problem(each.places["user"], f"the user {user!r} is listed twice", "remove one of them")
            elif token is not None:
                found[user] = Issued(user, token, admin=each.get("admin") is True)
        return tuple(found.values())

    def _variable(self, data: Block, name: str) -> str | None:
        variable = _text(data.get(name))
        if variable is None:
            return None
        value = self._environment.get(variable)
        if not value:
            self._problem(
                data.places[name], f"the environment has no {variable}", f"set it, as in {variable}=… palaver"
            )
        return value

    def _hook(self, data: Block, name: str, what: str, place: str | None = None) -> Hook | None:
        template = _text(data.get(name))
        if template is None:
            return None
        command = self._tried(data.places[name], lambda: CommandLine.parse(template, self._folder))
        if command is not None and place is not None and not command.asks_for(place):
            reason = f"{what} has no {{{place}}}"
            self._problem(data.places[name], reason, f"write {{{place}}} where it is to be filled in")
        return Hook(what, command) if command is not None else None

    def _tried(self, place: Place, parse: Callable[[], _T]) -> _T | None:
        try:
            return parse()
        except UsageError as error:
            self._problem(place, str(error), "correct the command")
            return None

    def _problem(self, place: Place, reason: str, remedy: str) -> None:
        self.problems.append(Problem(place, "subject-file", reason, remedy))


def _fits(value: Json, form: Form) -> bool:
    match form:
        case Form.TEXT:
            return isinstance(value, str) and bool(value)
        case Form.TEXTS:
            return isinstance(value, list) and all(isinstance(item, str) and item for item in value)
        case Form.SWITCH:
            return isinstance(value, bool)
        case Form.COUNT:
            return isinstance(value, int) and not isinstance(value, bool) and value >= 1
        case Form.NUMBER:
            return isinstance(value, int | float) and not isinstance(value, bool) and value > 0
        case Form.TABLE:
            return isinstance(value, dict)
        case Form.TABLES:
            return isinstance(value, list) and bool(value) and all(isinstance(item, dict) for item in value)


def _shown(value: Json, key: Key) -> str:
    if key.secret:
        return "something else"
    match value:
        case None:
            return "nothing"
        case dict():
            return "a group"
        case list():
            return "a list"
        case _:
            return repr(value)


def _limits(data: Block) -> Limits:
    return Limits(**{name: _whole(data.get(name)) for name in LIMITS})


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) else None


def _whole(value: Json) -> int | None:
    return value if isinstance(value, int) else None


def _number(value: Json) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _block(value: Json) -> Block:
    return value if isinstance(value, Block) else Block(Place("?"))


def _items(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []
