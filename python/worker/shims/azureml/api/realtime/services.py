"""The generator of schema files, by the name of the first package."""

from azureml.webservice_schema.schema_generation import generate_schema

__all__ = ["generate_schema"]
