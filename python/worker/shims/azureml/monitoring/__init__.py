"""The collector of model data, which a service may ask for and this one does not keep."""

from azureml.monitoring.modeldatacollector import ModelDataCollector

__all__ = ["ModelDataCollector"]
