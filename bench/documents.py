"""Documents of any size, of which lint, generate and docs can be measured: a dialect with as many operations as wanted.

    python bench/documents.py --operations 300 FOLDER

writes FOLDER/common and FOLDER/large: a third of the operations are events that clients send and that are acknowledged,
a third events of the server, a third REST endpoints; each has two schemas of its own. `palaver lint` finds nothing in
them.
"""

import argparse
import sys
from pathlib import Path
from typing import Any

import yaml

DIALECT = "large"
MOMENT = "2026-11-20T09:30:00.000Z"
CODES = {"UNAUTHORIZED": 401, "VALIDATION_ERROR": 400, "INTERNAL_ERROR": 500}

Json = dict[str, Any]


def write(spec: Path, operations: int) -> Path:
    """Write the documents below a folder, and return that of the dialect."""
    each = max(1, operations // 3)
    for name, document in (
        ("common/errors.yaml", {"errors": {code: _entry(status) for code, status in CODES.items()}}),
        ("common/schemas.yaml", {"schemas": _shared()}),
        (f"{DIALECT}/asyncapi.yaml", _asyncapi(each)),
        (f"{DIALECT}/openapi.yaml", _openapi(operations - 2 * each)),
    ):
        path = spec / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml.dump(document, Dumper=_Plain, sort_keys=False, allow_unicode=True), encoding="utf-8")
    return spec / DIALECT


class _Plain(yaml.SafeDumper):
    """Writes everything out where it is used: YAML's own references are not what is measured."""

    def ignore_aliases(self, data: object) -> bool:
        """Use no alias, whatever it would be for."""
        del data
        return True


def _entry(status: int) -> Json:
    return {
        "status": status,
        "retryable": status == 500,
        "description": f"Status {status}.",
        "raised": "When it is so.",
    }


def _shared() -> Json:
    return {
        "Id": {
            "type": "string",
            "pattern": "^[0-9a-f]{24}$",
            "description": "An identifier.",
            "examples": ["6565f1a2b3c4d5e6f7a8b9c0"],
        },
        "Moment": {"type": "string", "format": "date-time", "description": "A moment.", "examples": [MOMENT]},
        "Refusal": _object(
            "Why something was refused.",
            {
                "code": {"type": "string", "enum": list(CODES), "description": "The code."},
                "message": {"type": "string", "maxLength": 200, "description": "What is wrong."},
            },
            {"code": "VALIDATION_ERROR", "message": "too long"},
            {"entity": "error", "fields": {"code": "/code", "message": "/message"}},
        ),
    }


def _object(description: str, properties: Json, example: Json, chat: Json | None = None) -> Json:
    schema: Json = {
        "type": "object",
        "additionalProperties": False,
        "required": list(example),
        "properties": properties,
        "description": description,
        "examples": [example],
    }
    return schema if chat is None else {**schema, "x-chat": chat}


def _reference(name: str) -> Json:
    return {"$ref": f"../common/schemas.yaml#/schemas/{name}"}


def _text(description: str) -> Json:
    return {"type": "string", "minLength": 1, "maxLength": 5000, "description": description, "examples": ["hello"]}


def _item(number: int, document: str) -> tuple[str, Json, Json]:
    """Return the name, the schema and an example of a message of one operation's own."""
    example = {"id": "6565f1a2b3c4d5e6f7a8b9c0", "text": "hello", "createdAt": MOMENT, f"rank{number}": 1}
    schema = _object(
        f"Message {number}.",
        {
            "id": _reference("Id"),
            "text": _text("What it says."),
            "createdAt": _reference("Moment"),
            f"rank{number}": {"type": "integer", "minimum": 0, "maximum": 100, "description": "Its rank."},
            "tags": {"type": "array", "maxItems": 10, "items": _text("A tag."), "description": "What it is about."},
        },
        example,
        {"entity": "message", "fields": {"id": "/id", "content": "/text", "created_at": "/createdAt"}},
    )
    return f"{document}Item{number}", schema, example


def _info(title: str) -> Json:
    description = f"{title}, as large as wanted."
    return {"title": title, "version": "1.0.0", "description": description, "license": {"name": "MIT"}}


