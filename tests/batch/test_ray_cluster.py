"""A Ray cluster of several nodes on this machine: nodes are lost and added, and outputs stay the same."""

import os
import signal
import subprocess
import sys
import time

import pytest
from archives import SMALL, files_of, planes_of, run_job
from clips import write_clip

from crispen.apps.cli import main
from crispen.batch.batch_config import Item
from crispen.errors import CrispenError

pytestmark = pytest.mark.cluster

ray = pytest.importorskip("ray")
ray.cloudpickle.register_pickle_by_value(sys.modules[__name__])  # workers cannot import this module


def test_a_missing_cluster_is_an_error(tmp_path):
    """In a process of its own: a process that is connected already would use its cluster."""
    write_clip(tmp_path / "a.mp4", frames=3, size=SMALL)
    words = ["batch", str(tmp_path), str(tmp_path / "out"), "--address", "nonsense"]
    code = "import sys; from crispen.apps.cli import main; sys.exit(main())"
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    assert "no Ray cluster at nonsense" in done.stderr


@pytest.fixture(scope="module")
def cluster():
    from ray.cluster_utils import Cluster

    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    made = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
    made.add_node(num_cpus=1)
    made.add_node(num_cpus=1)
    yield made
    ray.shutdown()
    made.shutdown()


@pytest.fixture(scope="module")
def pool(cluster):
    from crispen.batch.ray_cluster import RayPool

    made = RayPool(cluster.address, 1)
    yield made
    made.close()


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """(source, items, outputs of one machine)."""
    folder = tmp_path_factory.mktemp("archive")
    (folder / "in").mkdir()
    for name in ("a.mp4", "b.mkv"):
        write_clip(folder / "in" / name, frames=80, size=SMALL, options={"g": "8"}, audio="aac")
    items = [Item("a.mp4", "a.mp4"), Item("b.mkv", "b.mkv")]
    run_job(folder / "in", folder / "one", items)
    return folder / "in", items, folder / "one"


def die_once(mark):
    if not os.path.exists(mark):
        open(mark, "w").close()
        os.kill(os.getpid(), signal.SIGKILL)
    return "done"


def die():
    os._exit(7)


def fail():
    raise ZeroDivisionError("no use")


def results(pool, tickets):
    found = {}
    end = time.monotonic() + 300
    while len(found) < len(tickets) and time.monotonic() < end:
        found |= dict(pool.wait(1.0))
    return [found[ticket] for ticket in tickets]


def test_workers_that_die_and_tasks_that_fail(pool, tmp_path):
    once, error = results(pool, [pool.submit(die_once, str(tmp_path / "mark")), pool.submit(fail)])
    twice = type(pool)("auto", 1, tries=2)
    (always,) = results(twice, [twice.submit(die)])
    assert once == "done"
    assert isinstance(always, CrispenError) and "2 worker processes crashed" in str(always)
    assert isinstance(error, CrispenError) and "ZeroDivisionError: no use" in str(error)


def test_a_node_lost_and_a_node_added_change_nothing(cluster, pool, archive, tmp_path):
    source, items, one = archive
    fresh = []

    def disturb(state):
        if state.frames and not fresh:
            before = pool.capacity
            cluster.remove_node(cluster.list_all_nodes()[-1], allow_graceful=False)
            fresh.append(cluster.add_node(num_cpus=4))
            fresh.append((before, pool.capacity))

    state = run_job(source, tmp_path / "out", items, pool, disturb)
    assert len(fresh) == 2, "the job ended before a node could be lost"
    assert not state.failed and state.done == 2 and state.frames == 160
    assert files_of(tmp_path / "out") == files_of(one)
    assert [len(planes_of(tmp_path / "out" / name)) for name in ("a.mp4", "b.mkv")] == [80, 80]
    assert fresh[1][1] > fresh[1][0], "a larger cluster is not given more to do"


def test_the_command_on_a_cluster(cluster, pool, archive, tmp_path, capsys):
    source, _, one = archive
    words = ["batch", str(source), str(tmp_path / "out"), "--address", cluster.address]
    assert main([*words, "--segment", str(1 / 3), "--stream", "small"]) == 0
    assert "2 sharpened" in capsys.readouterr().err
    assert files_of(tmp_path / "out") == files_of(one)


def opened():
    """Opens an engine; returns the telemetry settings of OpenVINO and ONNX Runtime afterwards."""
    from crispen import Sharpener

    for engine in ("openvino", "onnxruntime"):
        Sharpener("fast", engine, 1).close()
    return sys.modules.get("openvino_telemetry", "never looked for"), os.environ.get("ORT_DISABLE_TELEMETRY")


def test_workers_report_nothing(pool):
    pool.submit(opened)
    results = []
    while not results:
        results = [result for _, result in pool.wait(1.0)]
    assert results == [(None, "1")] and os.environ["RAY_USAGE_STATS_ENABLED"] == "0"
