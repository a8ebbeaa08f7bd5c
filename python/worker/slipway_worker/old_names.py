"""Lets old scripts and pickles import modules of scikit-learn by the names they had before version 0.24."""

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import sys
from types import ModuleType
from typing import Optional, Sequence, Union

# Most modules only got an underscore in front; these became others.
_MOVED = {
    "sklearn.cluster.hierarchical": "sklearn.cluster._agglomerative",
    "sklearn.cluster.k_means_": "sklearn.cluster._kmeans",
    "sklearn.decomposition.online_lda": "sklearn.decomposition._lda",
    "sklearn.ensemble.gradient_boosting": "sklearn.ensemble._gb",
    "sklearn.externals.joblib": "joblib",
    "sklearn.externals.six": "six",
    "sklearn.feature_extraction.hashing": "sklearn.feature_extraction._hash",
    "sklearn.neighbors.dist_metrics": "sklearn.metrics._dist_metrics",
    "sklearn.neighbors.typedefs": "sklearn.utils._typedefs",
    "sklearn.tree.tree": "sklearn.tree._classes",
}


class OldNameFinder(importlib.abc.MetaPathFinder):
    """Asked after all other finders: only for what the installed scikit-learn does not have."""

    def find_spec(
        self,
        fullname: str,
        path: Optional[Sequence[Union[bytes, str]]] = None,
        target: Optional[ModuleType] = None,
    ) -> Optional[importlib.machinery.ModuleSpec]:
        package, _, name = fullname.rpartition(".")
        # Importing sets the module on its package, where a function may have taken the name since.
        if not fullname.startswith("sklearn.") or hasattr(sys.modules.get(package), name):
            return None
        new_name = _MOVED.get(fullname, "{}._{}".format(package, name.rstrip("_")))
        if name.startswith("_") or not _exists(new_name):
            return None
        return importlib.machinery.ModuleSpec(fullname, _AliasLoader(new_name))


class _AliasLoader(importlib.abc.Loader):
    def __init__(self, new_name: str) -> None:
        self._new_name = new_name

    def exec_module(self, module: ModuleType) -> None:
        """Puts the real module in the place of the new one, and so for all modules in it that are loaded."""
        importlib.import_module(self._new_name)
        for name in [name for name in sys.modules if (name + ".").startswith(self._new_name + ".")]:
            sys.modules[module.__name__ + name[len(self._new_name) :]] = sys.modules[name]


def _exists(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False
