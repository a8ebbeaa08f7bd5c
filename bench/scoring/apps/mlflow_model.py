"""MLflow: saves the model that `mlflow models serve` serves; it takes and answers its own envelope."""

import sys

import mlflow.pyfunc


class Doubler(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        return [2 * number for number in model_input]


mlflow.pyfunc.save_model(sys.argv[1], python_model=Doubler(), pip_requirements=["mlflow"])
