"""Runs `crispen sharpen`, `compare` and `live` on damaged files and reports every fault.

    python tests/fuzz/fuzz_run.py --cases 3000 --keep faults

Case N is the same on every run: `--first N --cases 1` repeats it.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

sys.path += [str(Path(__file__).parents[1] / part) for part in ("media", "image")]  # as conftest.py does for pytest

from fuzz_case import Case, case_of, faults
from fuzz_seeds import make_seeds

import crispen.files.image_file
import crispen.files.video_file
import crispen.runtime.sharpener  # noqa: F401


def run(first: int, cases: int, keep: Path | None = None) -> Iterator[tuple[Case, list[str]]]:
    """Yields (case, faults) for `cases` cases from `first` on; damaged files with faults are copied to `keep`."""
    with tempfile.TemporaryDirectory(prefix="crispen-fuzz-") as temporary:
        work = Path(temporary, "case")
        seeds_folder = Path(temporary, "seeds")
        work.mkdir()
        seeds_folder.mkdir()
        seeds = make_seeds(seeds_folder)
        for number in range(first, first + cases):
            case, data = case_of(number, seeds)
            found = faults(case, data, work)
            if found and keep is not None:
                keep.mkdir(parents=True, exist_ok=True)
                (keep / case.file_name).write_bytes(data)
            yield case, found


def main() -> int:
    parser = argparse.ArgumentParser(description="Run crispen sharpen, compare and live on damaged files.")
    parser.add_argument("--cases", type=int, default=3000)
    parser.add_argument("--first", type=int, default=0, help="number of the first case")
    parser.add_argument("--keep", type=Path, help="folder for the files that showed a fault")
    args = parser.parse_args()
    faulty = 0
    for done, (case, found) in enumerate(run(args.first, args.cases, args.keep), 1):
        faulty += bool(found)
        for fault in found:
            print(f"{case.file_name}: {fault}", flush=True)
        if done % 100 == 0:
            print(f"{done} cases, {faulty} with faults", file=sys.stderr, flush=True)
    print(f"{args.cases} cases, {faulty} with faults")
    return 1 if faulty else 0


if __name__ == "__main__":
    sys.exit(main())
