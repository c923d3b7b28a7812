"""Compares the outputs of two installed versions of Crispen, byte for byte.

    python tools/compare_outputs.py BEFORE_PYTHON AFTER_PYTHON [--only TEXT] [--keep FOLDER] [--jobs N]

Each argument is the Python of a virtual environment with Crispen installed. The program makes small inputs, runs a list
of `crispen` commands with both, and compares exit status, standard output and every file. It exits with 1 if anything
differs. Wording on standard error is shown as a note and does not count.

What differs between two runs of the same version is normalised before the comparison:

- numbers of time and speed (seconds, frames per second, ms, dates) in JSON, text and standard output;
- the random identifiers of Matroska: of files that differ, streams and packets are compared instead;
- the order of keys in the header of safetensors; the record of a training in it and a run's checkpoint, which hold
  times, are not compared;
- hashes of source code and paths of the folder in JSON;
- HTML: only embedded JSON and embedded files are compared, since markup and scripts may be rewritten.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av

from compare_inputs import make_inputs

PLATFORMS = ("onnx", "openvino", "litert", "webgpu", "mpv")
MATROSKA = {".mkv", ".webm"}
TEXT = {".json", ".md", ".txt", ".csv", ".jsonl", ".yaml", ".svg"}
# Keys of JSON whose values are times, speeds, or facts about the machine and the source code.
VOLATILE = re.compile(
    r"seconds|fps|_ms$|^ms$|duration|elapsed|time|date|speed|memory|_mb$|machine|version|sha256|code|path|load|cpu|git"
)
NUMBERS_OF_TIME = re.compile(r"\d+(\.\d+)?(?= ?(s|ms|fps|seconds|min|minutes|h)\b)")


@dataclass(frozen=True)
class Case:
    """Commands that run one after the other in one folder; `{in}` stands for the folder of inputs."""

    name: str
    commands: tuple[str, ...]
    stdin: str | None = None
    between: Callable[[Path], None] | None = None  # after the first command


def sharpen_cases(inputs: Path) -> Iterator[Case]:
    for path in sorted((inputs / "pictures").iterdir()):
        yield Case(f"picture {path.name}", (f"sharpen {{in}}/pictures/{path.name} out{path.suffix}",))
    for path in sorted((inputs / "videos").iterdir()):
        yield Case(f"video {path.name}", (f"sharpen {{in}}/videos/{path.name} out{path.suffix} --threads 1",))
    picture, video = "{in}/pictures/rgb.png", "{in}/videos/h264_aac.mp4"
    for name, options in {
        "fast": "--model fast",
        "best": "--model best",
        "strength": "--strength 1.7",
        "strength zero": "--strength 0",
        "stream": "--stream noisy",
        "float32": "--precision f32",
        "onnxruntime": "--engine onnxruntime",
        "scale": "--scale 2",
        "height": "--height 300",
        "compare": "--compare",
        "json": "--json",
    }.items():
        yield Case(f"picture with {name}", (f"sharpen {picture} out.png --threads 1 {options}",))
        yield Case(f"video with {name}", (f"sharpen {video} out.mp4 --threads 1 {options}",))
    for target in ("out.jpg", "out.webp", "out.tiff", "out.avif", "out.bmp", "out.jp2", "out.ppm"):
        yield Case(f"picture to {target}", (f"sharpen {picture} {target}",))
    for target, options in (
        ("out.mkv", "--codec ffv1"),
        ("out.webm", "--codec vp9"),
        ("out.mp4", "--codec h265"),
        ("out.mp4", "--codec av1"),
        ("out.mp4", "--audio opus"),
        ("out.mp4", "--no-audio --crf 30 --preset ultrafast"),
        ("out.mov", ""),
        ("out.y4m", ""),
    ):
        yield Case(f"video to {target} {options}", (f"sharpen {video} {target} --threads 1 {options}",))
    yield Case("pipe", ("sharpen - - --threads 1",), stdin="pipe.y4m")
    yield Case("pipe to file", ("sharpen - out.mp4 --threads 1",), stdin="pipe.y4m")
    yield Case("file to pipe", (f"sharpen {video} - --threads 1",))
    yield Case("folder", ("sharpen {in}/mixed out --threads 1", "sharpen {in}/mixed out --threads 1"))
    yield Case("batch", ("batch {in}/mixed out --workers 1 --segment 0.4", "batch {in}/mixed out --dry-run"))


def other_cases() -> Iterator[Case]:
    yield Case("models", ("models", "models --json"))
    for platform in PLATFORMS:
        yield Case(f"export {platform}", (f"export balanced --to {platform} -o out",))
    for platform in ("onnx", "openvino", "litert"):
        for options in ("--precision fp16", "--precision int8", "--size 96x160", "--stream small"):
            yield Case(f"export {platform} {options}", (f"export fast --to {platform} -o out {options}",))
    yield Case("compare pictures", ("compare {in}/pictures/rgb.png {in}/pictures/alpha.png -o out.html --labels A,B",))
    yield Case("compare videos", ("compare {in}/videos/h264_aac.mp4 {in}/videos/deep.mkv -o out.html",))
    conditions = "--reference {in}/study/truth --condition input={in}/study/input --condition mask={in}/study/mask"
    yield Case(
        "study",
        (
            f"study make out --seed 7 --raters 3 {conditions}",
            "study score out answers1.json answers2.json answers3.json --json s.json --markdown s.md",
        ),
        between=write_answers,
    )
    files = "--json e.json --summary s.json --markdown e.md --html e.html --plot p.svg --manifest m.json --sheet s.png"
    yield Case(
        "eval",
        (
            "eval {in}/study/truth --models fast,balanced --baselines unsharp --conditions core --limit 2 --no-clips "
            f"--no-speed --jobs 1 --cache cache {files}",
        ),
    )
    yield Case(
        "eval clips",
        (
            "eval {in}/videos --models fast --baselines unsharp --clips --no-speed --limit 1 --jobs 1 --cache cache "
            "--json e.json --summary s.json",
        ),
    )
    pairs = "data build {in}/study/truth pairs --clips 16 --validation-clips 1 --jobs 1"
    yield Case("training pairs", (pairs,))
    train = "distill pairs run --size fast --steps 4 --batch 4 --validate-every 2 --threads 1"
    yield Case("training", (pairs, train))
    for number, words in enumerate(
        (
            "sharpen missing.png",
            "sharpen {in}/damaged.png out.png",
            "sharpen {in}/pictures/rgb.png out.png --height 300 --scale 2",
            "sharpen {in}/pictures/rgb.png out.png --strength 9",
            "sharpen {in}/pictures/rgb.png out.xyz",
            "compare {in}/pictures/rgb.png {in}/videos/deep.mkv",
            "export balanced --to litert -o out --size 1",
            "study make out --condition a={in}/study/input",
            "eval {in}/study/truth --models nothing",
            "distill missing run",
            "nothing",
        )
    ):
        yield Case(f"user error {number}", (words,))


def write_answers(folder: Path) -> None:
    """Answers of three synthetic raters, as the page of the study would write them."""
    page = next(
        value for value in embedded_json((folder / "out/site/index.html").read_text("utf-8")) if "raters" in value
    )
    for number, session in enumerate(page["raters"], 1):
        rows = [
            {
                "trial": index,
                "left": page["files"][left],
                "right": page["files"][right],
                "choice": "left" if page["files"][left] < page["files"][right] else "right",
                "ms": 900 + 10 * index,
            }
            for index, (left, right) in enumerate(session)
        ]
        answers = {
            "format": "crispen-study-answers/1",
            "study": page["study"],
            "rater": number,
            "viewing": {"display": "monitor", "distance_cm": 60},
            "answers": rows,
        }
        (folder / f"answers{number}.json").write_text(json.dumps(answers), "utf-8")


def run_case(case: Case, python: Path, folder: Path, inputs: Path) -> str:
    """Runs the case in `folder`, writes stdout and stderr there, and returns the exit statuses."""
    folder.mkdir(parents=True)
    program = python.with_name("crispen")
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONHASHSEED": "0", "COLUMNS": "100"}
    statuses = []
    for index, command in enumerate(case.commands):
        words = [word.replace("{in}", "../inputs") for word in command.split()]
        with (
            (inputs / case.stdin if case.stdin else Path(os.devnull)).open("rb") as stdin,
            (folder / f"stdout{index}").open("wb") as stdout,
            (folder / f"stderr{index}").open("wb") as stderr,
        ):
            done = subprocess.run(
                [program, *words], cwd=folder, stdin=stdin, stdout=stdout, stderr=stderr, env=environment, timeout=600
            )
        statuses.append(str(done.returncode))
        if index == 0 and case.between and done.returncode == 0:
            case.between(folder)
    return ", ".join(statuses)


def digests(folder: Path) -> dict[str, str]:
    """Relative name -> hash of the normalised content of every file."""
    paths = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {
        path.relative_to(folder).as_posix(): digest(path)
        for path in paths
        if not {"cache", "checkpoint.pt"} & {*path.parts}
    }


def digest(path: Path) -> str:
    data = path.read_bytes()
    if path.suffix in MATROSKA:
        return hashlib.sha256(packets_of(path)).hexdigest()
    if path.suffix == ".html":
        data = html_content(data.decode("utf-8"))
    elif path.suffix == ".json":
        data = json.dumps(without_volatile(json.loads(data)), sort_keys=True).encode()
    elif path.suffix == ".safetensors":
        size = int.from_bytes(data[:8], "little")
        header = json.loads(data[8 : 8 + size])
        header.get("__metadata__", {}).pop("story", None)
        data = json.dumps(header, sort_keys=True).encode() + data[8 + size :]
    elif path.suffix in TEXT or path.name.startswith("std"):
        data = normalised_text(data)
    return hashlib.sha256(data).hexdigest()


def normalised_text(data: bytes) -> bytes:
    """Text without numbers of time; JSON without volatile values; other bytes as they are."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return data
    try:
        return json.dumps([without_volatile(json.loads(line)) for line in text.splitlines()], sort_keys=True).encode()
    except ValueError:
        return NUMBERS_OF_TIME.sub("N", text).encode()


