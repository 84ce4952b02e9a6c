"""Reading `x-chat`: pointers from canonical fields, and whose fields are behind them."""

from __future__ import annotations

from palaver_codegen.client.ir import Entity, Field, Meaning
from palaver_codegen.documents.fields import entity_of, schemas_at
from palaver_codegen.documents.operations import Operation
from palaver_codegen.documents.schemas import resolve
from palaver_codegen.documents.tree import Json, entries, mapping, text
from palaver_codegen.names import constant


class Meanings:
    """The meanings of a dialect, and the entities that they name, in an order in which each stands before its use."""

    def __init__(self) -> None:
        self._constants: dict[str, str] = {}
        self._entities: list[Entity] = []
        self._names: dict[int, dict[int, str]] = {}

    @property
    def entities(self) -> tuple[Entity, ...]:
        """The entities that have been named so far."""
        return tuple(self._entities)

    def of(self, operation: Operation, refusals: list[Json]) -> Meaning:
        """Return the meaning of an operation or an event, and whose fields its refusals have."""
        chat = operation.chat
        return Meaning(
            means=operation.means,
            fields=self._fields(operation.document, mapping(chat.get("fields")), [operation.request_schema()]),
            result=self._fields(operation.document, mapping(chat.get("result")), operation.result_schemas()),
            error=next((found for each in refusals if (found := self._entity(operation.document, each))), None),
            entry=chat.get("entry") is True,
            descending=chat.get("order") == "descending",
        )

    def _entity(self, document: dict[str, Json], schema: Json) -> str | None:
        """Return the constant with the fields of the entity that a schema declares to be; None if it declares none."""
        resolved = mapping(resolve(document, schema))
        if not entity_of(resolved):
            return None
        name = self._names_in(document)[id(resolved)]
        if name not in self._constants:
            # Set before its fields are read, so that an entity that holds itself is read once.
            self._constants[name] = f"_{constant(name)}"
            fields = self._fields(document, mapping(mapping(resolved.get("x-chat")).get("fields")), [resolved])
            self._entities.append(Entity(self._constants[name], fields))
        known = {entity.constant for entity in self._entities}
        return self._constants[name] if self._constants[name] in known else None

    def _names_in(self, document: dict[str, Json]) -> dict[int, str]:
        """Return the names of a document's schemas by what they are; every entity has one after bundling."""
        if id(document) not in self._names:
            schemas = entries(mapping(document.get("components")).get("schemas"))
            self._names[id(document)] = {id(schema): name for name, schema in schemas}
        return self._names[id(document)]

    def _fields(self, document: dict[str, Json], given: dict[str, Json], schemas: list[Json]) -> tuple[Field, ...]:
        fields = []
        for name, target in given.items():
            hits = [hit for schema in schemas for hit in schemas_at(document, schema, text(target))]
            entities = (self._entity(document, _item(document, hit)) for hit in hits)
            fields.append(Field(name, text(target), next((entity for entity in entities if entity), None)))
        return tuple(fields)


def _item(document: dict[str, Json], schema: Json) -> Json:
    """Return what a list holds, anything else as it is."""
    resolved = mapping(resolve(document, schema))
    return resolved.get("items") if resolved.get("type") == "array" else resolved
