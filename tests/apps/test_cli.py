"""The command itself: one line per error, the right exit status, and no unneeded imports."""

import importlib
import os
import signal
import subprocess
import sys
import time

import pytest

import crispen
from crispen.apps.cli import COMMANDS, main
from crispen.errors import CrispenError

CRISPEN = [sys.executable, "-c", "import sys; from crispen.apps.cli import main; sys.exit(main())"]


def stub(monkeypatch, run):
    """Puts `run` in the place of `crispen models`."""
    monkeypatch.setattr("crispen.apps.models.run", run)


def environment(**changed: str) -> dict[str, str]:
    """Ours, with output buffered as users have it."""
    return {key: value for key, value in os.environ.items() if key != "PYTHONUNBUFFERED"} | changed


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(name, capsys):
    with pytest.raises(SystemExit) as ended:
        main([name, "--help"])
    out = capsys.readouterr().out
    assert ended.value.code == 0 and f"crispen {name}" in out and "--" in out
    module = importlib.import_module(f"crispen.apps.{name}")
    assert f"crispen {name}" in (module.__doc__ or "")


def test_the_list_of_commands(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    out = " ".join(capsys.readouterr().out.split())  # argparse breaks long lines
    assert ended.value.code == 0 and all(f"{name} {text}" in out for name, text in COMMANDS.items())


def test_the_version(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0 and capsys.readouterr().out == f"crispen {crispen.__version__}\n"


@pytest.mark.parametrize("words", [[], ["sharpne"], ["models", "--nonsense"], ["data"], ["data", "build"], ["teach"]])
def test_usage_errors_have_status_2(words, capsys):
    with pytest.raises(SystemExit) as ended:
        main(words)
    said = capsys.readouterr()
    assert ended.value.code == 2 and said.err.startswith("crispen: ") and said.err.count("\n") == 1 and not said.out


def test_success_has_status_0(monkeypatch):
    stub(monkeypatch, lambda args: None)
    assert main(["models"]) == 0
    stub(monkeypatch, lambda args: 3)
    assert main(["models"]) == 3


@pytest.mark.parametrize("status", [1, 2])
def test_a_crispen_error_is_one_line(status, monkeypatch, capsys):
    def run(args):
        error = CrispenError("there is no such thing; try another")
        error.exit_status = status
        raise error

    stub(monkeypatch, run)
    assert main(["models"]) == status
    said = capsys.readouterr()
    assert said.err == "crispen: there is no such thing; try another\n" and not said.out


def test_an_os_error_is_one_line(monkeypatch, capsys, tmp_path):
    def run(args):
        (tmp_path / "missing" / "log").write_text("")

    stub(monkeypatch, run)
    assert main(["models"]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and str(tmp_path / "missing" / "log") in said


def test_an_internal_error_is_one_line_and_a_traceback_on_request(monkeypatch, capsys):
    stub(monkeypatch, lambda args: {}["missing"])
    assert main(["models"]) == 70
    said = capsys.readouterr().err
    assert said.startswith("crispen: internal error: KeyError: 'missing' (") and said.count("\n") == 1
    assert "test_cli.py" in said and said.endswith("; please report it\n")
    monkeypatch.setenv("CRISPEN_DEBUG", "1")
    assert main(["models"]) == 70
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        RuntimeError("Exception from src/x.cpp:1:\nstd::bad_alloc\n"),
        RuntimeError("can't start new thread"),
        ImportError("libx.so: failed to map segment from shared object: Cannot allocate memory"),
        OSError(12, "Cannot allocate memory"),
    ],
)
def test_out_of_memory_errors_are_one_line(error, monkeypatch, capsys):
    def run(args):
        raise error

    stub(monkeypatch, run)
    assert main(["models"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("crispen: out of memory; ") and said.count("\n") == 1


def test_control_characters_in_messages_are_escaped(monkeypatch, capsys):
    def run(args):
        raise CrispenError("two\nlines\x1b[2J, and \udcff\udce9.mp4 is no text; 龍é stays")

    stub(monkeypatch, run)
    assert main(["models"]) == 1
    assert capsys.readouterr().err == ("crispen: two\\nlines\\x1b[2J, and \\udcff\\udce9.mp4 is no text; 龍é stays\n")


def test_an_interrupt_has_status_130(monkeypatch, capsys):
    def run(args):
        raise KeyboardInterrupt

    stub(monkeypatch, run)
    assert main(["models"]) == 130
    assert capsys.readouterr().err.startswith("crispen: interrupted")


@pytest.mark.skipif(os.name != "posix", reason="sends a signal")
def test_ctrl_c_has_status_130_and_no_traceback():
    """Sent by the system, in the middle of a long run."""
    code = "import time, crispen.apps.bench as b; b._peak = lambda *_: (print('running', flush=True), time.sleep(60))"
    words = [sys.executable, "-c", f"{code}\n{CRISPEN[2]}", "bench"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout and process.stderr
        assert process.stdout.readline() == "running\n"
        time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        error = process.stderr.read()
        assert process.wait(60) == 130
    assert error == "crispen: interrupted; nothing half-written was left behind\n"


def test_only_the_command_asked_for_is_loaded():
    code = "import sys; from crispen.apps.cli import main; main(['models', '--json']); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = done.stdout.splitlines()[-1].split()
    assert "crispen.apps.models" in loaded
    assert not {"crispen.apps.bench", "crispen.apps.teach", "torch", "cv2", "openvino", "numpy", "av"} & set(loaded)
