import numpy as np
import pytest

from crispen.degrade.scene_mix import (
    draw_camera,
    draw_camera_codec,
    draw_exposure_drift,
    draw_person,
    draw_shake,
)


def test_cameras_and_persons_stay_within_their_ranges():
    rng = np.random.default_rng(0)
    cameras, persons = [draw_camera(rng) for _ in range(300)], [draw_person(rng) for _ in range(300)]
    assert all(0.3 <= c.lens_blur <= 1.1 and 0 <= c.sharpen <= 1.5 and 0 <= c.denoise <= 20 for c in cameras)
    assert all((c.photons == 0) == (c.read_noise == 0) for c in cameras)
    assert np.mean([c.demosaic for c in cameras]) == pytest.approx(0.7, abs=0.1)
    assert all(0.25 <= p.x <= 0.75 and 0.5 <= p.height <= 0.95 for p in persons)
    assert {p.background for p in persons} == {"still", "blurred", "replaced"}
    assert {len(p.gestures) for p in persons} == {2, 3}


def test_shake_drift_and_camera_codecs_stay_within_their_ranges():
    rng = np.random.default_rng(0)
    shakes, drifts = [draw_shake(rng) for _ in range(300)], [draw_exposure_drift(rng) for _ in range(300)]
    assert all(0.3 <= s.sway <= 4 and 0.05 <= s.tremor <= 0.6 for s in shakes)
    assert np.std([d.stops for d in drifts]) == pytest.approx(0.2, abs=0.03)
    assert all(0.2 <= d.seconds <= 3 for d in drifts)
    codecs = [draw_camera_codec(rng) for _ in range(300)]
    assert {codec.name for codec in codecs} == {"h264", "mjpeg"}
    assert np.mean([codec.name == "mjpeg" for codec in codecs]) == pytest.approx(0.3, abs=0.1)
