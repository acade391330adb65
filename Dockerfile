# accent serve, on processors: docker build -t accent . && docker run -p 8000:8000 -v "$PWD/runs:/runs:ro" accent /runs/reviews
FROM python:3.11-slim

# torch for processors only: the build for GPUs brings gigabytes of CUDA along. For those, give the index of that build.
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu

ENV PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HF_HUB_OFFLINE=1 \
    TOKENIZERS_PARALLELISM=false

WORKDIR /opt/accent
COPY constraints.txt ./
RUN version="$(sed -n 's/^torch==//p' constraints.txt)" && pip install --index-url "$TORCH_INDEX" "torch==$version"
COPY pyproject.toml README.md LICENSE ./
COPY src ./src
RUN grep -v '^torch==' constraints.txt > /tmp/pins.txt && pip install --constraint /tmp/pins.txt '.[serve,offline]'

RUN useradd --system --create-home --uid 10001 accent && mkdir /runs
USER accent
WORKDIR /home/accent

EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=3s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health', timeout=2)"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["accent", "serve", "--host", "0.0.0.0", "--port", "8000"]
