"""The kinds of samples, by the name of the first package."""  # noqa: N999 - as scripts import it

from azureml.webservice_schema.data_types import DataTypes

__all__ = ["DataTypes"]
