"""FastAPI: the body as a dictionary, answered on the event loop, which is the fastest way it documents."""

from fastapi import Body, FastAPI
from score import answer

app = FastAPI()


@app.post("/score")
async def score(request: dict = Body()):
    return answer(request)
