"""Stands in for the package inference-schema: declares what `run` takes and returns, by example."""
