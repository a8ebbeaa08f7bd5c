"""Modules of azureml-model-management-sdk, as far as scripts of its time import them."""
