"""The OpenAPI document, made from what the routes say of themselves."""

import re
from typing import Any

from flask import current_app
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from werkzeug.routing import Rule

from handlers.api.blueprint import DESCRIBED, Described
from handlers.api.schemas import ErrorOut

_ARGUMENT = re.compile(r"<(?:(\w+):)?\w+>")


def document() -> dict[str, Any]:
    """OpenAPI 3.1."""
    models = {ErrorOut} | {one.answer for one in DESCRIBED.values()}
    models |= {one.body for one in DESCRIBED.values() if one.body is not None}
    _, definitions = models_json_schema(
        [(model, "serialization") for model in sorted(models, key=str)],
        ref_template="#/components/schemas/{model}",
    )
    return {
        "openapi": "3.1.0",
        "info": {"title": "Dianban", "version": "1"},
        "paths": _paths(),
        "components": {
            "schemas": definitions["$defs"],
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"token": []}],
    }


def _paths() -> dict[str, dict[str, Any]]:
    paths: dict[str, dict[str, Any]] = {}
    for rule in current_app.url_map.iter_rules():
        if rule.endpoint in DESCRIBED:
            operations = paths.setdefault(_ARGUMENT.sub("{id}", rule.rule), {})
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
                operations[method.lower()] = _operation(rule, DESCRIBED[rule.endpoint])
    return paths


def _operation(rule: Rule, known: Described) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "summary": known.summary,
        "parameters": [*_in_path(rule), *_in_query(known)],
        "responses": {
            str(known.status): {"description": "done", "content": _content(known.answer)},
            "default": {"description": "refused", "content": _content(ErrorOut)},
        },
    }
    if known.body is not None:
        operation["requestBody"] = {"required": True, "content": _content(known.body)}
    return operation


def _in_path(rule: Rule) -> list[dict[str, Any]]:
    return [
        {
            "name": "id",
            "in": "path",
            "required": True,
            "schema": {"type": "integer" if converter == "int" else "string"},
        }
        for converter in _ARGUMENT.findall(rule.rule)
    ]


def _in_query(known: Described) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "query", "description": words, "schema": {"type": "string"}}
        for name, words in known.query.items()
    ]


def _content(shape: type[BaseModel]) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{shape.__name__}"}}}
