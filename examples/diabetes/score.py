"""Scores rows of ten features: {"data": [[…], …]} gives {"predictions": […]}."""

import json

import joblib
import numpy as np
from azureml.core.model import Model

model = None


def init():
    global model
    model = joblib.load(Model.get_model_path("diabetes"))


def run(raw_data):
    rows = np.array(json.loads(raw_data)["data"])
    return {"predictions": model.predict(rows).tolist()}
