"""The kinds of samples that a schema can be declared by."""
