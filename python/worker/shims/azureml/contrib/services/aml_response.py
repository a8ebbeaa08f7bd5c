"""What a script imports to answer with a status, headers and bytes of its own."""

from slipway_worker.raw_response import AMLResponse

__all__ = ["AMLResponse"]
