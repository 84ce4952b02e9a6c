"""The format of `grpc.yaml`, which is our own: grpc.schema.json says how it is written."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files

import jsonschema_rs

from palaver_codegen.documents.problems import Problem
from palaver_codegen.documents.tree import Block, plain
from palaver_codegen.documents.violations import violations


def violations_of_format(document: Block) -> list[Problem]:
    """Return what is not as the format wants it."""
    return violations(document, _validator().iter_errors(plain(document)), "grpc")


@cache
def _validator() -> jsonschema_rs.Validator:
    text = (files(__package__) / "grpc.schema.json").read_text(encoding="utf-8")
    return jsonschema_rs.validator_for(json.loads(text))
