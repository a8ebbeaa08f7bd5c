"""MLServer: a custom route, which takes plain JSON."""

from mlserver import MLModel
from mlserver.handlers import custom_handler
from score import answer
from starlette.requests import Request
from starlette.responses import JSONResponse


class Doubler(MLModel):
    @custom_handler(rest_path="/score")
    async def score(self, request: Request) -> JSONResponse:
        return JSONResponse(answer(await request.json()))
