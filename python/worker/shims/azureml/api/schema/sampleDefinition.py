"""A sample of one input or output, by the name of the first package."""  # noqa: N999 - as scripts import it

from azureml.webservice_schema.sample_definition import SampleDefinition

__all__ = ["SampleDefinition"]
