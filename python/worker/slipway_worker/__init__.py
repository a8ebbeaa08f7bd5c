"""The Python side of the scoring path: standard library only, Python 3.6 and newer."""
