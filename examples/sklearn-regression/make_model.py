"""Builds a ridge regression from coefficients that are given, not fitted.

Usage: python make_model.py [FOLDER]; writes sklearn_regression_model.pkl there.
Two rows have known predictions: 1 to 10 gives 5215.198131579868, 10 to 1 gives 3726.9954859385775.
"""

import sys
from pathlib import Path

import joblib
import numpy as np
from sklearn.linear_model import Ridge

COEFFICIENTS = [
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
]
INTERCEPT = 152.11788558574


def main() -> None:
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    model = Ridge(alpha=0.4)
    model.coef_ = np.array(COEFFICIENTS)
    model.intercept_ = INTERCEPT
    model.n_features_in_ = len(COEFFICIENTS)
    joblib.dump(model, folder / "sklearn_regression_model.pkl")


if __name__ == "__main__":
    main()
