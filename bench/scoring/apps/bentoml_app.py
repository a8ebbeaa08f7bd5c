"""BentoML: one worker, the fields of the body as arguments."""

import bentoml
from score import answer


@bentoml.service(workers=1)
class Doubler:
    @bentoml.api(route="/score")
    def score(self, data: list[float]) -> dict[str, list[float]]:
        return answer({"data": data})
