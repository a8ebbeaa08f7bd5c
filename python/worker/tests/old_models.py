"""Run in environments of their own: writes models by an old scikit-learn, tries them by a new one."""

import importlib
import json
import sys
from pathlib import Path
from typing import Any, Dict

Models = Dict[str, Any]


def write() -> None:
    """Models and what each makes of the first rows, in the folder of the first argument."""
    numpy = importlib.import_module("numpy")
    joblib = importlib.import_module("sklearn.externals.joblib")
    folder = Path(sys.argv[1])
    rows = numpy.random.RandomState(0).rand(60, 4)
    expected = {}
    for name, model in fitted(rows).items():
        joblib.dump(model, str(folder / (name + ".pkl")))
        expected[name] = outcome(model, rows[:3])
    (folder / "rows.json").write_text(json.dumps(rows[:3].tolist()))
    (folder / "expected.json").write_text(json.dumps(expected))
    print("true")


def read() -> None:
    """Prints by name whether a model answers `equal` or `wrong`, or its error."""
    install = importlib.import_module("slipway_worker.shims").install_shims
    install(sys.argv[2])
    numpy = importlib.import_module("numpy")
    folder = Path(sys.argv[1])
    rows = numpy.array(json.loads((folder / "rows.json").read_text()))
    results = {}
    for name, expected in json.loads((folder / "expected.json").read_text()).items():
        results[name] = verdict(folder / (name + ".pkl"), rows, expected)
    print(json.dumps(results))


def verdict(path: Path, rows: Any, expected: Any) -> str:
    # As old scripts do it.
    joblib = importlib.import_module("sklearn.externals.joblib")
    numpy = importlib.import_module("numpy")
    try:
        found = outcome(joblib.load(str(path)), rows)
    except Exception as error:
        return "{}: {}".format(type(error).__name__, error)
    return "equal" if numpy.allclose(found, expected) else "wrong"


def outcome(model: Any, rows: Any) -> Any:
    return (model.predict if hasattr(model, "predict") else model.transform)(rows).tolist()


def fitted(rows: Any) -> Models:
    kinds = {
        "linear_model": "Ridge LinearRegression Lasso ElasticNet BayesianRidge LogisticRegression "
        "SGDClassifier Perceptron",
        "ensemble": "RandomForestClassifier GradientBoostingRegressor AdaBoostClassifier",
        "tree": "DecisionTreeClassifier",
        "svm": "SVC SVR LinearSVC",
        "neighbors": "KNeighborsClassifier",
        "preprocessing": "StandardScaler MinMaxScaler",
        "cluster": "KMeans",
        "decomposition": "PCA TruncatedSVD",
        "naive_bayes": "GaussianNB MultinomialNB",
        "neural_network": "MLPRegressor",
        "discriminant_analysis": "LinearDiscriminantAnalysis",
        "gaussian_process": "GaussianProcessRegressor",
        "mixture": "GaussianMixture",
        "feature_selection": "SelectKBest",
    }
    labels = (rows[:, 0] + rows[:, 1] > 1).astype(int)
    settings: Dict[str, Dict[str, Any]] = {"SelectKBest": {"k": 2}, "Lasso": {"alpha": 0.01}}
    models: Models = {}
    for module, names in kinds.items():
        for name in names.split():
            kind = getattr(importlib.import_module("sklearn." + module), name)
            models[name] = kind(**settings.get(name, {})).fit(rows, labels)
    scaler, ridge = models["StandardScaler"], models["Ridge"]
    pipeline = importlib.import_module("sklearn.pipeline").Pipeline
    models["Pipeline"] = pipeline([("scale", scaler), ("fit", ridge)]).fit(rows, labels)
    return models
