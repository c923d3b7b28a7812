import pytest

from crispen.errors import CrispenError
from crispen.media.output import whole_file


def test_the_file_appears_only_when_the_block_ends(tmp_path):
    path = tmp_path / "out.mp4"
    with whole_file(path) as part:
        part.write_bytes(b"half")
        assert not path.exists()
        assert part.suffix == ".mp4"
        assert part.name.startswith(".")
        part.write_bytes(b"whole")
    assert path.read_bytes() == b"whole"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_after_an_error_the_old_file_is_there_and_nothing_else(error, tmp_path):
    path = tmp_path / "out.mp4"
    path.write_bytes(b"old")
    with pytest.raises(error), whole_file(path, overwrite=True) as part:
        part.write_bytes(b"half")
        raise error
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_what_exists_is_kept_even_if_it_appears_while_writing(tmp_path):
    path = tmp_path / "out.mp4"
    with pytest.raises(CrispenError, match="exists already"), whole_file(path) as part:
        part.write_bytes(b"ours")
        path.write_bytes(b"theirs")
    assert path.read_bytes() == b"theirs"
    with pytest.raises(CrispenError, match="--overwrite"), whole_file(path):
        pytest.fail("must not begin")


def test_folders_devices_and_missing_folders_are_refused(tmp_path):
    for path, message in [
        (tmp_path, "is a folder"),
        (tmp_path / "no" / "out.mp4", "make it first"),
        (type(tmp_path)("/dev/null"), "device"),
    ]:
        with pytest.raises(CrispenError, match=message), whole_file(path, overwrite=True):
            pytest.fail("must not begin")
