"""The choice of the virtual camera, and the error if there is none."""

from contextlib import ExitStack

import pytest

from crispen.errors import CrispenError
from crispen.live import v4l2_output as loopback
from crispen.live.outputs import open_output
from crispen.live.v4l2_devices import LOOPBACK, Device
from crispen.live.v4l2_output import first_loopback
from crispen.video.video_info import VideoInfo


def virtual(number, free=True):
    return Device(f"/dev/video{number}", "Crispen", LOOPBACK, not free, free)


@pytest.fixture
def there(monkeypatch):
    def are(*found):
        monkeypatch.setattr(loopback, "devices", lambda: list(found))
        monkeypatch.setattr(loopback, "virtual_cameras", lambda: [each for each in found if each.driver == LOOPBACK])

    return are


def test_the_first_that_is_free_is_taken(there):
    there(Device("/dev/video0", "Good Cam", "uvcvideo"), virtual(8, free=False), virtual(9), virtual(10))
    assert first_loopback() == "/dev/video9"
    assert first_loopback("/dev/video9") == "/dev/video10"


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ([], "sudo modprobe v4l2loopback devices=1 exclusive_caps=1 card_label=Crispen"),
        (
            [virtual(8, free=False)],
            "another program writes to /dev/video8 Crispen; find it with: fuser -v /dev/video8",
        ),
        (
            [Device("/dev/video8", "", denied=True)],
            r"no permission to open /dev/video8; run: sudo usermod -aG video",
        ),
    ],
)
def test_where_none_can_be_taken_the_remedy_is_named(found, said, there):
    there(*found)
    with pytest.raises(CrispenError) as raised:
        first_loopback()
    assert said in str(raised.value)


def test_a_device_is_not_written_to_while_it_is_read():
    with ExitStack() as stack, pytest.raises(CrispenError, match="is the source"):
        open_output("/dev/video8", VideoInfo(64, 48, "yuv420p"), False, stack, "/dev/video8")
