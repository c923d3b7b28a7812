"""How many CPUs a process may use, by affinity and by the quotas of control groups, and that commands keep to it."""

import os
import subprocess
import sys

import pytest

from crispen.cpus import usable_cpus

ALL = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def tree(folder, groups, files):
    (folder / "cgroup").write_text(groups)
    for name, text in files.items():
        path = folder / "tree" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder / "cgroup", folder / "tree"


@pytest.mark.parametrize(
    ("groups", "files", "quota"),
    [
        ("0::/\n", {"cpu.max": "50000 100000\n"}, 0.5),
        ("0::/\n", {"cpu.max": "max 100000\n"}, None),
        ("0::/pods/mine\n", {"pods/mine/cpu.max": "max 100000\n", "pods/cpu.max": "100000 100000\n"}, 1),
        ("0::/pods/mine\n", {"pods/mine/cpu.max": "20000 100000\n", "pods/cpu.max": "800000 100000\n"}, 0.2),
        ("0::/seen/only/outside\n", {"cpu.max": "100000 100000\n"}, 1),
        ("0::/../sibling\n", {}, None),
        (
            "4:memory:/a\n3:cpu,cpuacct:/docker/1\n1:name=systemd:/:with:colons\n",
            {"cpu,cpuacct/docker/1/cpu.cfs_quota_us": "100000\n", "cpu,cpuacct/docker/1/cpu.cfs_period_us": "100000\n"},
            1,
        ),
        ("1:cpu:/\n0::/\n", {"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, None),
        ("1:cpu:/\n", {"cpu/cpu.cfs_quota_us": "100000\n"}, None),
        ("1:cpuset:/\n", {"cpuset/cpu.cfs_quota_us": "1000\n", "cpuset/cpu.cfs_period_us": "100000\n"}, None),
        ("0::/\n", {"cpu.max": "100000 0\n"}, None),
        ("0::/\n", {"cpu.max": "nonsense\n"}, None),
        ("nonsense\n", {}, None),
        ("", {}, None),
    ],
)
def test_the_quotas_of_control_groups(groups, files, quota, tmp_path):
    wanted = ALL if quota is None else min(ALL, max(1, quota))
    assert usable_cpus(*tree(tmp_path, groups, files)) == wanted


def test_a_system_without_control_groups(tmp_path):
    assert usable_cpus(tmp_path / "none", tmp_path / "none") == ALL


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system does not confine a process to CPUs")
def test_one_cpu_is_one_thread_and_said(tmp_path):
    code = (
        "import os, sys; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))}); import crispen;"
        "print(crispen.Sharpener('fast').describe()); from crispen.apps.cli import main; sys.exit(main())"
    )
    from clips import write_clip

    clip = write_clip(tmp_path / "clip.mp4", frames=5)
    done = subprocess.run(
        [sys.executable, "-c", code, "sharpen", clip], capture_output=True, text=True, timeout=120, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().endswith(", 1 thread") and ", 1 thread;" in done.stderr
