from crispen.media.probe import cameras, decoders, encoders, library_versions, picture_formats


def test_the_bundled_ffmpeg_has_what_the_defaults_need():
    assert encoders()["libx264"]
    assert encoders()["libvpx-vp9"]
    assert decoders()["h264"]
    assert {"PNG", "JPEG", "WEBP", "TIFF"} <= set(picture_formats())
    assert library_versions()["libavcodec"].count(".") == 2


def test_cameras_are_listed_in_order_with_their_names(tmp_path):
    for number in (10, 2):
        (tmp_path / "dev").mkdir(exist_ok=True)
        (tmp_path / "dev" / f"video{number}").touch()
    (tmp_path / "sys" / "video2").mkdir(parents=True)
    (tmp_path / "sys" / "video2" / "name").write_text("Good Cam\n")
    found = cameras(tmp_path / "dev", tmp_path / "sys")
    assert found == [(str(tmp_path / "dev/video2"), "Good Cam"), (str(tmp_path / "dev/video10"), "")]
    assert cameras(tmp_path / "none", tmp_path) == []
