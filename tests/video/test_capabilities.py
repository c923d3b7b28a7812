from crispen.video.capabilities import available_decoders, available_encoders, ffmpeg_versions, writable_picture_formats


def test_the_bundled_ffmpeg_has_what_the_defaults_need():
    assert available_encoders()["libx264"]
    assert available_encoders()["libvpx-vp9"]
    assert available_decoders()["h264"]
    assert {"PNG", "JPEG", "WEBP", "TIFF"} <= set(writable_picture_formats())
    assert ffmpeg_versions()["libavcodec"].count(".") == 2
