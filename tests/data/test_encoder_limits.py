import numpy as np
import pytest

from crispen.data.encoder_limits import limit_to_encoder
from crispen.degrade.codecs import Codec, transcode
from crispen.degrade.condition import Condition
from crispen.degrade.resampling import coded_size, resize
from crispen.frame import frame_from_rgb


@pytest.mark.parametrize("size", [(128, 128), (176, 300), (300, 144)])
@pytest.mark.parametrize("name", ["av1", "h264", "vp8", "vp9"])
def test_small_starved_pictures_are_changed_only_as_far_as_the_encoder_needs(size, name):
    frame = frame_from_rgb(np.full((*size, 3), 90, np.uint8))
    wanted = Condition(factor=4, codec=Codec(name, 0.008), fps=8)
    condition = limit_to_encoder(wanted, frame)
    assert condition.factor == (min(size) / 64 if name == "av1" else 4)
    sent = resize(frame, *coded_size(*size, condition.factor), "cv2-area")
    assert 1 <= condition.codec.bits_per_pixel * sent.y.size * 8 / 1000 < 2
    assert len(transcode([sent] * 3, condition.codec, 8)) == 3
    enough = Condition(factor=2, codec=Codec(name, 0.1))
    assert limit_to_encoder(enough, frame) == enough
