import numpy as np
import pytest
from PIL import Image, ImageDraw
from skimage import data
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from crispen.callbench.sampling import CLIP_METRICS, COSTLY_METRICS, PICTURE_METRICS, TEXT_METRICS
from crispen.metrics.comparison import ClipTruth, PictureTruth
from crispen.metrics.registry import score_clip, score_picture
from crispen.metrics.text_accuracy import share_of_words_read


class Counting:
    """A distance whose features are the mean level, and that counts its calls."""

    def __init__(self):
        self.looked = 0

    def features(self, rgb):
        assert rgb.ndim == 3 and np.array_equal(rgb[..., 0], rgb[..., 2])
        self.looked += 1
        return [float(rgb.mean())]

    def distance(self, x, y):
        return abs(x[0] - y[0])


@pytest.fixture(scope="module")
def pair():
    truth = data.camera()[100:300, 100:340].copy()
    return truth, np.clip(truth.astype(int) + np.random.default_rng(0).integers(-9, 12, truth.shape), 0, 255).astype(
        np.uint8
    )


def test_psnr_and_ssim_are_scikit_images(pair):
    truth, output = pair
    scores = score_picture(PictureTruth(truth), output, PICTURE_METRICS)
    assert list(scores) == list(PICTURE_METRICS)
    assert scores["psnr"] == pytest.approx(peak_signal_noise_ratio(truth, output))
    expected = structural_similarity(truth, output, gaussian_weights=True, sigma=1.5, use_sample_covariance=False)
    assert scores["ssim"] == pytest.approx(expected, abs=1e-4)
    assert scores["psnr_unshifted"] > scores["psnr"]
    assert 0.5 < scores["ms_ssim"] < 1


def test_only_what_is_wanted_is_measured(pair):
    assert score_picture(PictureTruth(pair[0]), pair[1], ["ssim"]).keys() == {"ssim"}
    assert score_picture(PictureTruth(pair[0]), pair[1], []) == {}


def test_lpips_features_of_the_truth_are_computed_once(pair):
    distance = Counting()
    truth = PictureTruth(pair[0], lpips=distance)
    for _ in range(3):
        scores = score_picture(truth, pair[1], ["lpips"])
        assert scores["lpips"] == pytest.approx(abs(pair[0].mean() - pair[1].mean()))
    assert distance.looked == 1 + 3


def test_what_cannot_be_measured_is_none(pair):
    tiny = pair[0][:20, :24]
    scores = score_picture(PictureTruth(tiny), tiny, [*PICTURE_METRICS, *COSTLY_METRICS, *TEXT_METRICS])
    assert scores["psnr"] == 60 and scores["ssim"] == pytest.approx(1)
    assert {name for name, value in scores.items() if value is None} == {
        "ms_ssim",
        "lpips",
        "vmaf",
        "vmaf_neg",
        "words",
    }


def test_vmaf_and_vmaf_neg_come_together(pair):
    scores = score_picture(PictureTruth(pair[0]), pair[1], ["vmaf"])
    assert scores.keys() == {"vmaf", "vmaf_neg"} and 0 <= scores["vmaf_neg"] <= scores["vmaf"] <= 100


def test_reading_finds_the_words_that_are_there():
    pytest.importorskip("shutil").which("tesseract") or pytest.skip("tesseract is not installed")
    page = Image.new("L", (420, 80), 235)
    ImageDraw.Draw(page).text((10, 20), "sharp letters", 16, font_size=32)
    truth = np.asarray(page)
    half = truth.copy()
    half[:, 140:] = 235
    page = PictureTruth(truth, has_text=True)
    assert score_picture(page, truth, ["words"]) == {"words": 1.0}
    assert score_picture(page, half, ["words"]) == {"words": 0.5}
    assert score_picture(PictureTruth(truth), truth, ["words"]) == {"words": None}
    assert share_of_words_read(["letters", "absent", "sharp", "letters"], truth) == 0.5


def test_metrics_of_a_clip_are_means_over_its_frames():
    rng = np.random.default_rng(1)
    truth = np.repeat(data.camera()[None, 100:164, 100:196], 4, axis=0)
    output = np.clip(truth.astype(int) + rng.integers(-8, 9, truth.shape), 0, 255).astype(np.uint8)
    scores = score_clip(ClipTruth(truth, output, [0, 2]), output, CLIP_METRICS)
    assert set(scores) == set(CLIP_METRICS)
    expected = [peak_signal_noise_ratio(one, other) for one, other in zip(truth, output, strict=True)]
    assert scores["psnr"] == pytest.approx(np.mean(expected))
    assert scores["pulse"] == pytest.approx((abs(expected[0] - expected[1]) + abs(expected[2] - expected[3])) / 2)
    # Nothing moves in the truth: all that changes from frame to frame is flicker.
    changes = np.abs(np.diff(output.astype(int), axis=0))
    assert scores["flicker"] == pytest.approx(changes.mean())
    assert scores["warping"] > 0


def test_there_is_no_pulse_without_a_second_key_frame():
    truth = np.repeat(data.camera()[None, 100:164, 100:196], 2, axis=0)
    assert score_clip(ClipTruth(truth, truth, [0]), truth, ["pulse"]) == {"pulse": None}
