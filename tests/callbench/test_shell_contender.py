import os
import pickle
import select
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from fractions import Fraction

import av
import av.filter
import cv2
import numpy as np
import pytest
from PIL import Image

from crispen.callbench.contenders.contender import ContenderInput, Failed
from crispen.callbench.contenders.shell_contender import PICTURES_PER_RUN, ShellContender, parse_command
from crispen.errors import CrispenError

PYTHON = shlex.quote(sys.executable)


@pytest.fixture(autouse=True)
def temporary(tmp_path, monkeypatch):
    """Where the contender's folders lie, with a name that a shell would split; empty again after every test."""
    folder = tmp_path / "a 'place' apart"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    assert list(folder.iterdir()) == []


@pytest.fixture(scope="module")
def arrived(natural):
    """Two pictures of different sizes, which were decoded at half of them."""
    planes = [cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY) for rgb in natural.values()]
    return [ContenderInput(plane, np.ascontiguousarray(plane[::2, ::2])) for plane in planes]


@pytest.fixture
def script(tmp_path):
    """Writes a Python script; gives the command that runs it."""

    def write(text):
        path = tmp_path / "script.py"
        path.write_text(text)
        return f"{PYTHON} {shlex.quote(str(path))}"

    return write


def pictures(command, arrived, **options):
    return list(ShellContender("theirs", command, **options).pictures(arrived))


def test_pictures_are_returned_in_order(arrived):
    for command in ("cp {input}/* {output}", "cp -r {input.rgb}/. {output}/", "cp {input.y4m} {output.y4m}"):
        outputs = pictures(command, [*arrived, arrived[0]])
        assert all(
            np.array_equal(output, a.received) for output, a in zip(outputs, [*arrived, arrived[0]], strict=True)
        )


INVERT = """
import sys
from pathlib import Path
from PIL import Image, ImageOps
for path in sorted(Path(sys.argv[1]).iterdir()):
    image = Image.open(path)
    assert image.mode == sys.argv[3], image.mode
    ImageOps.invert(image).save(Path(sys.argv[2]) / path.name)
"""


@pytest.mark.parametrize(("place", "mode"), [("{input}", "L"), ("{input.rgb}", "RGB")])
def test_the_output_is_what_the_program_made(arrived, script, place, mode):
    outputs = pictures(f"{script(INVERT)} {place} {{output}} {mode}", arrived)
    assert all(np.array_equal(output, 255 - a.received) for output, a in zip(outputs, arrived, strict=True))


@pytest.mark.parametrize("place", ["{decoded}", "{decoded.rgb}", "{decoded.y4m}"])
def test_the_decoded_picture_is_scaled_to_the_display(arrived, place):
    video = place.endswith(".y4m}")
    outputs = pictures(f"cp {place} {{output.y4m}}" if video else f"cp {place}/* {{output}}", arrived)
    for output, a in zip(outputs, arrived, strict=True):
        size = a.received.shape[::-1]
        assert np.array_equal(output, Image.fromarray(a.decoded).resize(size, Image.Resampling.LANCZOS))


def test_a_scaler_that_hits_the_displays_size_is_not_scaled_again(arrived, script):
    enlarge = (
        "import sys, cv2, glob\n"
        "for path in glob.glob(sys.argv[1] + '/*'):\n"
        "    small = cv2.imread(path, 0)\n"
        "    large = cv2.resize(small, None, fx=2, fy=2, interpolation=cv2.INTER_NEAREST)\n"
        "    cv2.imwrite(path.replace('input', 'output'), large)\n"
    )
    outputs = pictures(f"{script(enlarge)} {{decoded}} {{output}}", arrived)
    for output, a in zip(outputs, arrived, strict=True):
        assert np.array_equal(output, a.decoded.repeat(2, 0).repeat(2, 1))


@pytest.fixture(scope="module")
def ffmpeg():
    return shlex.quote(pytest.importorskip("imageio_ffmpeg").get_ffmpeg_exe())


