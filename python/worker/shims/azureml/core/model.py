"""Finds registered models inside the running service."""

import json
import os
from typing import Any, Dict, Optional, Tuple


class ModelNotFoundException(Exception):
    """No such model, or no such version of it, belongs to this service."""


class Model:
    """Only the look-up works here: a service does not register models."""

    @staticmethod
    def get_model_path(model_name: str, version: Optional[int] = None, _workspace: Any = None) -> str:
        """
        Path of the registered file, or of the folder; the newest version the service has unless one is given.

        Outside of an image it is looked for in AZUREML_MODEL_DIR, where it may also lie without a version.
        """
        app = os.environ.get("AML_APP_ROOT", os.getcwd())
        root = _root(app)
        versions = _versions(root, model_name)
        unversioned = os.path.join(root, model_name)
        if version is None and not versions and os.path.exists(unversioned):
            return unversioned
        chosen = max(versions, default=None) if version is None else int(version)
        if chosen is None or chosen not in versions:
            wanted = model_name if version is None else "{}:{}".format(model_name, version)
            raise ModelNotFoundException(
                "model {} is not among those of this service: {}".format(wanted, _inventory(root))
            )
        placed = _placed(app).get((model_name, chosen))
        if placed:
            return os.path.join(app, placed)
        return _only_file(os.path.join(root, model_name, str(chosen)))


def _root(app: str) -> str:
    placed = os.path.join(app, "azureml-models")
    return placed if os.path.isdir(placed) else os.environ.get("AZUREML_MODEL_DIR") or placed


def _placed(app: str) -> Dict[Tuple[str, int], str]:
    """Where each model was put, as the application's list of models says; empty without such a list."""
    try:
        with open(os.path.join(app, "model_config_map.json"), encoding="utf-8") as file:
            return {(model["name"], model["version"]): model["path"] for model in json.load(file)["models"]}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _only_file(folder: str) -> str:
    """Without a list, a version that is one file is taken to be registered as a file."""
    entries = [os.path.join(folder, name) for name in os.listdir(folder)]
    return entries[0] if len(entries) == 1 and os.path.isfile(entries[0]) else folder


def _versions(root: str, model_name: str) -> "list[int]":
    folder = os.path.join(root, model_name)
    return [int(name) for name in os.listdir(folder) if name.isdigit()] if os.path.isdir(folder) else []


def _inventory(root: str) -> str:
    names = sorted(os.listdir(root)) if os.path.isdir(root) else []
    found = [
        "{}:{}".format(name, version) if version else name
        for name in names
        for version in sorted(_versions(root, name)) or [0]
    ]
    return ", ".join(found) or "it has none"
