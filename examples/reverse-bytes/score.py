"""Answers raw requests: a POST gives its bytes back in reverse, a GET the path that was asked for."""

from azureml.contrib.services.aml_request import AMLRequest, rawhttp
from azureml.contrib.services.aml_response import AMLResponse


def init():
    print("nothing to load")


@rawhttp
def run(request: AMLRequest):
    if request.method == "GET":
        return AMLResponse(request.full_path.encode(), 200)
    if request.method == "POST":
        return AMLResponse(bytes(reversed(request.get_data(False))), 200)
    return AMLResponse("bad request", 500)
