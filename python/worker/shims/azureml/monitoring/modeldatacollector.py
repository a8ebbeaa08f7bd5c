"""Takes the inputs and predictions that a script wants collected, so that the script runs as it is."""

from typing import Any, List, Optional


class ModelDataCollector:
    """Accepts whatever it is given, never raises, and says once that nothing is kept."""

    _has_told = False

    def __init__(  # noqa: PLR0913, PLR0917 - as scripts call it
        self,
        model_name: str,
        designation: str = "default",
        feature_names: Optional[List[str]] = None,
        workspace: str = "default/default/default",
        webservice_name: str = "default",
        model_version: str = "default",
        collection_name: str = "default",
        identifier: Optional[str] = None,
    ) -> None:
        """`identifier` is what `designation` was called first."""
        self.model_name = model_name
        self.designation = designation if identifier is None else identifier
        self.feature_names = feature_names

    def collect(self, input_data: Any, user_correlation_id: str = "") -> None:
        """Of arrays, lists and frames nothing is stored yet."""
        if not ModelDataCollector._has_told:
            ModelDataCollector._has_told = True
            print(
                "ModelDataCollector: the data given to collect() is not collected here "
                "(model {}, {}).".format(self.model_name, self.designation)
            )

    def add_correlations(self, input_data: Any, correlations: Any) -> Any:
        """The data as it was: correlations are columns of what is collected."""
        return input_data
