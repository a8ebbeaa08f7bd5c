"""The descriptions of a service's API in Swagger 2.0, OpenAPI 3.0 and 3.1."""

import json
import os
from typing import Any, Dict, Mapping, Optional

Document = Dict[str, Any]

_ANY_OBJECT = {"type": "object", "example": {}}
_ERROR = {"type": "object", "properties": {"message": {"type": "string"}}}
_HEALTH_TEXT = "Healthy"
_USER_FILES = {"2": ("swagger.json", "swagger2.json"), "3": ("swagger3.json",), "3.1": ("swagger3.1.json",)}


def swagger_documents(settings: Mapping[str, str], app_root: str) -> Dict[str, str]:
    """JSON text per version `2`, `3` and `3.1`; a file in the application takes the place of ours."""
    documents = {
        "2": _swagger_2(settings),
        "3": _openapi(settings, "3.0.3"),
        "3.1": _openapi(settings, "3.1.0"),
    }
    return {
        version: _user_document(app_root, version) or json.dumps(document)
        for version, document in documents.items()
    }


def _user_document(app_root: str, version: str) -> Optional[str]:
    for name in _USER_FILES[version]:
        path = os.path.join(app_root, name)
        if os.path.isfile(path):
            with open(path, encoding="utf-8") as source:
                return json.dumps(json.load(source))
    return None


def _info(settings: Mapping[str, str]) -> Document:
    name = settings.get("SERVICE_NAME", "ML service")
    description = "API specification for the Azure Machine Learning service " + name
    return {"title": name, "description": description, "version": settings.get("SERVICE_VERSION", "1.0")}


def _swagger_2(settings: Mapping[str, str]) -> Document:
    return {
        "swagger": "2.0",
        "info": _info(settings),
        "schemes": ["https"],
        "consumes": ["application/json"],
        "produces": ["application/json"],
        "securityDefinitions": {"Bearer": _bearer()},
        "paths": _paths(settings, "#/definitions/", _body_2, _schema_2),
        "definitions": _schemas(),
    }


def _openapi(settings: Mapping[str, str], version: str) -> Document:
    return {
        "openapi": version,
        "info": _info(settings),
        "security": [{"Bearer": []}],
        "paths": _paths(settings, "#/components/schemas/", _body_3, _schema_3),
        "components": {"securitySchemes": {"Bearer": _bearer()}, "schemas": _schemas()},
    }


def _paths(settings: Mapping[str, str], reference: str, body: Any, schema: Any) -> Document:
    prefix = settings.get("SERVICE_PATH_PREFIX", "")
    failed = dict(description="The request was not answered", **schema({"$ref": reference + "ErrorResponse"}))
    scored = dict(
        description="What the scoring script returned", **schema({"$ref": reference + "ServiceOutput"})
    )
    healthy = dict(
        description="The service is healthy", **schema({"type": "string", "example": _HEALTH_TEXT})
    )
    described = dict(description="This document", **schema({"type": "object"}))
    score = dict(
        operationId="RunMLService",
        description="Scores the input with the model",
        security=[{"Bearer": []}],
        responses={"200": scored, "default": failed},
        **body({"$ref": reference + "ServiceInput"}),
    )
    return {
        prefix + "/": {
            "get": _get("ServiceHealthCheck", "Answers when the service is healthy", healthy, failed)
        },
        prefix + "/score": {"post": score},
        prefix + "/swagger.json": {
            "get": dict(
                _get("GetSwaggerSpec", "Describes the service", described, failed),
                parameters=[_version(schema)],
            )
        },
    }


def _get(operation: str, description: str, reply: Document, failed: Document) -> Document:
    return {
        "operationId": operation,
        "description": description,
        "responses": {"200": reply, "default": failed},
    }


def _version(schema: Any) -> Document:
    kind = {"type": "integer", "enum": [2, 3]}
    place = {"name": "version", "in": "query", "description": "Version of the document"}
    return dict(place, **(kind if schema is _schema_2 else {"schema": kind}))


def _body_2(schema: Document) -> Document:
    return {"parameters": [{"name": "serviceInputPayload", "in": "body", "required": True, "schema": schema}]}


def _schema_2(schema: Document) -> Document:
    return {"schema": schema}


def _body_3(schema: Document) -> Document:
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def _schema_3(schema: Document) -> Document:
    return {"content": {"application/json": {"schema": schema}}}


def _schemas() -> Document:
    return {"ServiceInput": _ANY_OBJECT, "ServiceOutput": _ANY_OBJECT, "ErrorResponse": _ERROR}


def _bearer() -> Document:
    return {
        "type": "apiKey",
        "name": "Authorization",
        "in": "header",
        "description": "For example: Bearer abc123",
    }