def unsharp(plane):
    """FFmpeg's filter, through PyAV."""
    height, width = plane.shape
    picture = av.VideoFrame.from_ndarray(np.vstack([plane, np.full((height // 2, width), 128, np.uint8)]), "yuv420p")
    graph = av.filter.Graph()
    source = graph.add_buffer(width=width, height=height, format=picture.format, time_base=Fraction(1, 30))
    graph.link_nodes(source, graph.add("unsharp", "5:5:1.2"), graph.add("buffersink")).configure()
    graph.vpush(picture)
    return graph.vpull().to_ndarray()[:height]


def test_ffmpeg_filters_can_be_contenders(arrived, ffmpeg):
    command = f"{ffmpeg} -i {{input.y4m}} -vf unsharp=5:5:1.2 {{output.y4m}}"
    for output, a in zip(pictures(command, arrived), arrived, strict=True):
        assert np.array_equal(output, unsharp(a.received))
        assert not np.array_equal(output, a.received)


def test_a_clip_is_one_video_in_its_order(arrived, ffmpeg):
    frames = [ContenderInput(np.roll(arrived[0].received, step, 1), arrived[0].decoded) for step in range(4)]
    contender = ShellContender("reversed", f"{ffmpeg} -i {{input.y4m}} -vf reverse {{output.y4m}}")
    assert np.array_equal(contender.clip(frames), [frame.received for frame in frames[::-1]])
    assert np.array_equal(list(contender.pictures(frames)), [frame.received for frame in frames])


def test_pictures_are_passed_in_batches_and_a_clip_whole(tmp_path):
    log = tmp_path / "log"
    contender = ShellContender("c", f"cp {{input}}/* {{output}}; ls {{input}} | wc -l >> {shlex.quote(str(log))}")
    taken = []

    def some():
        for number in range(2 * PICTURES_PER_RUN + 3):
            taken.append(number)
            yield ContenderInput(np.full((2, 3), number, np.uint8), np.zeros((1, 1), np.uint8))

    outputs = contender.pictures(some())
    assert next(outputs).tolist() == [[0] * 3] * 2 and len(taken) == PICTURES_PER_RUN
    assert [int(output[0, 0]) for output in outputs] == list(range(1, 2 * PICTURES_PER_RUN + 3))
    assert log.read_text().split() == [str(PICTURES_PER_RUN), str(PICTURES_PER_RUN), "3"]
    assert len(contender.clip(list(some()))) == 2 * PICTURES_PER_RUN + 3
    assert log.read_text().split()[3:] == [str(2 * PICTURES_PER_RUN + 3)]


def test_a_missing_broken_or_resized_picture_fails_alone(arrived):
    four = [*arrived, *arrived]
    command = "cp {input}/* {output}; rm {output}/00000.png; cp {input}/00000.png {output}/00001.png; "
    missing, other, good, broken = pictures(command + "echo no > {output}/00003.png", four)
    assert missing == Failed("it made no 00000.png")
    assert isinstance(other, Failed) and "(160, 192)" in other.reason and "(128, 160)" in other.reason
    assert np.array_equal(good, arrived[0].received)
    assert isinstance(broken, Failed) and "00003.png: it is not a picture that can be read" in broken.reason
    assert ShellContender("c", command).clip(four) == missing


def test_a_nonzero_exit_status_fails_missing_pictures(arrived):
    good, failed = pictures("cp {input}/00000.png {output}; echo first >&2; echo out of luck >&2; exit 3", arrived)
    assert np.array_equal(good, arrived[0].received)
    assert failed == Failed("it ended with status 3: out of luck")
    assert pictures("exit 3; {input}{output}", arrived) == [Failed("it ended with status 3")] * 2


def test_reasons_do_not_name_temporary_folders(arrived):
    (reason,) = {failed.reason for failed in pictures("cat {input}/no.png > {output}/a", arrived)}
    assert reason.startswith("it ended with status 1: cat: ") and "input/no.png" in reason and "apart" not in reason


def test_a_program_that_does_not_exist(arrived):
    failed, _ = pictures("no-such-sharpener {input} {output}", arrived)
    assert "it ended with status 127" in failed.reason and "no-such-sharpener" in failed.reason


def hung_up(fifo):
    """Whether nobody holds the writing end of `fifo` any more; waits up to 10 s for it."""
    poll = select.poll()
    poll.register(fifo, select.POLLHUP)
    return any(event & select.POLLHUP for _, event in poll.poll(60_000))


@pytest.fixture
def alive(tmp_path):
    """A shell command that runs for 60 s with a child that does too, and a FIFO that both hold open."""
    path = tmp_path / "alive"
    os.mkfifo(path)
    fifo = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    yield f"exec 9> {shlex.quote(str(path))}; echo begun >&9; sleep 60 & sleep 60; wait", fifo
    os.close(fifo)


def test_a_timeout_kills_all_processes(arrived, alive):
    command, fifo = alive
    good, failed = pictures(f"cp {{input}}/00000.png {{output}}; {command}", arrived, timeout=1.5)
    assert np.array_equal(good, arrived[0].received)
    assert failed == Failed("it took longer than 3 s")  # for two pictures
    assert os.read(fifo, 10) == b"begun\n" and hung_up(fifo)


def test_ctrl_c_ends_the_program(alive):
    """In a process of its own: one that holds engines and their threads may not survive a signal."""
    command, fifo = alive
    code = (
        "import sys, numpy as np\n"
        "from crispen.callbench.contenders.shell_contender import ShellContender\n"
        "from crispen.callbench.contenders.contender import ContenderInput\n"
        "plane = np.zeros((8, 8), np.uint8)\n"
        "list(ShellContender('slow', sys.argv[1]).pictures([ContenderInput(plane, plane)]))"
    )
    words = [sys.executable, "-c", code, f"{command}; {{input}} {{output}}"]
    os.set_blocking(fifo, True)
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as process:
        poll = select.poll()
        poll.register(fifo, select.POLLIN)
        assert poll.poll(120_000) and os.read(fifo, 10) == b"begun\n"
        time.sleep(0.5)  # the shell may be that far before Popen has returned
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=120)
    assert process.returncode and "KeyboardInterrupt" in said
    assert hung_up(fifo)


def test_a_pipeline_of_a_shell_with_braces_of_its_own(arrived):
    outputs = pictures('for f in {input}/*; do cat "${f}" | cat > {output}/${f##*/}; done; echo {a,b}', arrived)
    assert all(np.array_equal(output, a.received) for output, a in zip(outputs, arrived, strict=True))


def test_the_identity_includes_files_that_the_command_names(tmp_path):
    model, script = tmp_path / "model.bin", tmp_path / "my script.py"
    model.write_bytes(b"1")
    script.write_text("pass")

    def identity(command=f"python3 '{script}' --model={model} {{input}} {{output}}; true"):
        return ShellContender("c", command).identity

    first = identity()
    assert identity() == first
    for changed in (model, script):
        changed.write_text("2")
        assert identity() != first
        first = identity()
    assert identity("cp {input}/* {output}") != identity("cp {input}/* {output} ")


def test_the_identity_includes_programs_in_path(tmp_path, monkeypatch):
    program = tmp_path / "sharpest"
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    identities = set()
    for version in ("#!/bin/sh\n", "#!/bin/sh\n:\n"):
        program.write_text(version)
        program.chmod(0o755)
        identities.add(ShellContender("c", "sharpest {input} {output}").identity)
    assert len(identities) == 2


def test_identity_of_a_command_that_only_the_shell_can_split():
    assert ShellContender("c", "cp {input}/* {output} # isn't it").identity


def test_a_shell_contender_can_be_pickled(arrived):
    contender = pickle.loads(pickle.dumps(ShellContender("c", "cp {input}/* {output}")))
    assert (contender.name, contender.kind, contender.mac_per_pixel) == ("c", "command", None)
    assert np.array_equal(next(contender.pictures(arrived)), arrived[0].received)


def test_the_description_is_one_line_and_mentions_scaling():
    received = ShellContender("c", "cp {input}/*\\\n   {output}").described
    assert received == "`cp {input}/*\\ {output}`"
    assert "LANCZOS" in ShellContender("c", "cp {decoded}/* {output}").described


def test_name_and_command_are_split_at_the_first_equals_sign():
    contender = parse_command(" My tool = SCALE=2 tool --a=b {input} {output} ")
    assert contender == ShellContender("My tool", "SCALE=2 tool --a=b {input} {output}")
    assert parse_command("a=b {input}{output}", timeout=3).timeout == 3


@pytest.mark.parametrize("text", ["", "tool", "=tool {input} {output}", "tool=", " = ", "tool = "])
def test_text_of_another_form_is_refused(text):
    with pytest.raises(CrispenError, match="is not NAME=COMMAND"):
        parse_command(text)


@pytest.mark.parametrize(
    ("command", "found"),
    [
        ("tool", "none of them"),
        ("tool {input}", "{input}"),
        ("tool {output}", "{output}"),
        ("tool {inputs} {output}", "{output}"),
        ("tool {output.rgb} {input}", "{input}"),
        ("tool {input} {decoded} {output}", "{input} and {decoded} and {output}"),
        ("tool {input.y4m} {output}", "{input.y4m} and {output}"),
        ("tool {input} {output.y4m}", "{input} and {output.y4m}"),
        ("tool {input} {output} {output.y4m}", "{input} and {output} and {output.y4m}"),
    ],
)
def test_placeholders_that_do_not_match_are_an_error(command, found):
    with pytest.raises(CrispenError) as refused:
        parse_command(f"My tool={command}")
    message = str(refused.value)
    assert message.startswith("the command of My tool must contain") and message.endswith(f"it contains {found}")
    assert "\n" not in message


def test_a_placeholder_may_occur_twice(arrived):
    outputs = pictures("cp {input}/00000.png {output}; cp {input}/00001.png {output}", arrived)
    assert all(np.array_equal(output, a.received) for output, a in zip(outputs, arrived, strict=True))
