"""Writes a pickle as scikit-learn 0.19 and 0.20 did, with the joblib that came inside them.

Usage: python3.6 make_pickle.py [FOLDER]; writes old.pkl there.
"""

import os
import sys

import numpy
from sklearn.externals import joblib
from sklearn.linear_model import Ridge

folder = sys.argv[1] if len(sys.argv) > 1 else "."
features = numpy.array([[0.0], [1.0], [2.0], [3.0]])
model = Ridge(alpha=0.0).fit(features, numpy.array([1.0, 3.0, 5.0, 7.0]))
joblib.dump(model, os.path.join(folder, "old.pkl"))
