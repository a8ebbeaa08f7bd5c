"""Finds registered models inside the running service."""

import os
from typing import Any, Optional


class ModelNotFoundException(Exception):
    """No such model, or no such version of it, belongs to this service."""


class Model:
    """Only the look-up works here: a service does not register models."""

    @staticmethod
    def get_model_path(model_name: str, version: Optional[int] = None, _workspace: Any = None) -> str:
        """
        Path of the registered file, or of the folder; the newest version the service has unless one is given.
        """
        root = os.path.join(os.environ.get("AML_APP_ROOT", os.getcwd()), "azureml-models")
        versions = _versions(root, model_name)
        chosen = max(versions, default=None) if version is None else int(version)
        if chosen is None or chosen not in versions:
            wanted = model_name if version is None else "{}:{}".format(model_name, version)
            raise ModelNotFoundException(
                "model {} is not among those of this service: {}".format(wanted, _inventory(root))
            )
        folder = os.path.join(root, model_name, str(chosen))
        entries = os.listdir(folder)
        return os.path.join(folder, entries[0]) if len(entries) == 1 else folder


def _versions(root: str, model_name: str) -> "list[int]":
    folder = os.path.join(root, model_name)
    return [int(name) for name in os.listdir(folder) if name.isdigit()] if os.path.isdir(folder) else []


def _inventory(root: str) -> str:
    names = sorted(os.listdir(root)) if os.path.isdir(root) else []
    found = ["{}:{}".format(name, version) for name in names for version in sorted(_versions(root, name))]
    return ", ".join(found) or "it has none"
