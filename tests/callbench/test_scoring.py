from dataclasses import dataclass, field

import numpy as np
import pytest
from skimage.metrics import peak_signal_noise_ratio

from crispen.callbench.contenders.contender import ContenderInput, Failed, PlaneContender, Resampler
from crispen.callbench.score_store import ScoreStore
from crispen.callbench.scoring import INPUT, input_contender, score_clips, score_pictures


@dataclass(frozen=True)
class Noisy:
    """A case made of noise."""

    picture: str
    condition: str = "bicubic-x2"
    length: int = 0
    record: dict = field(default_factory=lambda: {"frames": 3, "keys": [0]})

    @property
    def digest(self):
        return f"{self.picture} {self.condition}"

    def plane(self, name):
        rng = np.random.default_rng(len(self.picture))
        truth = rng.integers(60, 180, (3 * 24 if self.length else 24, 30)).astype(np.uint8)
        return truth if name == "truth" else (truth + rng.integers(-20, 20, truth.shape)).astype(np.uint8)

    def frames(self, name):
        return self.plane(name).reshape(3, 24, 30)

    def chroma(self):
        return {}

    def input_frames(self):
        return [ContenderInput(frame, frame) for frame in self.frames("received")]

    def input(self):
        return ContenderInput(self.plane("received"), self.plane("received"))


class Counting:
    """A function of a plane that counts its calls, and fails at some."""

    def __init__(self, apply, fails=()):
        self.apply, self.fails, self.calls = apply, fails, 0

    def __call__(self, plane):
        self.calls += 1
        if self.calls in self.fails:
            raise RuntimeError("out of memory\nat line 3")
        return self.apply(plane)


def plain(_):
    return ("psnr",)


def contender(name, apply):
    return PlaneContender(name, "filter", apply, name, name)


def test_every_contender_is_measured_on_every_pair_against_the_truth(tmp_path):
    cases = [Noisy("a"), Noisy("bb")]
    everyone = [input_contender(), contender("negative", lambda y: 255 - y), contender("same", lambda y: y)]
    results = score_pictures(cases, everyone, plain, ScoreStore(tmp_path, []), jobs=2)
    assert [(row.picture, row.contender) for row in results] == [
        (picture, name) for picture in ("a", "bb") for name in (INPUT, "negative", "same")
    ]
    for case, (before, negative, same) in zip(cases, (results[:3], results[3:]), strict=True):
        truth, received = case.plane("truth"), case.plane("received")
        assert before.scores["psnr"] == same.scores["psnr"] == pytest.approx(peak_signal_noise_ratio(truth, received))
        assert negative.scores["psnr"] == pytest.approx(peak_signal_noise_ratio(truth, 255 - received))


def test_a_second_run_uses_the_store_and_adds_new_metrics(tmp_path):
    cases, negative = [Noisy("a"), Noisy("bb")], Counting(lambda y: 255 - y)
    first = score_pictures(cases, [contender("n", negative)], plain, ScoreStore(tmp_path, []))
    again = score_pictures(cases, [contender("n", negative)], plain, ScoreStore(tmp_path, []))
    assert negative.calls == 2 and again == first
    more = score_pictures(cases, [contender("n", negative)], lambda _: ("psnr", "ssim"), ScoreStore(tmp_path, []))
    assert negative.calls == 4 and more[0].scores.keys() == {"psnr", "ssim"}
    assert more[0].scores["psnr"] == first[0].scores["psnr"]


def test_an_interrupted_run_continues(tmp_path):
    cases = [Noisy("a" * length) for length in (1, 2, 3, 4)]
    score_pictures(cases[:2], [contender("n", Counting(lambda y: y))], plain, ScoreStore(tmp_path, []))
    rest, seen = Counting(lambda y: y), []
    score_pictures(cases, [contender("n", rest)], plain, ScoreStore(tmp_path, []), report=lambda *now: seen.append(now))
    assert rest.calls == 2 and seen == [(1, 2), (2, 2)]


@pytest.mark.parametrize("wrong", [lambda y: y[1:], lambda y: y.astype(np.float32), lambda y: y[..., None]])
def test_an_output_of_another_size_or_type_is_a_failed_case(tmp_path, wrong):
    (case,) = score_pictures([Noisy("a")], [contender("cutter", wrong)], plain, ScoreStore(tmp_path, []))
    assert case.scores == {} and "size and type" in case.failed


def test_a_crash_fails_one_case_which_is_tried_again(tmp_path):
    cases = [Noisy("a"), Noisy("bb"), Noisy("ccc")]
    flaky = contender("flaky", Counting(lambda y: y, fails=[2]))
    results = score_pictures(cases, [input_contender(), flaky], plain, ScoreStore(tmp_path, []))
    assert [case.failed for case in results if case.contender == "flaky"] == [None, "out of memory", None]
    assert all(case.scores for case in results if case.contender == INPUT)
    healthy = Counting(lambda y: y)
    again = score_pictures(cases, [contender("flaky", healthy)], plain, ScoreStore(tmp_path, []))
    assert healthy.calls == 1 and not any(case.failed for case in again)


class Short:
    """Gives up after the first picture, without a word."""

    name = identity = described = "short"
    kind, mac_per_pixel = "command", None

    def pictures(self, arrived):
        yield next(iter(arrived)).received

    def clip(self, frames):
        return [frame.received for frame in frames[:-1]]


def test_too_few_outputs_are_failed_cases(tmp_path):
    results = score_pictures([Noisy("a"), Noisy("bb")], [Short()], plain, ScoreStore(tmp_path, []))
    assert results[0].failed is None and "fewer" in results[1].failed


def test_too_few_frames_are_a_failed_clip(tmp_path):
    clips = [Noisy("a", length=3)]
    results = score_clips(clips, [input_contender(), Short()], plain, ScoreStore(tmp_path, []))
    assert results[0].failed is None and results[1].failed == "it made 2 frames of 3"


def test_frames_of_a_clip_are_measured_in_order(tmp_path):
    clip = Noisy("a", length=3)
    (case,) = score_clips([clip], [contender("negative", lambda y: 255 - y)], plain, ScoreStore(tmp_path, []))
    truth, received = (clip.plane(name).reshape(3, 24, 30) for name in ("truth", "received"))
    expected = [peak_signal_noise_ratio(one, 255 - other) for one, other in zip(truth, received, strict=True)]
    assert case.scores["psnr"] == pytest.approx(np.mean(expected))


def test_a_resampler_scales_what_was_decoded():
    decoded = np.random.default_rng(0).integers(0, 256, (10, 12), np.uint8)
    arrived = ContenderInput(np.zeros((20, 24), np.uint8), decoded)
    output = next(Resampler("bilinear", "cv2-linear").pictures([arrived]))
    cv2 = pytest.importorskip("cv2")
    assert np.array_equal(output, cv2.resize(decoded, (24, 20), interpolation=cv2.INTER_LINEAR))


def test_a_failure_says_why_in_one_line():
    (made,) = contender("flaky", Counting(lambda y: y, fails=[1])).pictures([Noisy("a").input()])
    assert made == Failed("out of memory")
