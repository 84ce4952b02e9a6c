"""The whole HTTP transport, over real sockets."""

import pytest
import websockets
from pydantic import ConfigDict, create_model


async def test_call_takes_what_the_operation_has(served, table, models):
    """Caller, parameters and body reach the handler in that order; the model returned becomes the response."""
    parameters, body, item = models
    calls: list[tuple[object, ...]] = []

    async def call(*arguments):
        calls.append(arguments)
        return item(itemName="ü")

    async def plain():
        return None

    routes = [
        table(
            call, "PUT", "/items/{itemId}", "putItem",
            secured=True, parameters=parameters, query=frozenset({"limit"}), body=body,
        ),
        table(plain, "DELETE", "/items", "clear", statuses={204: None}),
    ]  # fmt: skip
    async with served(*routes) as client:
        answer = await client.put(
            "/items/a%20b?limit=3", json={"itemName": "x"}, headers={"Authorization": "Bearer alice"}
        )
        assert (answer.status_code, answer.json()) == (200, {"itemName": "ü"})
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["cache-control"] == "no-store"
        empty = await client.delete("/items")
        assert (empty.status_code, empty.content) == (204, b"")
    caller, seen, sent = calls[0]
    assert (caller, seen.item_id, seen.limit, sent.item_name) == ("alice", "a b", 3, "x")


async def test_several_statuses(served, table, models):
    """With several declared statuses the handler chooses one with its model."""
    item = models[2]
    answers = [(201, item(itemName="new")), (200, item(itemName="old"))]

    async def call():
        return answers.pop(0)

    async with served(table(call, "POST", "/items", "create", statuses={200: item, 201: item})) as client:
        first, second = await client.post("/items"), await client.post("/items")
    assert (first.status_code, first.json()) == (201, {"itemName": "new"})
    assert (second.status_code, second.json()) == (200, {"itemName": "old"})


@pytest.mark.parametrize(
    ("result", "statuses"),
    [
        (None, {200: True}),
        ({"itemName": "x"}, {200: True}),
        ("model", {204: None}),
        ("model", {200: True, 201: True}),
        ((202, "model"), {200: True, 201: True}),
        ((200, None), {200: True, 201: True}),
    ],
)
async def test_undeclared_response_is_an_internal_error(served, table, models, result, statuses, caplog):
    """What the document does not declare is never sent: the client gets the dialect's internal error."""
    item = models[2]
    made = item(itemName="x")
    result = made if result == "model" else result
    if isinstance(result, tuple) and result[1] == "model":
        result = (result[0], made)

    async def call():
        return result

    declared = {status: item if model else None for status, model in statuses.items()}
    async with served(table(call, "GET", "/", "get", statuses=declared)) as client:
        answer = await client.get("/")
    assert (answer.status_code, answer.json()["error"]) == (500, "UndeclaredResponse")
    assert "get failed" in caplog.text


async def test_invalid_model_built_by_a_handler_is_not_the_client_s_fault(served, table, models):
    """A ValidationError raised inside a handler is an internal error, not a bad request."""

    async def call():
        return models[2].model_validate({})

    async with served(table(call, "GET", "/", "get")) as client:
        assert (await client.get("/")).json()["error"] == "UndeclaredResponse"


async def test_body_that_may_be_left_out(served, table, models):
    """Where the document does not require the body, a request without one counts as an empty object."""
    _, _, item = models
    nothing = create_model("Nothing", __config__=ConfigDict(extra="forbid"))

    async def call(body):
        return item(itemName=type(body).__name__)

    async with served(table(call, "PATCH", "/", "patch", body=nothing, body_required=False)) as client:
        answers = [await client.patch("/"), await client.patch("/", json={}), await client.patch("/", json={"a": 1})]
    assert [answer.status_code for answer in answers] == [200, 200, 400]
    assert [answer.json() for answer in answers[:2]] == [{"itemName": "Nothing"}] * 2


