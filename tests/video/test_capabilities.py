from crispen.video.capabilities import decoders, encoders, library_versions, picture_formats


def test_the_bundled_ffmpeg_has_what_the_defaults_need():
    assert encoders()["libx264"]
    assert encoders()["libvpx-vp9"]
    assert decoders()["h264"]
    assert {"PNG", "JPEG", "WEBP", "TIFF"} <= set(picture_formats())
    assert library_versions()["libavcodec"].count(".") == 2
