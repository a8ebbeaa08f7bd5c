"""Offers modules that scoring scripts import and that are often missing; an installed original wins."""

import importlib.abc
import importlib.machinery
import importlib.util
import os
import sys
from types import ModuleType
from typing import Optional, Sequence, Union

from slipway_worker.old_names import OldNameFinder


class ShimFinder(importlib.abc.MetaPathFinder):
    """
    Finds modules in the folder of shims, asked after all other finders.

    A folder at the end of sys.path would not do: where `azureml` is installed in part, the search for
    `azureml.contrib` only looks into the installed package.
    """

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._roots = frozenset(os.listdir(folder))

    def find_spec(
        self,
        fullname: str,
        path: Optional[Sequence[Union[bytes, str]]] = None,
        target: Optional[ModuleType] = None,
    ) -> Optional[importlib.machinery.ModuleSpec]:
        parts = fullname.split(".")
        if parts[0] not in self._roots:
            return None
        place = os.path.join(self._folder, *parts)
        package = os.path.join(place, "__init__.py")
        if os.path.isfile(package):
            return importlib.util.spec_from_file_location(
                fullname, package, submodule_search_locations=[place]
            )
        if os.path.isfile(place + ".py"):
            return importlib.util.spec_from_file_location(fullname, place + ".py")
        return None


def install_shims(folder: str) -> None:
    sys.meta_path.extend([ShimFinder(folder), OldNameFinder()])
