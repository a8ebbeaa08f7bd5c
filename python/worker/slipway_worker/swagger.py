"""The descriptions of a service's API in Swagger 2.0, OpenAPI 3.0 and 3.1, word for word as Azure's."""

import importlib
import json
import os
from typing import Any, Dict, List, Mapping, Optional

from slipway_worker.script import SCHEMA, Script

Document = Dict[str, Any]

_ANY_OBJECT = {"type": "object", "example": {}}
_ERROR = {"type": "object", "properties": {"message": {"type": "string"}}}
_BEARER = {
    "type": "apiKey",
    "name": "Authorization",
    "in": "header",
    "description": "For example: Bearer abc123",
}
_USER_FILES = {"2": ("swagger.json", "swagger2.json"), "3": ("swagger3.json",), "3.1": ("swagger3.1.json",)}
_SCHEMA_VERSIONS = {"2": "2.0", "3": "3.0", "3.1": "3.1"}


class _Schemas:
    """What a script declares about its input and output; nothing declared is any object."""

    def __init__(self, script: Script) -> None:
        self.versions: List[str] = list(_SCHEMA_VERSIONS.values())
        self.input = self.output = _ANY_OBJECT
        if script.kind == SCHEMA:
            declared: Any = importlib.import_module("inference_schema.schema_util")
            self.versions = declared.get_supported_versions(script.run)
            self.input = declared.get_input_schema(script.run)
            self.output = declared.get_output_schema(script.run)

    def definitions(self) -> Document:
        return {"ServiceInput": self.input, "ServiceOutput": self.output, "ErrorResponse": _ERROR}


def swagger_documents(settings: Mapping[str, str], app_root: str, script: Script) -> Dict[str, str]:
    """
    JSON text per version, of `2`, `3` and `3.1`, that can express what the script declares; a file in the
    application takes the place of ours.
    """
    schemas = _Schemas(script)
    documents = {
        "2": _swagger_2(settings, schemas),
        "3": _openapi(settings, schemas, "3.0.3"),
        "3.1": _openapi(settings, schemas, "3.1.0"),
    }
    offered = {}
    for version, document in documents.items():
        text = _user_document(app_root, version)
        if text is None and _SCHEMA_VERSIONS[version] in schemas.versions:
            text = json.dumps(document)
        if text is not None:
            offered[version] = text
    return offered


def _user_document(app_root: str, version: str) -> Optional[str]:
    for name in _USER_FILES[version]:
        path = os.path.join(app_root, name)
        if os.path.isfile(path):
            with open(path, encoding="utf-8") as source:
                return json.dumps(json.load(source))
    return None


def _swagger_2(settings: Mapping[str, str], schemas: _Schemas) -> Document:
    return {
        "swagger": "2.0",
        "info": _info(settings),
        "schemes": ["https"],
        "consumes": ["application/json"],
        "produces": ["application/json"],
        "securityDefinitions": {"Bearer": _BEARER},
        "paths": _paths(settings, _Swagger2()),
        "definitions": schemas.definitions(),
    }


def _openapi(settings: Mapping[str, str], schemas: _Schemas, version: str) -> Document:
    return {
        "openapi": version,
        "info": _info(settings),
        "security": [{"Bearer": []}],
        "paths": _paths(settings, _OpenApi()),
        "components": {"schemas": schemas.definitions(), "securitySchemes": {"Bearer": _BEARER}},
    }


def _info(settings: Mapping[str, str]) -> Document:
    name = settings.get("SERVICE_NAME", "ML service")
    description = "API specification for the Azure Machine Learning service " + name
    return {"title": name, "description": description, "version": settings.get("SERVICE_VERSION", "1.0")}


class _Swagger2:
    """How version 2.0 says where a schema is."""

    definitions = "#/definitions/"

    def body(self, description: str, schema: Document) -> Document:
        named = {"name": "serviceInputPayload", "in": "body", "description": description, "schema": schema}
        return {"parameters": [named]}

    def text(self, example: Optional[str] = None) -> Document:
        schema = {"schema": {"type": "string"}}
        return dict(schema, examples={"application/json": example}) if example else schema

    def json(self, schema: Document) -> Document:
        return {"schema": schema}

    def parameter(self, schema: Document) -> Document:
        return schema


class _OpenApi:
    """How versions 3.0 and 3.1 say where a schema is."""

    definitions = "#/components/schemas/"

    def body(self, description: str, schema: Document) -> Document:
        return {"requestBody": dict(description=description, **self.json(schema))}

    def text(self, example: Optional[str] = None) -> Document:
        schema = {"type": "string", "example": example} if example else {"type": "string"}
        return {"content": {"text/plain": {"schema": schema}}}

    def json(self, schema: Document) -> Document:
        return {"content": {"application/json": {"schema": schema}}}

    def parameter(self, schema: Document) -> Document:
        return {"schema": schema}


def _paths(settings: Mapping[str, str], words: Any) -> Document:
    prefix = settings.get("SERVICE_PATH_PREFIX", "")
    return {
        prefix + "/": {"get": _health(words)},
        prefix + "/score": {"post": _score(words)},
        prefix + "/swagger.json": {"get": _description(words)},
    }


def _health(words: Any) -> Document:
    return {
        "operationId": "ServiceHealthCheck",
        "description": "Simple health check endpoint to ensure the service is up at any given point.",
        "responses": _responses(
            words,
            "If service is up and running, this response will be returned with the content 'Healthy'",
            words.text("Healthy"),
        ),
    }


def _score(words: Any) -> Document:
    body = words.body(
        "The input payload for executing the real-time machine learning service.",
        _reference(words, "ServiceInput"),
    )
    return dict(
        operationId="RunMLService",
        description="Run web service's model and get the prediction output",
        security=[{"Bearer": []}],
        **body,
        responses=_responses(
            words,
            "The service processed the input correctly and provided a result prediction, if applicable.",
            words.json(_reference(words, "ServiceOutput")),
        ),
    )


def _description(words: Any) -> Document:
    kind = words.parameter({"type": "integer", "enum": [2, 3]})
    return {
        "operationId": "GetSwaggerSpec",
        "description": "Get the Swagger specification.",
        "parameters": [dict({"name": "version", "in": "query", "required": False}, **kind)],
        "responses": _responses(words, "The Swagger specification.", words.text()),
    }


def _responses(words: Any, description: str, content: Document) -> Document:
    failed = words.json(_reference(words, "ErrorResponse"))
    return {
        "200": dict(description=description, **content),
        "default": dict(description="The service failed to execute due to an error.", **failed),
    }


def _reference(words: Any, name: str) -> Document:
    return {"$ref": words.definitions + name}