async def test_failures_speak_the_dialect(served, table, models):
    """Whatever goes wrong is put into words by the dialect, which is told the operation."""
    parameters, body, _ = models

    async def call(*arguments):
        raise LookupError

    routes = [
        table(call, "GET", "/items/{itemId}", "get", parameters=parameters, query=frozenset({"limit"})),
        table(call, "POST", "/items", "post", secured=True, body=body),
    ]
    auth = {"Authorization": "Bearer a"}
    async with served(*routes) as client:
        answers = [
            await client.get("/items/ok"),
            await client.get("/items/x"),
            await client.get("/items/ok?limit=x"),
            await client.get("/items/ok?other=1"),
            await client.get("/items/ok?limit=1&limit=2"),
            await client.post("/items", json={"itemName": "x"}),
            await client.post("/items", json={"itemName": 1}, headers=auth),
            await client.post("/items", json={"item_name": "x"}, headers=auth),
            await client.post("/items", content="{", headers={**auth, "Content-Type": "application/json"}),
            await client.post("/items", content="{}", headers=auth),
            await client.post("/items", headers=auth),
            await client.get("/nowhere"),
            await client.get("/items/"),
        ]
    assert [(answer.status_code, answer.json()["error"], answer.json()["operation"]) for answer in answers] == [
        (500, "LookupError", "get"),
        (400, "BadRequest", "get"),
        (400, "BadRequest", "get"),
        (400, "BadRequest", "get"),
        (400, "BadRequest", "get"),
        (401, "Denied", "post"),
        (400, "ValidationError", "post"),
        (400, "ValidationError", "post"),
        (400, "ValidationError", "post"),
        (415, "UnsupportedMediaType", "post"),
        (400, "BadRequest", "post"),
        (404, "NoSuchPath", None),
        (404, "NoSuchPath", None),
    ]
    assert {answer.headers["x-dialect"] for answer in answers} == {"plain"}
    assert {answer.headers["cache-control"] for answer in answers} == {"no-store"}


async def test_broken_refusal_is_still_answered(served, table, dialect, caplog):
    """When the dialect fails to refuse, the client gets a plain 500 in JSON."""
    dialect.broken = True
    async with served(dialect=dialect) as client:
        answer = await client.get("/")
    assert (answer.status_code, answer.json()) == (500, {"error": "internal server error"})
    assert "could not be told" in caplog.text


async def test_methods(served, table, models):
    """HEAD is GET without the body; OPTIONS and other methods tell what is allowed."""

    async def call():
        return models[2](itemName="x")

    async with served(table(call, "GET", "/a", "get"), table(call, "PUT", "/a", "put")) as client:
        head = await client.head("/a")
        assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", "16")
        options = await client.options("/a")
        assert (options.status_code, options.headers["allow"]) == (204, "GET, HEAD, OPTIONS, PUT")
        wrong = await client.post("/a")
        assert (wrong.status_code, wrong.headers["allow"]) == (405, "GET, HEAD, OPTIONS, PUT")
        assert wrong.json()["error"] == "WrongMethod"


async def test_fixed_path_before_a_parameter(served, table, models):
    """/items/me is its own operation, also when the table has /items/{itemId} first."""
    parameters, _, item = models

    async def by_id(found):
        return item(itemName=found.item_id)

    async def me():
        return item(itemName="fixed")

    routes = [table(by_id, "GET", "/items/{itemId}", "get", parameters=parameters), table(me, "GET", "/items/me", "me")]
    async with served(*routes) as client:
        assert (await client.get("/items/me")).json() == {"itemName": "fixed"}
        assert (await client.get("/items/you")).json() == {"itemName": "you"}


@pytest.mark.parametrize("with_length", [True, False])
async def test_body_is_bounded(served, table, models, with_length):
    """A body over the limit is refused, whether its length was announced or not."""

    async def chunks():
        for _ in range(100):
            yield b"x" * 1000

    async def call(body):
        raise AssertionError("called")

    headers = {"Content-Type": "application/json"}
    if with_length:
        headers["Content-Length"] = "100000"
    async with served(table(call, "POST", "/", "post", body=models[1]), max_body_bytes=5000) as client:
        answer = await client.post("/", content=chunks(), headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (413, "TooLarge")


async def test_body_of_an_operation_without_one(served, table, models):
    """An operation without a body refuses one."""

    async def call():
        return models[2](itemName="x")

    async with served(table(call, "DELETE", "/", "delete"), max_body_bytes=10) as client:
        assert (await client.delete("/")).status_code == 200
        assert (await client.request("DELETE", "/", content="x")).json()["error"] == "BadRequest"
        assert (await client.request("DELETE", "/", content="x" * 11)).json()["error"] == "TooLarge"


async def test_websocket_is_refused(served, table):
    """A websocket where there is only HTTP is refused, and the server goes on."""
    async with served() as client:
        url = str(client.base_url).replace("http", "ws")
        with pytest.raises(websockets.InvalidStatus, match="403"):
            async with websockets.connect(url):
                pass
        assert (await client.get("/")).status_code == 404
