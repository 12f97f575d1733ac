"""The reference of the API, read from its OpenAPI description."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

METHODS = ("get", "post", "put", "patch", "delete")

Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A parameter or a field of a body; ``place`` is path, query, header or body."""

    name: str
    place: str
    kind: str
    required: bool
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method of one address."""

    id: str
    method: str
    path: str
    text: str
    fields: tuple[Field, ...]
    bodies: tuple[str, ...]
    """Media types of the request."""
    answers: tuple[tuple[str, str], ...]
    """Status and type of what comes back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Noun:
    """The operations of one noun."""

    name: str
    operations: tuple[Operation, ...]


def read_reference(document: Schema) -> list[Noun]:
    """Read the nouns and their operations from an OpenAPI description, in its order."""
    found: dict[str, list[Operation]] = {}
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                operation = item[method]
                noun = (operation.get("tags") or [path])[0]
                found.setdefault(noun, []).append(_operation(document, path, method, operation))
    return [Noun(name=name, operations=tuple(some)) for name, some in found.items()]


def _operation(document: Schema, path: str, method: str, operation: Schema) -> Operation:
    bodies: Mapping[str, Schema] = operation.get("requestBody", {}).get("content", {})
    parameters = tuple(
        Field(
            name=one["name"],
            place=one["in"],
            kind=_kind(document, one["schema"]),
            required=one.get("required", False),
            text=_prose(one.get("description", "")),
        )
        for one in operation.get("parameters", ())
    )
    first: Schema = next((one["schema"] for one in bodies.values()), {})
    return Operation(
        id=operation["operationId"],
        method=method.upper(),
        path=path,
        text=_prose(operation.get("description", "")),
        fields=(*parameters, *_body_fields(document, first)),
        bodies=tuple(bodies),
        answers=tuple(_answers(document, operation)),
    )


def _answers(document: Schema, operation: Schema) -> Iterator[tuple[str, str]]:
    for status, answer in operation["responses"].items():
        if status.isdigit() and int(status) < 400:  # noqa: PLR2004 - the first of the errors
            contents = answer.get("content", {})
            kinds = [
                _kind(document, content.get("schema", {})) or kind
                for kind, content in contents.items()
            ]
            yield status, " / ".join(kinds)


def _body_fields(document: Schema, schema: Schema) -> Iterator[Field]:
    schema = _resolve(document, schema)
    for name, one in schema.get("properties", {}).items():
        yield Field(
            name=name,
            place="body",
            kind=_kind(document, one),
            required=name in schema.get("required", ()),
            text=_prose(one.get("description", "")),
        )


def _kind(document: Schema, schema: Schema) -> str:
    """Return a type in few words, such as ``date``, ``viewer | editor`` or ``Page JobAnswer``."""
    if "$ref" in schema:
        return str(schema["$ref"].rsplit("/", 1)[-1].strip("_").replace("_", " "))
    choices = schema.get("anyOf") or schema.get("oneOf")
    if choices:
        return " | ".join(dict.fromkeys(_kind(document, one) for one in choices))
    if "enum" in schema:
        return " | ".join(str(one) for one in schema["enum"])
    if "const" in schema:
        return str(schema["const"])
    kind = str(schema.get("format") or schema.get("type") or "")
    if kind == "array":
        return f"[{_kind(document, schema.get('items', {}))}]"
    bounds = [str(schema[name]) for name in ("minimum", "maximum") if name in schema]
    return f"{kind} {'…'.join(bounds)}" if bounds else kind


def _resolve(document: Schema, schema: Schema) -> Schema:
    if "$ref" not in schema:
        return schema
    found: Any = document
    for part in schema["$ref"].removeprefix("#/").split("/"):
        found = found[part]
    resolved: Schema = found
    return resolved


def _prose(description: str) -> str:
    """Return a docstring without its numpydoc sections, which are for programmers of the house."""
    return re.split(r"\n\s*\w+\n\s*-{3,}", description)[0].replace("``", "").strip()
