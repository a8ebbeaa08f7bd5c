"""Scores rows with the model file alone, to compare: python predict.py MODEL ROWS_JSON."""

import json
import sys

import joblib
import numpy as np

rows = json.loads(sys.argv[2])
print(json.dumps(joblib.load(sys.argv[1]).predict(np.array(rows)).tolist()))
