from dataclasses import dataclass

import numpy as np
import pytest
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from crispen.degrade.core import CORE
from crispen.errors import CrispenError
from crispen.evaluate.score import INPUT, Case, score
from crispen.evaluate.table import markdown, summarise


@dataclass(frozen=True)
class Noisy:
    """A pair made of noise."""

    picture: str
    condition: str = "bicubic-x2"

    def load(self):
        rng = np.random.default_rng(len(self.picture))
        truth = rng.integers(60, 180, (24, 30)).astype(np.uint8)
        return truth, (truth + rng.integers(-20, 20, truth.shape)).astype(np.uint8)


def case(sharpener, condition, picture, psnr, ssim=0.5, unshifted=None):
    return Case(picture, condition, sharpener, psnr, psnr if unshifted is None else unshifted, ssim)


def test_every_sharpener_is_measured_on_every_pair_against_the_truth():
    pairs = [Noisy("a"), Noisy("bb")]
    cases = score(pairs, {"negative": lambda y: 255 - y, "same": lambda y: y}, jobs=2)
    assert [(row.picture, row.sharpener) for row in cases] == [
        (picture, name) for picture in ("a", "bb") for name in (INPUT, "negative", "same")
    ]
    for pair, (before, negative, same) in zip(pairs, (cases[:3], cases[3:]), strict=True):
        truth, received = pair.load()
        assert before.psnr == same.psnr == pytest.approx(peak_signal_noise_ratio(truth, received))
        assert negative.psnr == pytest.approx(peak_signal_noise_ratio(truth, 255 - received))
        expected = structural_similarity(
            truth, 255 - received, gaussian_weights=True, sigma=1.5, use_sample_covariance=False
        )
        assert negative.ssim == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("wrong", [lambda y: y[1:], lambda y: y.astype(np.float32), lambda y: y[..., None]])
def test_a_sharpener_that_returns_something_else_is_named(wrong):
    with pytest.raises(CrispenError, match=r"cutter made .* of a "):
        score([Noisy("a")], {"cutter": wrong})


CASES = [
    case(INPUT, "bicubic-x2", "a", 30, 0.90),
    case(INPUT, "bicubic-x2", "b", 34, 0.94),
    case(INPUT, "area-x3", "a", 20, 0.70),
    case(INPUT, "h265-x2", "a", 10, 0.10),
    case("net", "bicubic-x2", "a", 31, 0.92, unshifted=30.5),
    case("net", "bicubic-x2", "b", 33, 0.93),
    case("net", "area-x3", "a", 22, 0.74),
    case("net", "h265-x2", "a", 40, 0.90),
]


def test_means_are_over_pictures_first_and_then_over_core_conditions():
    net = summarise(CASES)["net"]
    assert net["conditions"]["bicubic-x2"]["psnr"] == pytest.approx(32)
    assert net["conditions"]["bicubic-x2"]["gain"]["psnr"] == pytest.approx(0)
    assert net["conditions"]["bicubic-x2"]["gain"]["psnr_unshifted"] == pytest.approx(-0.25)
    assert net["conditions"]["area-x3"]["gain"]["psnr"] == pytest.approx(2)
    assert net["conditions"]["h265-x2"]["gain"]["psnr"] == pytest.approx(30)
    assert net["mean"]["psnr"] == pytest.approx((32 + 22) / 2)  # the held-back encoder stays out
    assert net["gain"] == pytest.approx({"psnr": 1, "psnr_unshifted": 0.875, "ssim": (0.005 + 0.04) / 2})


def test_pictures_made_worse_are_counted_and_named():
    summary = summarise(CASES)
    assert summary["net"]["conditions"]["bicubic-x2"]["made_worse"] == 0.5
    assert summary["net"]["made_worse"] == 0.25
    assert summary["net"]["worst"][0] == {"picture": "b", "condition": "bicubic-x2", "gain": -1}
    assert summary["net"]["best"][0] == {"picture": "a", "condition": "area-x3", "gain": 2}
    assert summary[INPUT]["worst"] == summary[INPUT]["best"] == []


def row(text, name, number=0):
    lines = [line for line in text.splitlines() if line.startswith(f"| {name} ")]
    return [cell.strip() for cell in lines[number].strip("|").split("|")]


def test_the_table_prints_these_numbers():
    text = markdown(summarise(CASES))
    assert "core mean" not in text  # two of the nine conditions are not the core mean
    assert "| mean of bicubic-x2, area-x3 |" in text
    assert row(text, "input") == ["input", "26.00", "", "", "0.8100", "", ""]
    assert row(text, "net") == ["net", "27.00", "+1.00", "+0.88", "0.8325", "+0.0225", "25%"]
    assert row(text, "net", 1) == ["net", "+0.00 / +0.0050", "+2.00 / +0.0400", "+30.00 / +0.8000"]
    assert "h265-x2 (not in the mean)" in text
    assert "worst of net: b under bicubic-x2 (-1.00 dB)" in text


def test_all_nine_conditions_make_the_core_mean():
    cases = [case(name, condition, "a", level) for condition in CORE for name, level in ((INPUT, 30), ("net", 31))]
    text = markdown(summarise(cases))
    assert "| core mean |" in text
    assert row(text, "net")[1:3] == ["31.00", "+1.00"]


def test_clean_pictures_alone_make_a_table_too():
    text = markdown(summarise([case(INPUT, "clean", "a", 60, 1.0), case("net", "clean", "a", 48, 0.997)]))
    assert row(text, "net") == ["net", "48.00 / 0.9970"]
    assert row(text, "input") == ["input", "same"]
