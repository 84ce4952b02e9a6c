"""Following pointers through schemas."""

import pytest

from palaver_codegen.documents.fields import form, schemas_at
from palaver_codegen.documents.tree import Json

DOCUMENT: dict[str, Json] = {
    "components": {
        "schemas": {
            "User": {"x-chat": {"entity": "user"}, "properties": {"id": {"type": "string"}}},
            "Maybe": {"oneOf": [{"$ref": "#/components/schemas/User"}, {"type": "null"}]},
            "Holder": {
                "properties": {
                    "user": {"$ref": "#/components/schemas/Maybe"},
                    "users": {"type": "array", "items": {"$ref": "#/components/schemas/User"}},
                    "names": {"type": ["array", "null"], "items": {"type": "string"}},
                    "map": {"additionalProperties": {"type": "integer"}},
                    "loop": {"$ref": "#/components/schemas/Holder"},
                }
            },
        }
    }
}
HOLDER: Json = {"$ref": "#/components/schemas/Holder"}


@pytest.mark.parametrize(
    ("to", "type_"),
    [("/user/id", "string"), ("/users/0/id", "string"), ("/map/anything", "integer"), ("/loop/loop/user/id", "string")],
)
def test_pointer_goes_through_references_unions_lists_and_maps(to: str, type_: str) -> None:
    """Whatever stands between two properties, the pointer hits the schema of the value."""
    assert schemas_at(DOCUMENT, HOLDER, to) == [{"type": type_}]


def test_undeclared_is_not_hit() -> None:
    """A property that is not declared is hit by nothing."""
    assert schemas_at(DOCUMENT, HOLDER, "/user/name") == []


@pytest.mark.parametrize(
    ("to", "expected"),
    [("/user", "user"), ("/users", "list of user"), ("/names", "list"), ("/user/id", "scalar")],
)
def test_form_is_in_the_words_of_the_vocabulary(to: str, expected: str) -> None:
    """An entity is seen through references and unions, and in lists."""
    assert [form(DOCUMENT, schema) for schema in schemas_at(DOCUMENT, HOLDER, to)] == [expected]
