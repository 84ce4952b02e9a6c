"""Models, by datamodel-code-generator: one module from one `$defs` document.

The generator changes weekly and is pinned; tests/codegen/golden shows every change in what it writes.
"""

from __future__ import annotations

import re

from datamodel_code_generator import generate
from datamodel_code_generator.enums import (
    DataModelType,
    DefaultValueType,
    InputFileType,
    TargetPydanticVersion,
)
from datamodel_code_generator.format import DatetimeClassType, Formatter, PythonVersion

from palaver_codegen.documents.tree import Json, entries, mapping, plain, text

BASE = "palaver_wire.contract"


def render_models(definitions: dict[str, Json], header: str) -> str:
    """Return the source of models.py for the schemas under `$defs`."""
    result = generate(
        _with_defaults(definitions),
        input_file_type=InputFileType.JsonSchema,
        output_model_type=DataModelType.PydanticV2BaseModel,
        target_python_version=PythonVersion.PY_311,
        # From this version on MISSING is imported from pydantic itself; the older place warns.
        target_pydantic_version=TargetPydanticVersion.V2_14,
        base_class=f"{BASE}.WireModel",
        # A date-time is read and written in one exact form: contract.py narrows pydantic's type of that name.
        output_datetime_class=DatetimeClassType.Awaredatetime,
        import_overrides={"AwareDatetime": BASE},
        type_mappings=["string+uri=string", "string+password=string"],
        # An optional that is absent on the wire is MISSING, and is absent again when written: it is not null.
        use_missing_sentinel=True,
        strict_nullable=True,
        use_annotated=True,
        snake_case_field=True,
        use_specialized_enum=True,
        capitalise_enum_members=True,
        use_type_alias=True,
        use_double_quotes=True,
        use_field_description=True,
        use_schema_description=True,
        use_single_line_docstring=True,
        deserialize_default_values=[DefaultValueType.Enum],
        skip_root_model=True,
        disable_timestamp=True,
        strict_refs=True,
        custom_file_header=header.rstrip("\n"),
        formatters=[Formatter.BUILTIN],
        # Else it is that of whichever pyproject.toml is near the working directory.
        builtin_format_line_length=120,
    )
    assert isinstance(result, str), "one document makes one module"
    # Linters want None at the end of a union.
    source = result.replace("None | MISSING", "MISSING | None")
    return _sort_imports(source.rstrip("\n")) + "\n"


def _with_defaults(definitions: dict[str, Json]) -> dict[str, Json]:
    """Repeat the default of a named schema beside each reference to it: without, null would be let in as well."""
    copy = mapping(plain(definitions))
    named = mapping(copy.get("$defs"))
    for schema in named.values():
        for _, value in entries(mapping(schema).get("properties")):
            referred = mapping(named.get(text(value.get("$ref")).rpartition("/")[2]))
            if "default" in referred:
                value["default"] = referred["default"]
    return copy


def _sort_imports(source: str) -> str:
    """Put the import of our own package after those of others, where import sorters want it."""
    own = re.search(rf"^from {re.escape(BASE)} import .*\n", source, re.MULTILINE)
    assert own is not None, "every model has our base class"
    rest = source[: own.start()] + source[own.end() :]
    last = list(re.finditer(r"^from \S+ import .*\n", rest, re.MULTILINE))[-1]
    return f"{rest[: last.end()]}\n{own.group()}{rest[last.end() :]}"