def _asyncapi(count: int) -> Json:
    channel = {"$ref": "#/channels/main"}
    messages: Json = {"refused": {"payload": _reference("Refusal")}}
    schemas: Json = {}
    operations: Json = {}
    for number in range(count):
        item, schema, example = _item(number, "Sent")
        schemas[item] = schema
        room = "6565f1a2b3c4d5e6f7a8b901"
        own = {"$ref": f"#/components/schemas/{item}"}
        schemas[f"Send{number}"] = _object(
            f"Message {number} to send.",
            {"roomId": _reference("Id"), "text": _text("What to say.")},
            {"roomId": room, "text": "hello"},
        )
        author = {"id": "6565f1a2b3c4d5e6f7a8b902", "name": "Ann"}
        schemas[f"Author{number}"] = _object(
            f"Who sent message {number}.", {"id": _reference("Id"), "name": _text("How they are called.")}, author
        )
        schemas[f"Told{number}"] = _object(
            f"Message {number} in a room.",
            {"item": own, "author": {"$ref": f"#/components/schemas/Author{number}"}},
            {"item": example, "author": author},
        )
        messages |= {
            f"send{number}": {
                "name": f"message{number}:send",
                "payload": {"$ref": f"#/components/schemas/Send{number}"},
            },
            f"sent{number}": {"payload": own},
            f"told{number}": {
                "name": f"message{number}:new",
                "payload": {"$ref": f"#/components/schemas/Told{number}"},
            },
        }
        operations |= {
            f"sendMessage{number}": {
                "action": "receive",
                "channel": channel,
                "summary": f"Send message {number}",
                "messages": [{"$ref": f"#/channels/main/messages/send{number}"}],
                "reply": {
                    "channel": channel,
                    "messages": [{"$ref": f"#/channels/main/messages/{name}"} for name in (f"sent{number}", "refused")],
                },
                "x-chat": {
                    "means": "message.send",
                    "fields": {"conversation": "/roomId", "content": "/text"},
                    "result": {"message": ""},
                    "errors": list(CODES),
                    "emits": ["message.created"],
                },
            },
            f"onMessage{number}": {
                "action": "send",
                "channel": channel,
                "summary": f"Message {number} was sent",
                "messages": [{"$ref": f"#/channels/main/messages/told{number}"}],
                "x-chat": {"means": "message.created", "fields": {"message": "/item"}},
            },
        }
    return {
        "asyncapi": "3.0.0",
        "info": _info("Large events"),
        "defaultContentType": "application/json",
        "servers": {"local": {"host": "127.0.0.1:4001", "protocol": "ws", "description": "On this machine."}},
        "channels": {
            "main": {
                "address": "/",
                "x-socketio": {"namespace": "/"},
                "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
            }
        },
        "operations": operations,
        "components": {"messages": messages, "schemas": schemas},
    }


def _openapi(count: int) -> Json:
    refusals = {str(status): {"$ref": f"#/components/responses/Refused{status}"} for status in CODES.values()}
    paths: Json = {}
    schemas: Json = {}
    for number in range(count):
        item, schema, example = _item(number, "Listed")
        schemas[item] = schema
        items = {"type": "array", "maxItems": 100, "items": {"$ref": f"#/components/schemas/{item}"}}
        page = {**items, "description": "The messages, the oldest first."}
        schemas[f"Page{number}"] = _object(f"Page of messages {number}.", {"items": page}, {"items": [example]})
        content = {"application/json": {"schema": {"$ref": f"#/components/schemas/Page{number}"}}}
        paths[f"/rooms/{{roomId}}/messages{number}"] = {
            "get": {
                "operationId": f"listMessages{number}",
                "summary": f"Read messages {number}",
                "parameters": [
                    {"name": "roomId", "in": "path", "required": True, "schema": _reference("Id")},
                    {"$ref": "#/components/parameters/Limit"},
                ],
                "responses": {"200": {"description": "The messages.", "content": content}, **refusals},
                "x-chat": {
                    "means": "message.history",
                    "fields": {"conversation": "/path/roomId", "limit": "/query/limit"},
                    "result": {"messages": "/items"},
                    "errors": list(CODES),
                },
            }
        }
    limit = {"type": "integer", "minimum": 1, "maximum": 100, "default": 20}
    return {
        "openapi": "3.1.0",
        "info": _info("Large REST"),
        "servers": [{"url": "http://127.0.0.1:4001", "description": "On this machine."}],
        "security": [{"bearer": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
            "parameters": {"Limit": {"name": "limit", "in": "query", "description": "How many.", "schema": limit}},
            "responses": {
                f"Refused{status}": {
                    "description": f"{code}.",
                    "content": {"application/json": {"schema": _reference("Refusal")}},
                }
                for code, status in CODES.items()
            },
            "schemas": schemas,
        },
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--operations", type=int, default=300)
    given = parser.parse_args()
    sys.stdout.write(f"{write(given.folder, given.operations)}\n")
