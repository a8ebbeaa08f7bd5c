"""What scripts import to deal with requests and responses themselves."""

from azureml.contrib.services.aml_request import rawhttp

__all__ = ["rawhttp"]
