"""A study on disk: a static site without condition names, and key.json, which maps its pictures to conditions."""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from crispen.errors import CrispenError
from crispen.pages.page_template import render_page
from crispen.study.study_images import degrade, find_study_pictures, is_visible, load_rgb
from crispen.study.study_key import Key
from crispen.study.trial_plan import DAMAGED, comparisons, plan

DEFAULT_PAIRS = 120
PARTS = frozenset({"site", "key.json"})
TIME = 946684800  # of all files: 2000-01-01, in seconds


@dataclass(frozen=True)
class StudyConfig:
    """How a study is made.

    Attributes:
        folders: Folders of each condition, hidden reference and input included.
        anchor: The input, which has score 0.
        reference: The condition that holds the truths, None if there is none.
        raters: Sessions to plan.
        per_rater: Pairs in a session; None: DEFAULT_PAIRS, or as many comparisons as there are.
        seed: Seed of every random choice.
        ties: Whether raters may see no difference.
    """

    folders: dict[str, Path]
    anchor: str | None
    reference: str | None
    raters: int
    per_rater: int
    seed: int
    ties: bool

    @property
    def checked(self) -> str:
        """The condition that attention checks degrade: the best there is."""
        return self.reference or self.anchor or next(iter(self.folders))


def write_study(
    config: StudyConfig, folder: Path, report: Callable[[int, int], None] = lambda done, total: None
) -> Key:
    """Writes site/ (index.html, pictures/) and key.json into `folder`, which is empty. Returns the key.

    A picture is a PNG without metadata, named by a keyed hash of what it is. report: called with (done, total).
    Raises CrispenError if folders do not match, or pictures cannot be read, differ in size or have no detail.
    """
    pictures = find_study_pictures(config.folders)
    everything = comparisons(len(pictures), len(config.folders))
    per_rater = config.per_rater or min(DEFAULT_PAIRS, everything)
    if per_rater > everything:
        raise CrispenError(f"there are only {everything} comparisons, fewer than {per_rater} pairs for each rater")
    rng = np.random.default_rng(config.seed)
    salt = rng.bytes(32)
    (folder / "site" / "pictures").mkdir(parents=True)
    names: dict[str, dict[str, str]] = {}
    contents = hashlib.sha256()
    for done, (picture, paths) in enumerate(pictures.items(), 1):
        images = {condition: load_rgb(path) for condition, path in paths.items()}
        _refuse_sizes(images, paths)
        degraded = degrade(images[config.checked])
        if is_visible(images[config.checked], degraded):
            images[DAMAGED] = degraded
        names[picture] = {condition: _hidden(salt, picture, condition) for condition in images}
        for condition in sorted(images, key=names[picture].__getitem__):  # order and times of files tell nothing
            contents.update(images[condition].tobytes())
            file = folder / "site" / "pictures" / f"{names[picture][condition]}.png"
            images[condition].save(file, "PNG")
            os.utime(file, (TIME, TIME))
        report(done, len(pictures))
    checkable = [picture for picture in pictures if DAMAGED in names[picture]]
    if not checkable:
        raise CrispenError(f"no picture of {config.folders[config.checked]} has detail enough for an attention check")
    conditions = list(config.folders)
    sessions = plan(list(pictures), conditions, config.raters, per_rater, config.checked, checkable, rng)
    contents.update(repr((config.seed, config.ties, sessions)).encode())
    key = Key(
        contents.hexdigest()[:12],
        config.seed,
        conditions,
        config.anchor,
        config.reference,
        config.ties,
        names,
        sessions,
    )
    shown = {key.files[trial.picture][DAMAGED] for session in sessions for trial in session if trial.kind == "check"}
    for picture in checkable:  # remove a check that nobody sees
        if names[picture][DAMAGED] not in shown:
            (folder / "site" / "pictures" / f"{names[picture].pop(DAMAGED)}.png").unlink()
    (folder / "site" / "index.html").write_text(study_page(key), encoding="utf-8")
    (folder / "key.json").write_text(key.text(), encoding="utf-8")
    return key


def study_page(key: Key) -> str:
    """index.html: all that raters may know, which is hashed names in pairs."""
    hidden = sorted(name for pictures in key.files.values() for name in pictures.values())
    place = {name: index for index, name in enumerate(hidden)}
    sessions = [[[place[name] for name in key.names(trial)] for trial in session] for session in key.raters]
    study = {"study": key.study, "ties": key.ties, "files": hidden, "raters": sessions}
    return render_page("study.html", study=study)


def _hidden(salt: bytes, picture: str, condition: str) -> str:
    return hmac.new(salt, f"{picture}\0{condition}".encode(), hashlib.sha256).hexdigest()[:20]


def _refuse_sizes(images: dict[str, Image.Image], paths: dict[str, Path]) -> None:
    first, *others = images
    for other in others:
        if images[other].size != images[first].size:
            (width, height), (wide, high) = images[first].size, images[other].size
            raise CrispenError(
                f"{paths[other]} is {wide}x{high}, {paths[first]} is {width}x{height}; conditions must be of one size"
            )
