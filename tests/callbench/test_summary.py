import numpy as np
import pytest
import scipy.stats

from crispen.callbench.scoring import INPUT, CaseResult
from crispen.callbench.summary import summarise_rows
from crispen.degrade.core_conditions import CORE


def case(contender, condition, picture, psnr, ssim=0.5, failed=None, **more):
    return CaseResult(picture, condition, contender, {} if failed else {"psnr": psnr, "ssim": ssim, **more}, failed)


CASES = [
    case(INPUT, "bicubic-x2", "a", 30, 0.90),
    case(INPUT, "bicubic-x2", "b", 34, 0.94),
    case(INPUT, "area-x3", "a", 20, 0.70),
    case(INPUT, "h265-x2", "a", 10, 0.10),
    case("net", "bicubic-x2", "a", 31, 0.92),
    case("net", "bicubic-x2", "b", 33, 0.93),
    case("net", "area-x3", "a", 22, 0.74),
    case("net", "h265-x2", "a", 40, 0.90),
]


def test_means_are_over_pictures_first_and_then_over_core_conditions():
    rows = summarise_rows(CASES)
    net = rows["net"]
    assert list(rows) == [INPUT, "net"]
    assert net["conditions"]["bicubic-x2"]["score"]["psnr"] == pytest.approx(32)
    assert net["conditions"]["bicubic-x2"]["gain"]["psnr"]["mean"] == pytest.approx(0)
    assert net["conditions"]["h265-x2"]["gain"]["psnr"]["mean"] == pytest.approx(30)
    assert net["core"]["score"]["psnr"] == pytest.approx((32 + 22) / 2)  # the held-back encoder stays out
    assert net["core"]["gain"]["psnr"]["mean"] == pytest.approx(1)
    assert net["core"]["gain"]["ssim"]["mean"] == pytest.approx((0.005 + 0.04) / 2)
    assert rows[INPUT]["core"]["score"]["psnr"] == pytest.approx((32 + 20) / 2)
    assert rows[INPUT]["core"]["gain"] == {}


def test_pictures_made_worse_are_counted_and_named():
    rows = summarise_rows(CASES)
    assert rows["net"]["conditions"]["bicubic-x2"]["made_worse"] == 0.5
    assert rows["net"]["core"]["made_worse"] == pytest.approx(1 / 3)
    assert rows["net"]["worst"][0] == {"picture": "b", "condition": "bicubic-x2", "gain": -1}
    assert rows["net"]["best"][0] == {"picture": "a", "condition": "area-x3", "gain": 2}
    assert rows[INPUT]["worst"] == rows[INPUT]["best"] == []
    assert rows[INPUT]["core"]["made_worse"] is None


def test_the_interval_of_a_gain_is_scipys_paired_bootstrap_over_pictures():
    rng = np.random.default_rng(3)
    gains = rng.normal(0.4, 0.3, 30)
    before = rng.normal(32, 5, 30)
    cases = [
        case(name, "h264-x2", str(k), before[k] + (gains[k] if name != INPUT else 0))
        for name in (INPUT, "net")
        for k in range(30)
    ]
    found = summarise_rows(cases)["net"]["core"]["gain"]["psnr"]
    expected = scipy.stats.bootstrap((gains,), np.mean, n_resamples=20_000, method="percentile", rng=1)
    error = gains.std() / np.sqrt(30)
    assert found["mean"] == pytest.approx(gains.mean())
    assert found["low"] == pytest.approx(expected.confidence_interval.low, abs=0.12 * error)
    assert found["high"] == pytest.approx(expected.confidence_interval.high, abs=0.12 * error)


def test_a_single_picture_has_no_interval():
    rows = summarise_rows([case(INPUT, "clean", "a", 60, 1.0), case("net", "clean", "a", 48, 0.997)])
    assert rows["net"]["conditions"]["clean"]["gain"]["psnr"] == {"mean": -12, "low": None, "high": None}
    assert rows["net"]["clean"] == {"psnr": 48, "ssim": 0.997}
    assert rows["net"]["core"] is None


def test_a_failed_case_is_counted_named_and_in_no_mean():
    cases = [*CASES[:4], CASES[4], case("net", "bicubic-x2", "b", 0, failed="it crashed"), *CASES[6:]]
    net = summarise_rows(cases)["net"]
    assert net["failed"] == [{"picture": "b", "condition": "bicubic-x2", "reason": "it crashed"}]
    assert (net["core"]["cases"], net["core"]["failed"]) == (3, 1)
    assert net["core"]["gain"]["psnr"]["mean"] == pytest.approx((1 + 2) / 2)
    assert net["core"]["score"]["psnr"] == pytest.approx((31 + 22) / 2)


def test_if_all_cases_failed_there_is_no_number():
    cases = [case(INPUT, "h264-x1", "a", 30), case("net", "h264-x1", "a", 0, failed="no such program")]
    cell = summarise_rows(cases)["net"]["core"]
    assert (cell["cases"], cell["failed"], cell["score"], cell["gain"], cell["made_worse"]) == (1, 1, {}, {}, None)


def test_a_metric_is_averaged_over_the_pictures_that_have_it():
    cases = [
        case(INPUT, "h264-x1", "a", 30, words=0.5),
        case(INPUT, "h264-x1", "b", 30, words=None),
        case("net", "h264-x1", "a", 31, words=0.75),
        case("net", "h264-x1", "b", 31, words=None),
    ]
    cell = summarise_rows(cases)["net"]["core"]
    assert cell["score"]["words"] == 0.75 and cell["gain"]["words"]["mean"] == 0.25


def test_categories_are_rows_of_the_core_and_clips_have_a_mean():
    clips = [
        CaseResult("walk", name, who, {"flicker": flicker})
        for name in ("h264-x2", "vp8-x2")
        for who, flicker in ((INPUT, 1.0), ("net", 0.75 if name == "vp8-x2" else 0.25))
    ]
    net = summarise_rows(CASES, clips, {"a": "people", "b": "text"})["net"]
    assert list(net["categories"]) == ["people", "text"]
    assert net["categories"]["people"]["gain"]["psnr"]["mean"] == pytest.approx(1.5)
    assert net["categories"]["text"]["gain"]["psnr"]["mean"] == pytest.approx(-1)
    assert net["clips"]["vp8-x2"]["gain"]["flicker"]["mean"] == pytest.approx(-0.25)
    assert net["clips"]["mean"]["gain"]["flicker"]["mean"] == pytest.approx(-0.5)


def test_conditions_weigh_equally_in_the_core_mean():
    cases = [case(INPUT, name, "a", 30) for name in CORE] + [case("net", name, "a", 31) for name in CORE]
    cases += [case(INPUT, "h264-x1", "b", 30), case("net", "h264-x1", "b", 41)]
    assert summarise_rows(cases)["net"]["core"]["gain"]["psnr"]["mean"] == pytest.approx((8 * 1 + 6) / 9)
