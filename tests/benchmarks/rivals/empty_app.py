"""A plain FastAPI application whose one route parses predict's body and does nothing: python empty_app.py PORT.

As a person would write it, and as fast as that can be: a pydantic model of the body, an endpoint that is a coroutine, uvicorn
with its fast loop and parser, as the service runs it, and no layer that counts, limits or logs.
"""

import sys

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel


class Body(BaseModel):
    """TensorFlow Serving's predict."""

    instances: list[dict[str, float | str | None]]


app = FastAPI()


@app.post("/empty")
async def empty(body: Body) -> dict[str, list[float]]:
    return {"predictions": []}


if __name__ == "__main__":
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=int(sys.argv[1]),
        log_level="warning",
        access_log=False,
        loop="uvloop",
        http="httptools",
    )
