"""Scales values and labels them, from two files of one model."""

import json
import os

from azureml.core.model import Model

settings = {}
labels = []


def init():
    folder = Model.get_model_path("scaler")
    with open(os.path.join(folder, "config.json")) as file:
        settings.update(json.load(file))
    with open(os.path.join(folder, settings["labels"])) as file:
        labels.extend(file.read().split())


def run(raw_data):
    scaled = [value * settings["scale"] for value in json.loads(raw_data)["data"]]
    return [{"value": value, "label": labels[int(value > 10)]} for value in scaled]
