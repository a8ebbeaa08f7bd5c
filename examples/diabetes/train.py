"""Trains a ridge regression on the diabetes data that come with scikit-learn.

Usage: python train.py [FOLDER]; writes diabetes.pkl there.
"""

import sys
from pathlib import Path

import joblib
from sklearn.datasets import load_diabetes
from sklearn.linear_model import Ridge
from sklearn.model_selection import train_test_split


def main() -> None:
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    alpha = float(sys.argv[2]) if len(sys.argv) > 2 else 0.4
    features, target = load_diabetes(return_X_y=True)
    train_x, test_x, train_y, test_y = train_test_split(features, target, test_size=0.2, random_state=0)
    model = Ridge(alpha=alpha).fit(train_x, train_y)
    joblib.dump(model, folder / "diabetes.pkl")
    print(f"R2 on {len(test_x)} held-out rows: {model.score(test_x, test_y):.3f}")


if __name__ == "__main__":
    main()
