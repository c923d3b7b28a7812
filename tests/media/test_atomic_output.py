import av
import pytest

from crispen.errors import CrispenError
from crispen.media.atomic_output import atomic_file, atomic_folder
from crispen.media.error_messages import explain_read_errors, explain_write_errors


def test_the_file_appears_only_when_the_block_ends(tmp_path):
    path = tmp_path / "out.mp4"
    with atomic_file(path) as part:
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
    with pytest.raises(error), atomic_file(path, overwrite=True) as part:
        part.write_bytes(b"half")
        raise error
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_existing_files_are_kept_even_if_created_while_writing(tmp_path):
    path = tmp_path / "out.mp4"
    with pytest.raises(CrispenError, match="exists already"), atomic_file(path) as part:
        part.write_bytes(b"ours")
        path.write_bytes(b"theirs")
    assert path.read_bytes() == b"theirs"
    with pytest.raises(CrispenError, match="--overwrite"), atomic_file(path):
        pytest.fail("must not begin")


def test_folders_devices_and_missing_folders_are_rejected(tmp_path):
    for path, message in [
        (tmp_path, "is a folder"),
        (tmp_path / "no" / "out.mp4", "make it first"),
        (type(tmp_path)("/dev/null"), "device"),
    ]:
        with pytest.raises(CrispenError, match=message), atomic_file(path, overwrite=True):
            pytest.fail("must not begin")


PARTS = frozenset({"a", "b"})


def fill(folder, **files):
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text)


def held(folder):
    return {path.name: path.read_text() for path in folder.iterdir()}


def test_a_folder_appears_only_when_the_block_ends(tmp_path):
    path = tmp_path / "out"
    path.mkdir()  # an empty folder counts as absent
    with atomic_folder(path, PARTS) as part:
        fill(part, a="new")
        assert not held(path)
    assert held(path) == {"a": "new"} and list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_after_an_error_the_old_folder_is_there_and_nothing_else(error, tmp_path):
    path = tmp_path / "out"
    fill(path, a="old", b="old")
    with pytest.raises(error), atomic_folder(path, PARTS, overwrite=True) as part:
        fill(part, a="new")
        raise error
    assert held(path) == {"a": "old", "b": "old"} and list(tmp_path.iterdir()) == [path]


def test_a_folder_is_replaced_completely(tmp_path):
    path = tmp_path / "out"
    fill(path, a="old", b="old")
    with pytest.raises(CrispenError, match="--overwrite"), atomic_folder(path, PARTS):
        pytest.fail("must not begin")
    with atomic_folder(path, PARTS, overwrite=True) as part:
        fill(part, a="new")
    assert held(path) == {"a": "new"} and list(tmp_path.iterdir()) == [path]


def test_foreign_files_in_a_folder_are_never_deleted(tmp_path):
    path = tmp_path / "out"
    fill(path, a="old", answers="theirs")
    with pytest.raises(CrispenError, match="answers"), atomic_folder(path, PARTS, overwrite=True):
        pytest.fail("must not begin")
    (path / "answers").unlink()
    with pytest.raises(CrispenError, match="answers"), atomic_folder(path, PARTS, overwrite=True):
        fill(path, answers="theirs")  # while we worked
    assert held(path) == {"a": "old", "answers": "theirs"} and list(tmp_path.iterdir()) == [path]


def test_a_folder_needs_an_existing_parent(tmp_path):
    fill(tmp_path, file="")
    for path, message in [(tmp_path / "file", "is not a folder"), (tmp_path / "no" / "out", "make it first")]:
        with pytest.raises(CrispenError, match=message), atomic_folder(path, PARTS, overwrite=True):
            pytest.fail("must not begin")


@pytest.mark.parametrize(
    "error", [av.error.ArgumentError(22, "Invalid argument"), av.error.PatchWelcomeError(1163346256, "x")]
)
@pytest.mark.parametrize("context", [explain_write_errors, explain_read_errors])
def test_errors_of_ffmpeg_name_the_users_file_in_plain_words(context, error):
    """FFmpeg's message would refer to an argument that the user never gave."""
    with pytest.raises(CrispenError, match=r"cannot (write|read) call\.mp4: FFmpeg") as caught, context("call.mp4"):
        raise error
    assert "Invalid" not in str(caught.value) and ".part" not in str(caught.value)
