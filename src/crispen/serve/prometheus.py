"""What Prometheus asks for, in its text format (version 0.0.4)."""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections import Counter

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_BOUNDS = (0.002, 0.005, 0.01, 0.015, 0.02, 0.025, 0.0333, 0.05, 0.1, 0.25, 1.0)  # seconds
_COUNTED = {  # name -> (label, help)
    "sessions_total": ("kind", "Sessions that were opened."),
    "closed_total": ("reason", "Sessions that ended."),
    "refused_total": ("reason", "Requests that were refused."),
    "frames_total": ("went", "Video frames, by what they went through."),
}


class Metrics:
    """Counters and one histogram; any thread may call `count` and `added`."""

    def __init__(self):
        self._lock = threading.Lock()
        self._counts = {name: Counter() for name in _COUNTED}
        self._added, self._sum = [0] * (len(_BOUNDS) + 1), 0.0

    def count(self, name: str, label: str) -> None:
        """One more of `name`, which is one of the counters; `label` is one of few words."""
        with self._lock:
            self._counts[name][label] += 1

    def added(self, seconds: float) -> None:
        """What the sharpening step added to one frame."""
        with self._lock:
            self._added[bisect_left(_BOUNDS, seconds)] += 1
            self._sum += seconds

    def text(self, sessions: dict[str, int], draining: bool) -> str:
        """Everything; sessions: how many of each kind are open."""
        lines = _family("sessions", "gauge", "Sessions that are open.")
        lines += [f'crispen_sessions{{kind="{kind}"}} {count}' for kind, count in sorted(sessions.items())]
        lines += [
            *_family("draining", "gauge", "1 while no new session is taken."),
            f"crispen_draining {int(draining)}",
        ]
        with self._lock:
            for name, (label, text) in _COUNTED.items():
                lines += _family(name, "counter", text)
                lines += [f'crispen_{name}{{{label}="{key}"}} {n}' for key, n in sorted(self._counts[name].items())]
            lines += _family("added_seconds", "histogram", "From a decoded frame to the sharpened one.")
            total = 0
            for bound, count in zip((*map(str, _BOUNDS), "+Inf"), self._added, strict=True):
                total += count
                lines.append(f'crispen_added_seconds_bucket{{le="{bound}"}} {total}')
            lines += [f"crispen_added_seconds_sum {self._sum:.6f}", f"crispen_added_seconds_count {total}"]
        return "\n".join(lines) + "\n"


def _family(name: str, kind: str, text: str) -> list[str]:
    return [f"# HELP crispen_{name} {text}", f"# TYPE crispen_{name} {kind}"]
