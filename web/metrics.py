"""What the server counts and measures for Prometheus."""

from __future__ import annotations

import os

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram, generate_latest, multiprocess

REQUEST_SECONDS = Histogram(
    "kriteria_request_seconds", "Time to answer an HTTP request", ["method", "route", "status"],
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)  # fmt: skip
ANSWERS = Counter("kriteria_answers", "Answers made durable", ["outcome"])
HEARTBEATS = Counter("kriteria_heartbeats", "Heartbeats of candidates", ["way"])
SOCKETS = Gauge("kriteria_sockets", "Open sockets", ["namespace"], multiprocess_mode="livesum")
SWEEP_LATENESS = Gauge("kriteria_sweep_lateness_seconds", "How late the last sweep was", multiprocess_mode="livemax")
SWEPT = Counter("kriteria_swept_commands", "Commands the sweep sent", ["command"])
CHECKPOINTS = Counter("kriteria_checkpoints", "Signed checkpoints written")


def exposition() -> bytes:
    """All measurements in Prometheus text format, summed over the workers where there are several."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return generate_latest(REGISTRY)
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry)
