"""Makes examples/call.mp4: a webcam clip as the receiver of a bad call sees it.

    python examples/make_call.py CLIP examples/call.mp4

The clip is halved, sent through VP8 at about 230 kbit/s as by a browser, enlarged to its original size and recorded as
H.264 with a synthesised sound track. Needs the extra `train`.
"""

import sys
from fractions import Fraction

import av
import numpy as np

from crispen.degrade.codecs import Codec, transcode
from crispen.degrade.resampling import resize
from crispen.media.av_planes import av_from_frame, frame_from_av

FPS, RATE = 30, 48_000


def main(source: str, target: str) -> None:
    with av.open(source) as container:
        clip = [frame_from_av(picture) for picture in container.decode(video=0)]
    height, width = clip[0].y.shape
    sent = [resize(frame, height // 2, width // 2, "cv2-area") for frame in clip]
    shown = [resize(frame, height, width, "cv2-linear") for frame in transcode(sent, Codec("vp8", 0.1), FPS)]

    with av.open(target, "w", options={"movflags": "+faststart"}) as container:
        video = container.add_stream("libx264", FPS, options={"crf": "15", "preset": "slow"})
        video.width, video.height, video.pix_fmt = width, height, "yuv420p"
        audio = container.add_stream("aac", RATE, layout="mono", bit_rate=64_000)
        for index, frame in enumerate(shown):
            picture = av_from_frame(frame)
            picture.pts, picture.time_base = index, Fraction(1, FPS)
            container.mux(video.encode(picture))
        sound = av.AudioFrame.from_ndarray(melody(len(shown) / FPS)[None], format="fltp", layout="mono")
        sound.sample_rate, sound.pts = RATE, 0
        container.mux(audio.encode(sound))
        for stream in (video, audio):
            container.mux(stream.encode(None))


def melody(seconds: float) -> np.ndarray:
    """A few soft notes, float32 in -1..1."""
    time = np.arange(int(seconds * RATE)) / RATE
    sound = np.zeros_like(time)
    for beat, note in enumerate((220.0, 277.2, 329.6, 440.0, 329.6, 277.2)):
        since = time - beat * 0.5
        sound += np.where(since >= 0, np.exp(-3 * np.maximum(since, 0)) * np.sin(2 * np.pi * note * time), 0)
    return (0.2 * sound).astype(np.float32)


if __name__ == "__main__":
    main(*sys.argv[1:])
