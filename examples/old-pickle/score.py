"""Scores with a model that only an old scikit-learn can load."""

import json

import numpy
from azureml.core.model import Model
from sklearn.externals import joblib


def init():
    global model
    model = joblib.load(Model.get_model_path("old"))


def run(raw_data):
    return model.predict(numpy.array(json.loads(raw_data)["data"])).tolist()
