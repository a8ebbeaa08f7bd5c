"""The kinds of samples."""


class DataTypes:
    """Written into schema files as these numbers."""

    STANDARD = 0
    NUMPY = 1
    SPARK = 2
    PANDAS = 3
