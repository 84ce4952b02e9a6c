"""Values are written as each language writes them."""

import ast

import pytest

from palaver_codegen.docs.snippets.literal import python, typescript
from palaver_codegen.documents.tree import Json


@pytest.mark.parametrize("value", [None, True, 1.5, 'a "b"\n', [], {}, {"a-b": [1, {"c": None}]}, {"text": "x" * 90}])
def test_python_means_the_same(value: Json) -> None:
    """What is written is the value."""
    assert ast.literal_eval(python(value)) == value


def test_typescript() -> None:
    """Names that need no quotes have none; long objects take a line for each member."""
    assert typescript({"a": True, "b-c": None}) == '{ a: true, "b-c": null }'
    assert typescript({"a": "x" * 60}, 2) == '{\n    a: "' + "x" * 60 + '",\n  }'
    assert typescript([]) == "[]"
