"""What every kind of sample can do: describe itself, and convert what a caller sent to its own kind."""

from abc import ABC, abstractmethod
from typing import Any, Dict, List

__all__ = ["AbstractParameterType"]

ALL_VERSIONS = ("2.0", "3.0", "3.1")


class AbstractParameterType(ABC):
    """A parameter or a result, declared by a sample of it."""

    def __init__(self, sample_input: Any) -> None:
        self.sample_input = sample_input
        self.sample_data_type = type(sample_input)

    @abstractmethod
    def deserialize_input(self, input_data: Any) -> Any:
        """The converted value; raises for what cannot be one."""

    @abstractmethod
    def input_to_swagger(self) -> Dict[str, Any]:
        """The schema of the sample, with the sample as `example`."""

    def supported_versions(self) -> List[str]:
        """The versions of Swagger that can express the sample."""
        is_uniform = _is_uniform(self.input_to_swagger().get("example"))
        return list(ALL_VERSIONS if is_uniform else ALL_VERSIONS[1:])


def _is_uniform(example: Any) -> bool:
    """Swagger 2.0 has no word for an array whose items are of several types."""
    if isinstance(example, dict):
        return all(_is_uniform(value) for value in example.values())
    if isinstance(example, list):
        nested = [item for item in example if isinstance(item, list)]
        return len({type(item) for item in example}) < 2 and all(_is_uniform(item) for item in nested)
    return True
