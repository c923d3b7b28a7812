"""The virtual camera of OBS on macOS and Windows, through pyvirtualcam, which is optional and under the GPL."""

from __future__ import annotations

import av
import numpy as np

from crispen.errors import CrispenError, require
from crispen.media.plane_layout import samples


class ObsCamera:
    """Writes yuv420p frames of one size to the virtual camera that pyvirtualcam finds.

    Raises:
        CrispenError: If pyvirtualcam is not installed or finds no virtual camera.
    """

    def __init__(self, width: int, height: int, rate: float):
        pyvirtualcam = require("pyvirtualcam")
        try:
            self._camera = pyvirtualcam.Camera(width, height, rate, fmt=pyvirtualcam.PixelFormat.I420)
        except RuntimeError as error:  # raised for a camera that is missing or in use
            reason = " ".join(str(error).split())
            raise CrispenError(
                f"no virtual camera ({reason}); install OBS, and start and stop its virtual camera once"
            ) from None

    def write(self, frame: av.VideoFrame) -> None:
        self._camera.send(np.concatenate([samples(frame, index).reshape(-1) for index in range(3)]))

    def close(self) -> None:
        self._camera.close()

    abort = close
