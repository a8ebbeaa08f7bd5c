"""What a `logging.json` that was written for Azure's server names: its formatter and its filter."""

import logging
import time


class AMLLogFormatter(logging.Formatter):
    """Times in UTC."""

    converter = time.gmtime


class RootAccessFilter(logging.Filter):
    """Leaves requests for health out; here the gateway answers these, and nothing is logged."""
