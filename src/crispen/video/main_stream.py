"""Which of a container's streams is the video that is sharpened."""

from __future__ import annotations

from av.container import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from crispen.errors import CrispenError


def main_video(container: InputContainer, source: object, covers: bool = False) -> VideoStream:
    """The first video stream that is not a cover picture.

    source: what messages call it. covers: take a cover picture where there is nothing else. Raises CrispenError if
    there is no video, or FFmpeg has no decoder for it.
    """
    streams = container.streams.video
    videos = [each for each in streams if not each.disposition & Disposition.attached_pic]
    if covers and not videos:
        videos = list(streams)
    if not videos:
        raise CrispenError(f"{source} has no video in it")
    if videos[0].codec_context is None:  # PyAV says so where FFmpeg does not know the codec
        raise CrispenError(f"{source}: FFmpeg has no decoder for its video")
    return videos[0]
