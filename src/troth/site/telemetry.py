"""Which figures does a running Troth show to Prometheus?"""

from __future__ import annotations

from prometheus_client import Counter, Histogram

REQUESTS = Counter("troth_requests_total", "Requests answered.", ["route", "method", "status"])
REQUEST_SECONDS = Histogram("troth_request_seconds", "Time to answer, seconds.", ["route"])
