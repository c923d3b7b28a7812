"""Small summaries of CallBench, made by hand, so that every number in a table is known beforehand."""

from crispen.metrics.registry import METRICS

INPUT_SCORES = {
    "psnr": 31.75,
    "psnr_unshifted": 31.76,
    "ssim": 0.8842,
    "ms_ssim": 0.95,
    "lpips": 0.31,
    "vmaf": 72.0,
    "vmaf_neg": 70.0,
    "words": 0.71,
    "warping": 2.1,
    "flicker": 0.211,
    "pulse": 1.8,
}
PICTURES = ["psnr", "psnr_unshifted", "ssim", "ms_ssim", "lpips", "vmaf", "vmaf_neg", "words"]
CLIPS = ["psnr", "ssim", "vmaf", "vmaf_neg", "warping", "flicker", "pulse"]


def cell(gains: dict, cases: int = 65, failed: int = 0, made_worse: float | None = 0.1) -> dict:
    """gains: {measure: (mean, low, high)}."""
    return {
        "cases": cases,
        "failed": failed,
        "score": {name: INPUT_SCORES[name] + gain[0] for name, gain in gains.items()},
        "gain": {name: dict(zip(("mean", "low", "high"), gain, strict=True)) for name, gain in gains.items()},
        "made_worse": made_worse,
    }


def own_cell(measures) -> dict:
    return {
        "cases": 65,
        "failed": 0,
        "score": {name: INPUT_SCORES[name] for name in measures},
        "gain": {},
        "made_worse": None,
    }


def gains(db: float, measures=PICTURES) -> dict:
    """Gains of db dB, eight times that in VMAF and a hundredth in all else, certain to a tenth of themselves."""
    factors = {"vmaf": 8, "vmaf_neg": 4}
    values = {name: db * factors.get(name, 1 if METRICS[name].unit == "dB" else 0.01) for name in measures}
    return {name: (value, value - abs(value) / 10, value + abs(value) / 10) for name, value in values.items()}


def row(kind: str, db: float, milliseconds: float | None = None, conditions=("h264-x2", "defocus"), **more) -> dict:
    mean = {"mean": cell(gains(db, CLIPS)), "h264-x2": cell(gains(2 * db, CLIPS))}
    speed = None
    if milliseconds:
        pipeline = {"pipeline_ms": None, "pipeline_p95_ms": None}
        times = {"median_ms": milliseconds, "p95_ms": 1.5 * milliseconds}
        speed = {**times, **pipeline, "peak_mb": 200, "threads": 2, "engine": "it"}
    return {
        "kind": kind,
        "described": f"{kind} of {db} dB",
        "mac_per_pixel": None,
        "core": cell(gains(db), cases=585),
        "clean": {"psnr": 59.4, "ssim": 0.9999},
        "conditions": {name: cell(gains(db)) for name in conditions},
        "categories": {"people": cell(gains(db / 2))},
        "clips": mean,
        "failed": [],
        "best": [{"picture": f"best{k}.png", "condition": "h264-x2", "gain": 2 - k / 10} for k in range(10)],
        "worst": [{"picture": f"worst{k}.png", "condition": "h264-x2", "gain": k / 10 - 2} for k in range(10)],
        "speed": speed,
    } | more


def input_row(conditions=("h264-x2", "defocus")) -> dict:
    return row("input", 0, 0.02, conditions) | {
        "described": "what arrived",
        "core": own_cell(PICTURES) | {"cases": 585},
        "clean": {"psnr": 60.0, "ssim": 1.0},
        "conditions": {name: own_cell(PICTURES) for name in conditions},
        "categories": {"people": own_cell(PICTURES)},
        "clips": {"mean": own_cell(CLIPS), "h264-x2": own_cell(CLIPS)},
        "best": [],
        "worst": [],
    }


def summary(rows: dict[str, dict], **more) -> dict:
    return {
        "callbench": "v1",
        "machine": {"cpu": "A fine CPU", "cores": 2, "system": "Linux x86_64", "python": "3.11.7"},
        "versions": {"crispen": "0.2.0", "numpy": "2.4.6"},
        "seed": 1,
        "notes": ["Tuned on 14 pictures."],
        "measures": PICTURES,
        "clip_measures": CLIPS,
        "conditions": {
            "h264-x2": {"group": "core", "held_out": False, "said": "x264 at half size"},
            "defocus": {"group": "camera", "held_out": True, "said": "blurred by a disc"},
            "clean": {"group": "clean", "held_out": False, "said": "nothing"},
        },
        "clip_conditions": {"h264-x2": {}},
        "pictures": {"a.png": {"category": "people", "size": [1280, 720]}},
        "inputs": {"count": 700, "as_in_manifest": 699, "missing_pictures": ["kodim07.png"], "broken": []},
        "rows": {"input": input_row(), **rows},
    } | more


def usual() -> dict:
    """A few contenders as a run has them."""
    return summary(
        {
            "bilinear": row("resampling", -0.42, 0.5),
            "unsharp mask (for PSNR)": row("filter", 0.03, 2.9),
            "CAS (for PSNR)": row("filter", 0.01, 8.4),
            "fast": row("crispen", 0.32, 6.9, mac_per_pixel=2210.0),
            "balanced": row("crispen", 0.44, 13.1, mac_per_pixel=5480.0),
            "best": row("crispen", 0.5, 30.2, mac_per_pixel=13890.0),
            "sesr-m5": row("network", 0.22, 22.0),
            "untimed": row("command", 0.1),
        }
    )
