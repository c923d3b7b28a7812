"""The scene of a training clip: what happens before the picture that is the truth."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from crispen.data.clean_sources import is_video
from crispen.degrade.camera_processing import Camera, photograph
from crispen.degrade.condition import Condition
from crispen.degrade.person import Person
from crispen.degrade.training_mix import Extras, draw_camera, draw_person
from crispen.frame import Frame


@dataclass(frozen=True)
class Scene:
    """The camera, and the person who moves; None for a perfect camera and for motion of the whole picture.

    Attributes:
        camera: Its picture is the truth.
        person: Moves in front of a background.
        replacement: A picture, for a replaced background.
    """

    camera: Camera | None = None
    person: Person | None = None
    replacement: Path | None = None

    def photographed(self, clip: list[Frame], rng: np.random.Generator) -> list[Frame]:
        """The frames as the camera delivers them."""
        return clip if self.camera is None else [photograph(frame, self.camera, rng) for frame in clip]

    def record(self) -> dict:
        """Its part of a tile's line in the pair set; empty for the default scene."""
        parts = {"camera": self.camera, "person": self.person}
        return {name: asdict(part) for name, part in parts.items() if part is not None}


def draw_scene(
    sources: list[Path], video: bool, condition: Condition, extras: Extras, rng: np.random.Generator
) -> Scene:
    """A random scene.

    Args:
        sources: Files to take a replaced background from.
        video: Whether the clip comes from a video, which moves by itself.
        condition: The clip's degradations; without a codec nothing moves.
        extras: `camera` and `person` are used.
        rng: A generator is spawned from it, which does not change its sequence.
    """
    own = rng.spawn(1)[0]
    camera = draw_camera(own) if own.random() < extras.camera else None
    if condition.codec is None or video or own.random() >= extras.person:
        return Scene(camera)
    person, pictures = draw_person(own), [source for source in sources if not is_video(source)]
    replaced = person.background == "replaced"
    return Scene(camera, person, pictures[int(own.integers(len(pictures)))] if replaced else None)
