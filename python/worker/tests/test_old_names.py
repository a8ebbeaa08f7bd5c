"""Old pickles and scripts find modules of scikit-learn under their old names, and never predict wrongly."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any, Dict

import pytest
from package_environments import WORKER, Environment, python_of

OLD = [
    Environment("sklearn-0.19", 6, ["scikit-learn==0.19.2", "numpy==1.15.4", "scipy==1.1.0"]),
    Environment("sklearn-0.20", 7, ["scikit-learn==0.20.3", "numpy==1.16.2", "scipy==1.2.1"]),
]
NEW = Environment("sklearn-1.9", 11, ["scikit-learn==1.9.1"])

# As the guide says. All others end in an error of scikit-learn's own.
USABLE = [
    "BayesianRidge",
    "ElasticNet",
    "GaussianMixture",
    "Lasso",
    "LinearDiscriminantAnalysis",
    "LinearSVC",
    "LogisticRegression",
    "MLPRegressor",
    "MultinomialNB",
    "PCA",
    "Perceptron",
    "Pipeline",
    "Ridge",
    "SGDClassifier",
    "SelectKBest",
    "StandardScaler",
    "TruncatedSVD",
]


def in_environment(environment: Environment, code: str, *arguments: str) -> Any:
    env = dict(os.environ, PYTHONPATH=os.pathsep.join([str(WORKER), str(WORKER / "tests")]))
    command = [python_of(environment), "-W", "ignore", "-c", code, *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env, timeout=120)
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout.decode().splitlines()[-1])


@pytest.mark.parametrize("old", OLD, ids=lambda environment: environment.name)
def test_old_models_predict_as_they_did_or_fail(old: Environment, tmp_path: Path) -> None:
    in_environment(old, "import old_models; old_models.write()", str(tmp_path))
    results: Dict[str, str] = in_environment(
        NEW, "import old_models; old_models.read()", str(tmp_path), str(WORKER / "shims")
    )
    assert [name for name, result in results.items() if result == "wrong"] == []
    assert sorted(name for name, result in results.items() if result == "equal") == USABLE


# The ridge regression of Azure's first tutorial: its coefficients, and what it makes of its sample rows.
TUTORIAL = {
    "coefficients": [
        3.667376236969513,
        -137.03884377642612,
        414.25319527369606,
        231.222187147799,
        -27.594878912203235,
        -81.33626225331022,
        -190.80126062555763,
        125.48559142769653,
        350.55962210194014,
        96.85216850184747,
    ],
    "intercept": 152.11788558574,
    "rows": [
        [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
        [10, 9, 8, 7, 6, 5, 4, 3, 2, 1],
        [101, 9, 8, 37, 6, 45, 4, 3, 2, 41],
    ],
    "predictions": [5215.198131579868, 3726.9954859385775, 11618.028587878262],
}


def test_the_model_of_the_first_tutorial_predicts_what_is_documented(tmp_path: Path) -> None:
    write = (
        "import json, sys, numpy; from sklearn.linear_model import Ridge\n"
        "given = json.loads(sys.argv[2]); model = Ridge(alpha=0.4)\n"
        "model.coef_ = numpy.array(given['coefficients']); model.intercept_ = given['intercept']\n"
        "from sklearn.externals import joblib; joblib.dump(model, sys.argv[1]); print('true')"
    )
    read = (
        "import json, sys; from slipway_worker.shims import install_shims; install_shims(sys.argv[3])\n"
        "from sklearn.externals import joblib; rows = json.loads(sys.argv[2])['rows']\n"
        "print(json.dumps(joblib.load(sys.argv[1]).predict(rows).tolist()))"
    )
    arguments = [str(tmp_path / "model.pkl"), json.dumps(TUTORIAL)]
    in_environment(OLD[0], write, *arguments)
    predictions = in_environment(NEW, read, *arguments, str(WORKER / "shims"))
    assert predictions == pytest.approx(TUTORIAL["predictions"], abs=1e-6)


RENAMED = {
    "sklearn.linear_model.ridge": "sklearn.linear_model._ridge",
    "sklearn.ensemble.forest": "sklearn.ensemble._forest",
    "sklearn.ensemble.gradient_boosting": "sklearn.ensemble._gb",
    "sklearn.tree.tree": "sklearn.tree._classes",
    "sklearn.svm.classes": "sklearn.svm._classes",
    "sklearn.neighbors.classification": "sklearn.neighbors._classification",
    "sklearn.preprocessing.data": "sklearn.preprocessing._data",
    "sklearn.cluster.k_means_": "sklearn.cluster._kmeans",
    "sklearn.externals.joblib": "joblib",
    "sklearn.externals.joblib.numpy_pickle": "joblib.numpy_pickle",
}


def test_an_old_name_is_the_same_module() -> None:
    code = (
        "import importlib, json, sys; from slipway_worker.shims import install_shims\n"
        "install_shims(sys.argv[1]); found = {}\n"
        "for name in sys.argv[2:]:\n"
        "    module = importlib.import_module(name)\n"
        "    assert module is importlib.import_module(module.__spec__.name)\n"
        "    found[name] = module.__name__\n"
        "print(json.dumps(found))"
    )
    assert in_environment(NEW, code, str(WORKER / "shims"), *RENAMED) == RENAMED


def test_names_that_never_were_are_still_missing() -> None:
    code = (
        "import importlib, json, sys; from slipway_worker.shims import install_shims;"
        "install_shims(sys.argv[1]); import sklearn.decomposition\n"
        "for name in sys.argv[2:]:\n"
        "    try:\n        importlib.import_module(name); raise SystemExit(name)\n"
        "    except ModuleNotFoundError as error: assert error.name == name, error\n"
        "print(json.dumps(callable(sklearn.decomposition.dict_learning)))"
    )
    absent = ["sklearn.nothing", "sklearn.linear_model.nothing", "sklearn.decomposition.dict_learning"]
    assert in_environment(NEW, code, str(WORKER / "shims"), *absent) is True
