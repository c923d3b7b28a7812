import numpy as np
import pytest

from crispen.degrade.codecs import CODECS, Codec, encoder_options, transcode
from crispen.frame import Frame
from crispen.media.av_planes import av_from_frame, frame_from_av


def clip(frames=12, height=96, width=128):
    """A textured picture that shifts by one pixel per frame."""
    rng = np.random.default_rng(0)
    noise = rng.normal(size=(height, width + frames))
    smooth = sum(np.roll(noise, (i, j), (0, 1)) for i in range(-2, 3) for j in range(-2, 3)) / 5
    y = np.clip(120 + 40 * smooth, 0, 255).astype(np.uint8)
    u = np.full((height // 2, width // 2), 110, np.uint8)
    return [Frame(np.ascontiguousarray(y[:, t : t + width]), u, u) for t in range(frames)]


def psnr(a, b):
    return 10 * np.log10(255**2 / np.mean((a.astype(float) - b) ** 2))


@pytest.mark.parametrize("name", CODECS)
def test_every_codec_returns_every_frame_in_order(name):
    sent = clip()
    received = transcode(sent, Codec(name, bits_per_pixel=0.5))
    assert len(received) == len(sent)
    for index in (3, 11):  # closer to its own frame than to the next: nothing was reordered
        own = psnr(received[index].y, sent[index].y)
        assert own > 24
        assert own > psnr(received[index].y, sent[index - 1].y) + 1


@pytest.mark.parametrize("name", ["h264", "vp8", "vp9", "av1", "h265"])
def test_more_bits_give_a_better_picture(name):
    sent = clip(16)
    poor, rich = (psnr(transcode(sent, Codec(name, rate))[-1].y, sent[-1].y) for rate in (0.03, 0.6))
    assert rich > poor + 1.5


@pytest.mark.parametrize("name", CODECS)
def test_codecs_shift_the_mean_by_at_most_a_third_of_a_level(name):
    sent = clip(16)
    received = transcode(sent, Codec(name, 0.1))
    assert abs(received[-1].y.mean() - sent[-1].y.mean()) <= 0.3


def test_frames_survive_conversion_for_the_codec_bit_exactly():
    frame = clip(1)[0]
    back = frame_from_av(av_from_frame(frame))
    for sent, received in zip((frame.y, frame.u, frame.v), (back.y, back.u, back.v), strict=True):
        np.testing.assert_array_equal(sent, received)


def test_rate_control_is_constant_and_without_lookahead():
    assert encoder_options(Codec("h264"), 300)["tune"] == "zerolatency"
    assert encoder_options(Codec("vp9"), 300)["lag-in-frames"] == "0"
    assert "lookahead=0" in encoder_options(Codec("av1"), 300)["svtav1-params"]


def test_unknown_codec_and_odd_sizes_are_refused():
    with pytest.raises(ValueError, match="unknown codec"):
        transcode(clip(1), Codec("theora"))
    with pytest.raises(ValueError, match="must be even"):
        transcode([Frame(np.zeros((15, 16), np.uint8))], Codec("h264"))
