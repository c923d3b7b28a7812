"""Containerfile and deploy/: the commands in them are valid, and the health check tells a running server from none.

No container is built here; docs/deploy.md says what was not run.
"""

import json
import re
import shlex
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from urllib.request import urlopen

import pytest

from crispen import __version__
from crispen.apps.cli import COMMANDS, make_parser

yaml = pytest.importorskip("yaml", reason="PyYAML is not installed")
ROOT = Path(__file__).parents[2]
SETTINGS = {"HOST": "calls.example.org", "ADDRESS": "192.0.2.1", "LOCAL": "10.0.0.1", "TOKEN": "t", "TURN_SECRET": "s"}


def containerfile() -> list[tuple[str, str]]:
    """(instruction, arguments) of each line; continued lines are joined."""
    text = (ROOT / "Containerfile").read_text("utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(line.split()[0], line.split(maxsplit=1)[1]) for line in lines]


def compose() -> dict:
    text = (ROOT / "deploy" / "compose.yaml").read_text("utf-8")
    text = re.sub(r"(?<!\$)\$\{(\w+)(?::\?[^}]*)?\}", lambda match: SETTINGS[match[1]], text)
    return yaml.safe_load(text)["services"]


def pods() -> dict[str, dict]:
    """The pods of deploy/kubernetes.yaml, by the name of what makes them."""
    found = yaml.safe_load_all((ROOT / "deploy" / "kubernetes.yaml").read_text("utf-8"))
    return {each["metadata"]["name"]: each["spec"]["template"]["spec"] for each in found if "template" in each["spec"]}


def commands() -> list[list[str]]:
    """The arguments of every `crispen` that the files run."""
    fixed = [json.loads(text) for name, text in containerfile() if name == "CMD"]
    started = [pod["containers"][0]["args"] for pod in pods().values()]
    return [*fixed, compose()["serve"]["command"], *started]


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_the_arguments_are_those_of_the_command_line(words):
    pytest.importorskip("aiortc")
    if words[-1] == "--help":
        assert words[0] in COMMANDS
        return
    args = make_parser({words[0]}).parse_args(words)
    assert args.command == words[0]
    for url in getattr(args, "ice", []):
        assert re.fullmatch(r"(stun|turn:crispen:env:TURN_SECRET@)?:?[\w.]+:3478(\?transport=tcp)?", url)


def test_secrets_that_commands_name_are_in_the_environment():
    places = [(compose()["serve"]["command"], set(compose()["serve"]["environment"]))]
    container = pods()["crispen-serve"]["containers"][0]
    places.append((container["args"], {each["name"] for each in container["env"]}))
    for words, known in places:
        assert set(re.findall(r"env:(\w+)", " ".join(words))) == {"TURN_SECRET"} <= known
        assert "CRISPEN_TOKEN" in known


def test_nothing_runs_as_root():
    users = [text for name, text in containerfile() if name == "USER"]
    assert users == ["10001:10001"]
    for pod in pods().values():
        assert pod["securityContext"]["runAsNonRoot"] and pod["securityContext"]["runAsUser"] == 10001
        for container in pod["containers"]:
            assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
            assert not container["securityContext"]["allowPrivilegeEscalation"]


def test_images_and_package_have_one_version():
    images = [container["image"] for pod in pods().values() for container in pod["containers"]]
    assert images and all(image.endswith(f":{__version__}") for image in images)


def test_the_context_holds_what_is_copied():
    ignored = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    assert ignored[0] == "*"
    copied = [
        word for name, text in containerfile() if name == "COPY" and "--from" not in text for word in text.split()[:-1]
    ]
    assert copied and all(f"!{word}" in ignored and (ROOT / word).exists() for word in copied)


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="the health check is that of a Linux image")
def test_the_health_check_tells_a_running_server_from_none():
    pytest.importorskip("aiortc")
    (check,) = (text for name, text in containerfile() if name == "HEALTHCHECK")
    words = json.loads(check.partition("CMD ")[2])
    assert words[:2] == ["python", "-c"] and ":8470/" in words[2]
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    code = [sys.executable, "-c", words[2].replace(":8470/", f":{port}/")]
    assert subprocess.run(code, capture_output=True, timeout=60).returncode != 0
    program = "import sys; from crispen.apps.cli import main; sys.exit(main(sys.argv[1:]))"
    serve = [sys.executable, "-c", program, "serve", "--host", "0.0.0.0", "--port", str(port)]
    with subprocess.Popen(serve, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        try:
            assert process.stdout and process.stdout.readline()
            urlopen(f"http://127.0.0.1:{port}/healthz", timeout=60).close()  # waits until it is ready
            assert subprocess.run(code, capture_output=True, timeout=60).returncode == 0
        finally:
            process.kill()


def test_turn_relays_to_this_machine_alone():
    script = compose()["turn"]["entrypoint"][2]
    words = shlex.split(script.replace("&&", ";"))
    assert "--denied-peer-ip=0.0.0.0-255.255.255.255" in words
    assert [word for word in words if word.startswith("--allowed-peer-ip=")] == [
        f"--allowed-peer-ip={SETTINGS[name]}" for name in ("LOCAL", "ADDRESS")
    ]
    assert "$TURN_SECRET" not in " ".join(words[words.index("exec") :])  # not in the list of processes
