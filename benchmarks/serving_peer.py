"""A plain server as in tutorials: FastAPI, and transformers' pipeline() on each request.

    python benchmarks/serving_peer.py MODEL_FOLDER [fp32|bf16]

The route is a plain function, so that FastAPI runs it on its pool of threads. Prints its port, and serves until it is
ended.
"""

from __future__ import annotations

import socket
import sys
from typing import Any

import torch
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel
from transformers import pipeline


class Asked(BaseModel):
    """One text, or several."""

    text: str | list[str]


def main() -> None:
    """Load the model and serve it."""
    dtype = torch.bfloat16 if sys.argv[2:] == ["bf16"] else torch.float32
    classify = pipeline("text-classification", model=sys.argv[1], top_k=None, dtype=dtype)
    app = FastAPI()

    @app.post("/predict")
    def predict(asked: Asked) -> Any:
        return {"answers": classify(asked.text)}

    with socket.socket() as address:
        address.bind(("127.0.0.1", 0))
        print(address.getsockname()[1], flush=True)
        uvicorn.Server(uvicorn.Config(app, log_level="error", access_log=False)).run(sockets=[address])


if __name__ == "__main__":
    main()
