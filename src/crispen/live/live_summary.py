"""The outcome of a live session."""

from __future__ import annotations

from collections import Counter
from typing import Any

from crispen.latency import latency_percentiles
from crispen.live.live_session import LiveSession

_PASSED = "as they came"  # the key of frames that were not sharpened


def summary(session: LiveSession, source: str, targets: list[str]) -> dict[str, Any]:
    """What `--json` prints: times in milliseconds, CPU time in percent of one core."""
    tally, live, controls = session.tally, session.live, session.controls
    config = controls.config
    went = live.sharpened + Counter({_PASSED: live.passed})  # without zero counts
    used = controls.cache.get(config)
    coming, going, cpu = tally.so_far()
    delays = {
        name: dict(zip(("p50", "p95"), (round(value, 2) for value in latency_percentiles(values)), strict=True))
        for name, values in (("sharpened", tally.sharpened), ("written", tally.written))
    }
    return {
        "source": source, "targets": targets, "width": session.fit.width, "height": session.fit.height,
        "seconds": round(tally.seconds, 2), "frames": tally.came, "sent": tally.sent, "dropped": tally.dropped,
        "repeated": tally.repeated, "interruptions": session.source.lost, "went": dict(went.most_common()),
        "passed": round(live.passed_share, 4), "fps_in": round(coming, 2), "fps_out": round(going, 2),
        "added_ms": delays, "cpu": round(cpu, 1),
        "cpu_budget": session.budget.percent if session.budget else None,
        "model": str(config.model), "strength": config.strength, "engine": used.engine,
        "precision": used.precision, "instructions": used.instructions, "threads": used.threads,
        "device": used.device,
    }  # fmt: skip


def summary_line(found: dict[str, Any]) -> str:
    """One line about the outcome `found` of `summary`."""
    went = ", ".join(f"{count} {name}" for name, count in found["went"].items())
    dropped = f", {found['dropped']} dropped" if found["dropped"] else ""
    median, slow = found["added_ms"]["sharpened"].values()
    limit = f" of {found['cpu_budget']:g}%" if found["cpu_budget"] else ""
    return (
        f"{found['source']} -> {', '.join(found['targets'])}: {found['frames']} frames {found['width']}x"
        f"{found['height']} in {found['seconds']:.1f} s ({found['fps_out']:.1f} fps); {went}{dropped}, added "
        f"{median:.1f} ms (95% {slow:.1f}); CPU {found['cpu']:.0f}%{limit} of a core; {found['engine']} "
        f"({', '.join(word for word in (found['precision'], found['instructions']) if word)}), "
        + (f"{found['threads']} threads" if found["device"] == "cpu" else found["device"])
    )
