"""Object stores, with an S3 server on this machine: outputs are the same as with folders."""

import pytest
from archives import SMALL, files_of, run_job
from clips import write_clip
from PIL import Image

from crispen.apps.cli import main
from crispen.batch.batch_config import Item
from crispen.batch.store import open_store
from crispen.errors import CrispenError

server = pytest.importorskip("moto.server")
s3fs = pytest.importorskip("s3fs")
HOW = ["--segment", str(1 / 3), "--stream", "small", "--workers", "1"]


@pytest.fixture(scope="module")
def bucket():
    """An s3fs file system with an empty bucket `archive`; s3:// URLs lead to it here and in workers."""
    moto = server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    moto.start()
    host, port = moto.get_host_and_port()
    environment = {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}", "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
    }  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        s3fs.S3FileSystem.clear_instance_cache()
        files = s3fs.S3FileSystem()
        files.mkdir("archive")
        yield files
        s3fs.S3FileSystem.clear_instance_cache()
    moto.stop()


def names(files, folder):
    files.invalidate_cache()
    return sorted(path.removeprefix(f"{folder}/") for path in files.find(folder))


def test_buckets_give_the_same_outputs_as_folders(bucket, tmp_path, capsys):
    (tmp_path / "in" / "deep").mkdir(parents=True)
    write_clip(tmp_path / "in" / "a.mp4", frames=40, size=SMALL, options={"g": "8"}, audio="aac")
    Image.new("RGB", (64, 48), "grey").save(tmp_path / "in" / "deep" / "b.png")
    (tmp_path / "in" / "noise.mp4").write_bytes(b"noise" * 100)
    (tmp_path / "in" / "notes.txt").write_text("no picture")
    bucket.put(str(tmp_path / "in"), "archive/in", recursive=True)

    assert main(["batch", "s3://archive/in", "s3://archive/out", "--dry-run", *HOW]) == 1
    assert names(bucket, "archive/out") == [] and "4 segments" in capsys.readouterr().out

    assert main(["batch", "s3://archive/in", "s3://archive/out", *HOW]) == 1
    assert "noise.mp4" in capsys.readouterr().err
    items = [Item("a.mp4", "a.mp4"), Item("deep/b.png", "deep/b.png", True)]
    assert run_job(tmp_path / "in", tmp_path / "out", items).done == 2
    assert names(bucket, "archive/out") == ["a.mp4", "crispen-batch.jsonl", "deep/b.png"]
    for name, data in files_of(tmp_path / "out").items():
        assert bucket.cat(f"archive/out/{name}") == data

    bucket.pipe("archive/out/a.mp4", b"mine")
    capsys.readouterr()
    assert main(["batch", "s3://archive/in", "s3://archive/out", *HOW]) == 1
    assert "2 done before" in capsys.readouterr().err and bucket.cat("archive/out/a.mp4") == b"mine"
    assert main(["batch", "s3://archive/in/a.mp4", "s3://archive/out", "--overwrite", *HOW]) == 0
    assert bucket.cat("archive/out/a.mp4") == (tmp_path / "out" / "a.mp4").read_bytes()


def test_a_source_object_is_never_replaced(bucket, capsys):
    bucket.pipe("archive/safe/one.png", b"mine")
    assert main(["batch", "s3://archive/safe/one.png", "s3://archive/safe", "--overwrite", *HOW]) == 2
    error = capsys.readouterr().err
    assert "would replace the source one.png" in error and error.count("\n") == 1
    assert names(bucket, "archive/safe") == ["one.png"] and bucket.cat("archive/safe/one.png") == b"mine"


def test_a_missing_bucket(bucket, capsys):
    assert main(["batch", "s3://missing/in", "s3://archive/out"]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_an_unknown_protocol():
    with pytest.raises(CrispenError, match="cannot reach nonsense://a"):
        open_store("nonsense://a")
