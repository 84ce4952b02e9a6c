"""REST at random: each operation by requests that its document allows or forbids, and all of them along their links."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from palaver_conformance.contract.model import Contract, HttpOperation, Operation
from palaver_conformance.errors import Failure, HarnessError, NotApplicable
from palaver_conformance.generated.casting import prepared
from palaver_conformance.generated.drawing import settings_for_drawing
from palaver_conformance.generated.negatives import ELSEWHERE
from palaver_conformance.generated.policy import ALLOWED
from palaver_conformance.generated.probing import Prober, load
from palaver_conformance.generated.requests import values
from palaver_conformance.generated.search import Bounds, Fails, Trial, meanwhile, search, searched
from palaver_conformance.people.stage import Stage
from palaver_conformance.scenario import RANDOM, Scenario, scenario
from palaver_conformance.setting import Setting

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy
    from schemathesis import Case, Response

CAPABILITY: Final = "rest"
_SOURCE: Final = "the OpenAPI document"
_STEPS: Final = 6


def rest() -> list[Scenario]:
    """Return a scenario for each operation of the vocabulary, and one for the links between them."""
    return [*(_by_itself(means) for means in (*ELSEWHERE, *ALLOWED)), _linked()]


def worth_trying(_: Contract, operation: Operation) -> bool:
    """Tell whether requests can be drawn for an operation: it has a document of its own."""
    return isinstance(operation, HttpOperation)


def _by_itself(means: str) -> Scenario:
    @scenario(f"{CAPABILITY}.{means.replace('.', '-')}.drawn", source=_SOURCE, needs=(f"{means}@http",), tags=(RANDOM,))
    async def answers_are_as_documented(stage: Stage) -> None:
        """Draw requests that the document allows and requests that it forbids, and judge the answers."""
        operation = stage.setting.contract.operation(means, "http")
        if not isinstance(operation, HttpOperation):
            raise HarnessError(f"{operation.name} is no request")
        case = await prepared(stage, operation)
        path = operation.payload(values(operation, case.caller, case.matter))["path"]
        prober = Prober(stage.setting, case.caller.account, {operation.name: operation})

        def attempt(drawn: "Case[Any]") -> None:
            prober.judge(drawn, prober.call(drawn))

        try:
            found = await search(
                lambda: _requests(stage.setting.contract, operation, path if isinstance(path, dict) else {}),
                attempt,
                # Drawing a request costs as much as a talk does, and there are many operations.
                replace(_bounds(stage.setting), examples=max(1, stage.setting.examples // 2)),
            )
        finally:
            prober.close()
        if found is not None:
            what = f"of {found.tried} requests {found.failures} were answered badly; the simplest of them:"
            raise Failure(found.failure.expected, (what, *found.failure.arrived))

    return replace(
        answers_are_as_documented,
        title=f"{means} is answered as documented, whatever is asked",
        requirement=(
            f"Requests for {means} that the document allows are answered by a status, a content type and a body that it"
            " has; those that it forbids are refused; without a token it is refused; nothing makes the server fail."
        ),
    )


def _linked() -> Scenario:
    @scenario(f"{CAPABILITY}.links.followed", source=_SOURCE, needs=("conversation.list@http",), tags=(RANDOM,))
    async def what_was_made_is_there(stage: Stage) -> None:
        """Follow the links of the document with what they pass on, and judge the answers."""
        setting = stage.setting
        if not _has_links(setting.contract):
            raise NotApplicable("the document has no links")
        caller, bob, carol = await stage.actor("alice"), await stage.actor("bob"), await stage.newcomer("carol")
        room = await stage.room(caller, bob)
        message = await caller.send(room, "something to begin with")
        known: dict[str, object] = {
            "conversation": room.id,
            "id": message.id,
            "message": message.id,
            "sequence": message.get("sequence"),
            "users": bob.user,
            "recipient": bob.user,
            "user": carol.user,
        }
        operations = {each.name: each for each in setting.contract.operations if isinstance(each, HttpOperation)}
        prober = Prober(setting, caller.account, operations)
        trial: Trial[None] = Trial(_bounds(setting))
        try:
            found = await searched(trial, lambda: _follow(prober, known, trial))
        finally:
            prober.close()
        if found is not None:
            raise found.failure

    return replace(
        what_was_made_is_there,
        title="what one request made is there for those that are linked to it",
        requirement=(
            "Along the links of the document, requests are answered as documented: what was made is found, changed and"
            " listed, and what was deleted is not found any more."
        ),
    )


def _requests(contract: Contract, operation: HttpOperation, path: Mapping[str, object]) -> "SearchStrategy[Case[Any]]":
    """Draw requests: good ones about what is there, and bad ones about anything."""
    from hypothesis import strategies as st
    from schemathesis import GenerationMode

    drawn = load(_alone(contract, operation))[operation.path][operation.method]
    about = dict(path) or None
    strategies = [drawn.as_strategy(GenerationMode.POSITIVE, path_parameters=about)]
    # Where any text is as good as any other, there is nothing bad to draw.
    restricted = any(operation.restricts(name) for name, at in operation.fields.items() if at.startswith("/path/"))
    if restricted:
        strategies.append(drawn.as_strategy(GenerationMode.NEGATIVE))
    if drawn.body or drawn.query:
        strategies.append(drawn.as_strategy(GenerationMode.NEGATIVE, path_parameters=about))
    return st.one_of(strategies)


def _follow(prober: Prober, known: Mapping[str, object], trial: "Trial[None]") -> None:
    """Follow the links of a document, in a thread; where no link leads, requests are about what is known."""
    import hypothesis

    # Who they are is not to change on the way: whoever signs out has come to its end.
    accounts = {name for name, each in prober.operations.items() if each.means.startswith("account.")}
    schema = load(prober.setting.contract.openapi).exclude(lambda context: context.operation.label in accounts)
    machine = schema.as_state_machine()

    class Following(machine):  # type: ignore[misc, valid-type]
        def setup(self) -> None:
            trial.tried += 1
            prober.log.clear()

        def before_call(self, case: "Case[Any]") -> None:
            prober.settle(case, known)

        def call(self, case: "Case[Any]", **_: object) -> "Response":
            trial.go_on()
            try:
                with meanwhile():
                    return prober.call(case)
            except Failure as failure:
                raise self._failed(failure) from None

        def validate_response(self, response: "Response", case: "Case[Any]", *_: object, **__: object) -> None:
            try:
                prober.judge(case, response, self.recorder)
            except Failure as failure:
                raise self._failed(failure) from None

        def _failed(self, failure: Failure) -> Fails:
            steps = [f"{number}. {line}" for number, line in enumerate(prober.log, 1)]
            trial.fail(
                None, Failure(failure.expected, ("the shortest way that leads there:", *steps, *failure.arrived))
            )
            return Fails()

    settings = settings_for_drawing(trial.bounds.examples, stateful_step_count=_STEPS)
    again = 0
    while trial.found is None and not trial.over and trial.tried < trial.bounds.examples:
        hypothesis.seed(f"{trial.bounds.seed} {again}")(Following)
        try:
            Following.run(settings=settings)
        except hypothesis.errors.Flaky:
            # The server remembers what the way before has done to it, and Hypothesis does not know: it begins anew.
            again += 1
        else:
            return


def _bounds(setting: Setting) -> Bounds:
    return Bounds(setting.seed, setting.examples, setting.search_time, setting.shrinking_time)


def _has_links(contract: Contract) -> bool:
    for item in _node(contract.openapi.get("paths")).values():
        for operation in _node(item).values():
            responses = _node(_node(operation).get("responses"))
            if any("links" in _node(each) for each in responses.values()):
                return True
    return False


def _alone(contract: Contract, operation: HttpOperation) -> dict[str, object]:
    """Return the document with one operation alone: the others, and what is linked, cost time that nobody has."""
    item = _node(_node(contract.openapi.get("paths")).get(operation.path))
    method = operation.method.lower()
    documented = _node(item.get(method))
    responses = {
        status: {name: value for name, value in _node(response).items() if name != "links"}
        for status, response in _node(documented.get("responses")).items()
    }
    kept = {"parameters": item.get("parameters", []), method: {**documented, "responses": responses}}
    return {**contract.openapi, "paths": {operation.path: kept}}


def _node(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}