def without_volatile(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_volatile(each) for key, each in value.items() if not VOLATILE.search(key)}
    if isinstance(value, list):
        return [without_volatile(each) for each in value]
    return NUMBERS_OF_TIME.sub("N", value) if isinstance(value, str) else value


def embedded_json(html: str) -> list[Any]:
    scripts = re.findall(r'<script[^>]*type="application/json"[^>]*>(.*?)</script>', html, re.S)
    return [json.loads(script) for script in scripts]


def html_content(html: str) -> bytes:
    """Embedded JSON and embedded files of a page, without its markup."""
    files = sorted(hashlib.sha256(found.encode()).hexdigest() for found in re.findall(r'data:[^"\')\s]+', html))
    return json.dumps([without_volatile(embedded_json(html)), files], sort_keys=True).encode()


def packets_of(path: Path) -> bytes:
    """Streams and packets of a file, without the random identifiers of its container."""
    parts = []
    with av.open(str(path)) as container:
        parts.append(repr(sorted(container.metadata.items())).encode())
        for stream in container.streams:
            extra = stream.codec_context.extradata if stream.codec_context else b""
            parts.append(
                repr((stream.type, sorted(stream.metadata.items()), stream.time_base)).encode() + (extra or b"")
            )
        for packet in container.demux():
            parts.append(repr((packet.stream_index, packet.pts, packet.dts, packet.duration)).encode() + bytes(packet))
    return b"".join(parts)


