"""The router learns to choose the expert that gains, and every degradation belongs to one specialised expert."""

import json
from dataclasses import asdict

import numpy as np
import pytest
import torch
from skimage.metrics import structural_similarity

from crispen.data.tile_reader import iter_clips
from crispen.degrade.core_conditions import CORE
from crispen.degrade.training_mix import draw_condition
from crispen.runtime.router import MEASURES, Choice, measures
from crispen.runtime.stream_info import STREAM_INPUTS, UNKNOWN, StreamInfo, stream_inputs
from crispen.train.experts import EXPERTS
from crispen.train.router_training import (
    STRENGTHS,
    VIEWS,
    _gains_of_strengths,
    fit_router,
    known_streams,
    measure_gains,
    router_choices,
)


def row_of(condition) -> dict:
    return {"condition": json.loads(json.dumps(asdict(condition)))}


def test_every_degradation_belongs_to_one_expert():
    rng = np.random.default_rng(0)
    for _ in range(500):
        family, condition = draw_condition(rng)
        belongs = [name for name, holds in EXPERTS.items() if holds(row_of(condition))]
        assert belongs[0] == "any" and len(belongs) == (1 if family == "clean" else 2), (family, condition)


@pytest.mark.parametrize(
    ("name", "stream"),
    [
        ("bicubic-x2", "aliased"),
        ("area-x3", "resized"),
        ("h264-x1", "full"),
        ("low-light", "noisy"),
        ("motion-blur", "blurred"),
        ("h264-x2", "small"),
        ("vp9-x1.5", "small"),
    ],
)
def test_the_experts_of_the_core_conditions(name, stream):
    assert [each for each, holds in EXPERTS.items() if holds(row_of(CORE[name]))] == ["any", stream]


class Adds:
    """A student whose residual is always `levels`."""

    def __init__(self, levels):
        self.levels = levels

    def correction(self, x):
        return torch.full_like(x, self.levels / 255), []


