"""The server's metrics in Prometheus's text format."""

from __future__ import annotations

from collections.abc import Mapping

from crispen.errors import require

client = require("prometheus_client")
exposition = require("prometheus_client.exposition")

client.disable_created_metrics()  # no crispen_*_created samples

_encode, CONTENT_TYPE = exposition.choose_encoder("")  # text format 0.0.4
# The time between two frames at 30 per second, 33.3 ms, is one of the bounds.
_BOUNDS = (0.002, 0.005, 0.01, 0.015, 0.02, 0.025, 0.0333, 0.05, 0.1, 0.25, 1.0)  # seconds


class Metrics:
    """Metrics of one server, in separate registries. Any thread may change them."""

    def __init__(self):
        # Two registries, because one refuses the gauge crispen_sessions beside the counter crispen_sessions_total.
        gauges, events = client.CollectorRegistry(), client.CollectorRegistry()
        self._registries = gauges, events

        def counter(name: str, help_text: str, label: str):
            return client.Counter(f"crispen_{name}", help_text, [label], registry=events)

        self._sessions = client.Gauge("crispen_sessions", "Sessions that are open.", ["kind"], registry=gauges)
        self._draining = client.Gauge("crispen_draining", "1 while no new session is accepted.", registry=gauges)
        self.opened = counter("sessions_total", "Sessions that were opened.", "kind")
        self.closed = counter("closed_total", "Sessions that ended.", "reason")
        self.refused = counter("refused_total", "Requests that were refused.", "reason")
        self.frames = counter("frames_total", "Video frames by model, 'as they came', or 'dropped'.", "went")
        self.added = client.Histogram(
            "crispen_added_seconds", "From the decoded to the sharpened frame.", buckets=_BOUNDS, registry=events
        )

    def render(self, sessions: Mapping[str, int], draining: bool) -> bytes:
        """The response to a scrape, of CONTENT_TYPE.

        Args:
            sessions: The number of open sessions by kind.
            draining: Whether new sessions are refused.
        """
        for kind, count in sessions.items():
            self._sessions.labels(kind).set(count)
        self._draining.set(draining)
        return b"".join(_encode(registry) for registry in self._registries)
