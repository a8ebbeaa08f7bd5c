"""Stands in for a package that is not installed; see slipway_worker/shims.py."""