@pytest.fixture
def pairs(tmp_path):
    """Ten clips of noise, two tiles each, received four levels too dark."""
    rng = np.random.default_rng(0)
    (tmp_path / "train").mkdir()
    truth = rng.integers(60, 190, (20, 1, 128, 128), np.uint8)
    np.save(tmp_path / "train/00000.npy", np.concatenate([truth - 4, truth], axis=1))
    rows = [{"at": [0, 128 * (index % 2)], "source": "x", "clip": index // 2} for index in range(20)]
    (tmp_path / "train/00000.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return tmp_path


def test_gains_combine_psnr_and_ssim(pairs):
    choices = router_choices(["a", "b"])
    assert choices[0].strength == 0 and {choice.expert for choice in choices} == {"a", "b"}
    gains, shown, rows = measure_gains([Adds(4), Adds(-8)], pairs)
    assert gains.shape == (10, len(choices)) and not gains[:, 0].any()
    (received, truth), floor = np.load(pairs / "train/00000.npy")[0].astype(float) / 255, 3e-5
    for choice, gain in zip(choices, gains[0], strict=True):
        step = choice.strength * {"a": 4, "b": -8}[choice.expert]
        decibels = 10 * np.log10(((4 / 255) ** 2 + floor) / (((4 - step) / 255) ** 2 + floor))
        before, after = (
            structural_similarity(truth, plane, win_size=7, data_range=1) for plane in (received, received + step / 255)
        )
        assert gain == pytest.approx(decibels + 20 * (after - before), abs=0.05)
    assert [row["clip"] for row in rows] == [*range(10)]
    assert shown.shape == (VIEWS, 10, MEASURES)
    _, planes = next(iter_clips(pairs))
    np.testing.assert_array_equal(shown[0, 0], measures(planes[:, 0]))
    video = (16 + planes[:1, 0] * (219 / 255)).round().astype(np.uint8)
    np.testing.assert_array_equal(shown[2, 0], measures(video))


def test_ssim_follows_the_strength(pairs):
    """SSIM from the quadratic moments equals that of the sharpened plane."""
    received, truth = (torch.from_numpy(np.load(pairs / "train/00000.npy")[:1, k : k + 1].copy()) / 255 for k in (0, 1))
    received = torch.nn.functional.avg_pool2d(received, 3, 1, 1)
    gains = _gains_of_strengths(received, truth, [truth - received, received - truth])
    assert len(gains) == 2 * len(STRENGTHS) and max(gains[len(STRENGTHS) :]) < 0
    for strength, gain in zip(STRENGTHS, gains[: len(STRENGTHS)], strict=True):
        after = received + strength * (truth - received)
        errors = ((received - truth) ** 2).mean() + 3e-5, ((after - truth) ** 2).mean() + 3e-5
        planes = [plane[0, 0].numpy().astype(float) for plane in (truth, received, after)]
        before, better = (structural_similarity(planes[0], plane, win_size=7, data_range=1) for plane in planes[1:])
        wanted = 10 * np.log10(errors[0].item() / errors[1].item()) + 20 * (better - before)
        assert gain == pytest.approx(wanted, abs=0.35)


def nothing_known(clips):
    return np.zeros((clips, STREAM_INPUTS), np.float32)


def test_the_router_uses_what_is_known_and_does_without():
    """The pixels tell nothing, the factor everything; half of the clips gain by the one expert, half by the other."""
    rows = [{"condition": {"factor": 1 + number % 2, "codec": None}} for number in range(1000)]
    scaled = np.array([row["condition"]["factor"] == 2 for row in rows])
    gains = np.stack([np.where(scaled, 0.5, -0.5), np.where(scaled, -0.5, 0.5), np.zeros(1000)], axis=1)
    pixels = np.zeros((1, 1000, MEASURES), np.float32)
    known = known_streams(rows)
    choices = [Choice(name, 1.0) for name in "ab"] + [Choice("a", 0.0)]
    router = fit_router(choices, gains, pixels, known, np.ones(1000), steps=600)
    assert (router(pixels[0], known).argmax(1) == np.where(scaled, 0, 1)).mean() > 0.99
    assert (router(pixels[0]).argmax(1) == 2).all()  # a gain of 0.5 dB does not outweigh a loss as likely


def test_a_router_may_prefer_another_expert_for_videos():
    rows = [{"source": name, "condition": {"factor": 1.0, "codec": None}} for name in ("a.png", "b.mp4") * 400]
    film = np.array([row["source"] == "b.mp4" for row in rows])
    gains = np.stack([np.where(film, -0.5, 0.5), np.where(film, 0.5, 0)], axis=1)
    pixels = np.zeros((1, 800, MEASURES), np.float32)
    router = fit_router(
        [Choice(name, 1.0) for name in "ab"], gains, pixels, known_streams(rows), np.ones(800), steps=600
    )
    of_picture, of_frame = (router(pixels[0, :1], stream_inputs(UNKNOWN, video)).argmax() for video in (False, True))
    assert (of_picture, of_frame) == (0, 1)


def test_a_pair_set_tells_codec_and_rate():
    coded = {"factor": 1.5, "codec": {"name": "vp8", "bits_per_pixel": 0.1}}
    wanted = stream_inputs(StreamInfo(1.5, "vp8", 0.1)), stream_inputs(StreamInfo(1.0, "none"))
    np.testing.assert_array_equal(
        known_streams([{"condition": coded}, {"condition": {"factor": 1.0, "codec": None}}]), wanted
    )


def test_the_router_chooses_the_expert_that_gains():
    """Two kinds of clips that one measure of ten distinguishes; a third expert is never the best."""
    rng = np.random.default_rng(1)
    shown = rng.normal(0, 1, (2, 4000, MEASURES)).astype(np.float32)
    loud = shown[0, :, 5] > 0
    shown[1, :, 5] = shown[0, :, 5]
    shown[..., 10:] = 0
    gains = np.stack([np.where(loud, 0.4, -0.2), np.where(loud, -0.3, 0.3), np.zeros(4000)], axis=1)
    router = fit_router(
        [Choice(name, 1.0) for name in "abc"], gains, shown, nothing_known(4000), np.ones(4000), steps=1500
    )
    unseen = rng.normal(0, 1, (400, MEASURES)).astype(np.float32)
    unseen[:, 10:] = 0
    told = router(unseen)
    clear = np.abs(unseen[:, 5]) > 0.3
    assert (told.argmax(1) == np.where(unseen[:, 5] > 0, 0, 1))[clear].mean() > 0.95
    far = unseen[:, 5] > 1
    assert (told[far, 0] - told[far, 1]).mean() == pytest.approx(
        0.4 + 3 * 0.3, abs=0.15
    )  # in dB; losses count three times


def test_clips_of_zero_weight_are_not_learned():
    rng = np.random.default_rng(2)
    shown = rng.normal(0, 1, (1, 600, MEASURES)).astype(np.float32)
    gains = np.zeros((600, 2))
    gains[:300, 0], gains[300:, 1] = 1, 1
    router = fit_router(
        [Choice(name, 1.0) for name in "ab"], gains, shown, nothing_known(600), np.arange(600) < 300, steps=800
    )
    assert (router(shown[0]).argmax(1) == 0).mean() > 0.98  # with equal weights it would be half