def compare(case: Case, before: Path, after: Path, root: Path) -> tuple[list[str], list[str]]:
    """Differences of one case, and notes that do not count."""
    statuses, found = [], []
    for name, python in (("before", before), ("after", after)):
        folder = root / name / re.sub(r"\W+", "_", case.name)
        (root / name).mkdir(exist_ok=True)
        statuses.append(run_case(case, python, folder, root / "inputs"))
        found.append(digests(folder))
    differences = [f"exit status {statuses[0]} -> {statuses[1]}"] if statuses[0] != statuses[1] else []
    notes = []
    for name in sorted(found[0].keys() | found[1].keys()):
        old, new = (each.get(name) for each in found)
        if old != new:
            what = "missing now" if new is None else "new" if old is None else "differs"
            (notes if name.startswith("stderr") else differences).append(f"{name}: {what}")
    return differences, notes


def main() -> int:
    parser = argparse.ArgumentParser(description="Compares the outputs of two versions of Crispen.")
    parser.add_argument("before", type=Path, metavar="BEFORE_PYTHON")
    parser.add_argument("after", type=Path, metavar="AFTER_PYTHON")
    parser.add_argument("--only", default="", metavar="TEXT", help="cases whose name contains TEXT")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="new folder for inputs and outputs")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="cases at once (default 1)")
    args = parser.parse_args()
    root = args.keep or Path(tempfile.mkdtemp(prefix="crispen-outputs-"))
    inputs = root / "inputs"
    inputs.mkdir(parents=True)
    make_inputs(inputs)
    for name in ("before", "after"):  # outputs name their inputs by the same relative path
        (root / name).mkdir()
        (root / name / "inputs").symlink_to(inputs.resolve())
    cases = [case for case in (*sharpen_cases(inputs), *other_cases()) if args.only in case.name]
    before, after = (Path(os.path.abspath(python)) for python in (args.before, args.after))
    failed = 0
    with ThreadPoolExecutor(args.jobs) as pool:
        results = pool.map(lambda case: compare(case, before, after, root), cases)
        for case, (differences, notes) in zip(cases, results, strict=True):
            failed += bool(differences)
            said = "; ".join(differences) or "same"
            print(f"{case.name}: {said}" + (f" (note: {'; '.join(notes)})" if notes else ""), flush=True)
    print(f"{len(cases)} cases, {failed} differ")
    if args.keep is None:
        shutil.rmtree(root)
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
