"""What a script imports to receive raw requests."""

from slipway_worker.raw_request import AMLRequest, rawhttp

__all__ = ["AMLRequest", "rawhttp"]
