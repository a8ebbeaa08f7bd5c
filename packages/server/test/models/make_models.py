"""Trains small models of many kinds, writes them in the usual ways, and prints the names of the files.

With each pickle goes what Python itself imports to load it.
"""

import io
import json
import os
import pickle
import sys
import warnings

import joblib
import numpy as np
import pandas as pd
from sklearn.cluster import KMeans
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_iris
from sklearn.decomposition import PCA
from sklearn.ensemble import (
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge, SGDClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
from sklearn.svm import SVC

warnings.simplefilter("ignore")


def models() -> dict[str, object]:
    inputs, targets = load_iris(return_X_y=True)
    frame = pd.DataFrame({"a": [1.0, 2, 3], "b": ["x", "y", "z"]})
    columns = ColumnTransformer([("n", SimpleImputer(), ["a"]), ("o", OneHotEncoder(), ["b"])])
    fitted = {
        "forest": RandomForestClassifier(10, random_state=0),
        "gradient": GradientBoostingClassifier(n_estimators=3, random_state=0),
        "histogram": HistGradientBoostingClassifier(max_iter=3),
        "logistic": make_pipeline(StandardScaler(), LogisticRegression()),
        "neighbours": KNeighborsClassifier(algorithm="kd_tree"),
        "vectors": SVC(),
        "search": GridSearchCV(Ridge(), {"alpha": [1, 2]}, scoring="r2"),
        "clusters": KMeans(3, n_init=1),
        "gaussian": GaussianProcessRegressor(),
        "network": MLPClassifier(max_iter=3),
        "descent": SGDClassifier(),
        "function": make_pipeline(FunctionTransformer(np.log1p), PCA(2)),
    }
    made: dict[str, object] = {name: model.fit(inputs, targets) for name, model in fitted.items()}
    made["text"] = make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(
        ["a b", "hello you", "world"], [0, 1, 1]
    )
    made["columns"] = columns.fit(frame)
    return made


def data() -> dict[str, object]:
    frame = pd.DataFrame(
        {
            "a": [1, 2, 3],
            "b": ["x", "y", "z"],
            "t": pd.date_range("2020", periods=3, tz="UTC"),
            "c": pd.Categorical(["u", "v", "u"]),
        }
    )
    arrays = {
        "objects": np.array([{"a": 1}, None, "x"], dtype=object),
        "text": np.array(["abc", "de"]),
        "bytes": np.array([b"abc"]),
        "mixed": np.zeros(3, dtype=[("a", "f4"), ("b", "O")]),
        "records": np.zeros(3, dtype=[("a", "f4"), ("b", "i8")]),
        "dates": np.array(["2020-01-01"], dtype="M8[D]"),
        "scalar": np.array(3.0),
        "empty": np.zeros((0, 3)),
        "columns": np.asfortranarray(np.ones((3, 4))),
        "masked": np.ma.array([1, 2], mask=[0, 1]),
        "flags": np.array([True]),
        "complex": np.ones(2, complex),
        "large": np.arange(100_000.0),
        "random": np.random.RandomState(0),
        "generator": np.random.default_rng(1),
        "matrix": np.matrix([[1]]),
        "swapped": np.arange(3, dtype=">i4"),
    }
    return {"frame": frame, "arrays": arrays}


def write(folder: str, name: str, value: object) -> list[str]:
    names = [f"{name}.joblib", f"{name}-z.joblib", f"{name}-gz.joblib.gz"]
    joblib.dump(value, os.path.join(folder, names[0]))
    joblib.dump(value, os.path.join(folder, names[1]), compress=3)
    joblib.dump(value, os.path.join(folder, names[2]), compress=("gzip", 3))
    for protocol in (0, 2, 4, 5):
        names.append(f"{name}-p{protocol}.pkl")
        with open(os.path.join(folder, names[-1]), "wb") as target:
            pickle.dump(value, target, protocol=protocol)
    return names


class Recorder(pickle.Unpickler):
    def __init__(self, source: io.BufferedReader) -> None:
        super().__init__(source)
        self.imports: set[str] = set()

    def find_class(self, module: str, name: str) -> object:
        self.imports.add(f"{module}.{name}")
        return super().find_class(module, name)


def imports_of(path: str) -> list[str]:
    with open(path, "rb") as source:
        recorder = Recorder(source)
        recorder.load()
    return sorted(recorder.imports)


def main(folder: str) -> None:
    written: dict[str, object] = {}
    for kind, values in {"models": models(), "data": data()}.items():
        written[kind] = [file for name, value in values.items() for file in write(folder, name, value)]
    np.save(os.path.join(folder, "numbers.npy"), np.ones(3))
    np.save(os.path.join(folder, "objects.npy"), data()["arrays"]["objects"], allow_pickle=True)
    np.savez_compressed(os.path.join(folder, "both.npz"), a=np.ones(3), o=data()["arrays"]["objects"])
    for method in ("bz2", "lzma", "xz"):
        joblib.dump(data()["arrays"], os.path.join(folder, f"arrays.{method}.joblib"), compress=(method, 3))
    written["unreadable"] = [f"arrays.{method}.joblib" for method in ("bz2", "lzma", "xz")]
    pickles = [name for name in os.listdir(folder) if name.endswith(".pkl")]
    written["imports"] = {name: imports_of(os.path.join(folder, name)) for name in pickles}
    print(json.dumps(written))


main(sys.argv[1])
