"""Stands in for the package of schemas that came before inference-schema."""
