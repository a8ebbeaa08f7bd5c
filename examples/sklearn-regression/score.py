"""Scores rows as a list: {"data": [[…], …]} gives [prediction, …]; a failure is told in the reply."""

import json

import joblib
import numpy
from azureml.core.model import Model


def init():
    global model
    model = joblib.load(Model.get_model_path("sklearn_regression_model.pkl"))


def run(raw_data):
    try:
        data = numpy.array(json.loads(raw_data)["data"])
        return model.predict(data).tolist()
    except Exception as error:
        return str(error)
