"""What the server counts of itself, in a registry of its own, as Prometheus reads it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest

__all__ = ["MEDIA_TYPE", "Metrics"]

MEDIA_TYPE = CONTENT_TYPE_LATEST
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_ROWS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048)


class Metrics:
    """Counters, histograms and gauges of one server."""

    def __init__(self, routes: Iterable[str] = ()) -> None:
        """Count by these routes; other paths are counted together, so that no client can make names grow."""
        self._routes = frozenset(routes)
        self.registry = registry = CollectorRegistry()
        self.requests = Counter("accent_requests", "Requests answered", ("route", "status"), registry=registry)
        self.refusals = Counter("accent_refusals", "Requests refused", ("reason",), registry=registry)
        self.rows = Counter("accent_rows", "Rows computed", registry=registry)
        self.tokens = Counter("accent_tokens", "Tokens computed, by estimate", registry=registry)
        self.batches = Histogram("accent_batch_rows", "Rows computed together", buckets=_ROWS, registry=registry)
        self.queue = Histogram(
            "accent_queue_seconds", "Time from a request's rows to the first that is computed", buckets=_SECONDS,
            registry=registry,
        )  # fmt: skip
        self.model = Histogram(
            "accent_model_seconds", "Time in which rows are computed together", buckets=_SECONDS, registry=registry
        )
        self.seconds = Histogram(
            "accent_request_seconds", "Time from a request's head to the end of its answer", buckets=_SECONDS,
            registry=registry,
        )  # fmt: skip
        self.in_flight = Gauge("accent_requests_in_flight", "Requests that are being answered", registry=registry)

    def watch(self, name: str, what: str, read: Callable[[], float]) -> None:
        """Add a gauge that is read when it is asked for."""
        Gauge(name, what, registry=self.registry).set_function(read)

    def answered(self, path: str, status: int, seconds: float) -> None:
        """Count one request that came to its end."""
        self.requests.labels(self._route(path), str(status)).inc()
        self.seconds.observe(seconds)

    def refused(self, reason: str) -> None:
        """Count one refusal, by its word."""
        self.refusals.labels(reason).inc()

    def page(self) -> bytes:
        """Return all of it in Prometheus' text format."""
        return generate_latest(self.registry)

    def _route(self, path: str) -> str:
        if path in self._routes:
            return path
        return "/runs/{name}" if path.startswith("/runs/") else "other"
