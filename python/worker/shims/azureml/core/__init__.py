"""The part of azureml.core that scoring scripts use."""

from azureml.core.model import Model

__all__ = ["Model"]
