"""The scene of a training clip: what happens before the picture that is the truth."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from crispen.data.clean_sources import is_video
from crispen.degrade.camera_processing import Camera, photograph
from crispen.degrade.camera_shake import Shake, shake_path, shift
from crispen.degrade.codecs import Codec, transcode
from crispen.degrade.condition import Condition
from crispen.degrade.exposure import ExposureDrift, expose, exposure_path
from crispen.degrade.person import Person
from crispen.degrade.scene_mix import (
    draw_camera,
    draw_camera_codec,
    draw_exposure_drift,
    draw_person,
    draw_shake,
    draw_softening,
)
from crispen.degrade.softening import Softening, soften
from crispen.degrade.training_mix import Extras
from crispen.frame import Frame


@dataclass(frozen=True)
class Scene:
    """The camera, and the person who moves; None for a perfect camera and for motion of the whole picture.

    Attributes:
        camera: Its picture is the truth.
        person: Moves in front of a background.
        replacement: A picture, for a replaced background.
        camera_codec: Codes the camera's picture before the call scales and codes it again; the truth is not coded.
        shake: Moves the camera; it comes to rest at the clip's last frame, which is therefore not interpolated.
        exposure: Changes the truth as well, and ends at the last frame.
        softening: Makes the truth soft.
        own_size: A video keeps its size, up to 720 rows, and with it its softness.
    """

    camera: Camera | None = None
    person: Person | None = None
    replacement: Path | None = None
    camera_codec: Codec | None = None
    shake: Shake | None = None
    exposure: ExposureDrift | None = None
    softening: Softening | None = None
    own_size: bool = False

    def photographed(self, clip: list[Frame], fps: int, rng: np.random.Generator) -> list[Frame]:
        """The frames as the camera takes them; `rng` draws its noise and its shake."""
        (hand,) = rng.spawn(1)
        if self.shake is not None:
            path = shake_path(len(clip), fps, self.shake, hand)
            clip = [shift(frame, by) for frame, by in zip(clip, path, strict=True)]
        if self.exposure is not None:
            path = exposure_path(len(clip), fps, self.exposure)
            clip = [expose(frame, stops) for frame, stops in zip(clip, path, strict=True)]
        if self.softening is not None:
            clip = [soften(frame, self.softening) for frame in clip]
        return clip if self.camera is None else [photograph(frame, self.camera, rng) for frame in clip]

    def delivered(self, clip: list[Frame]) -> list[Frame]:
        """What arrives at the sender's computer of the camera's frames."""
        return clip if self.camera_codec is None else transcode(clip, self.camera_codec)

    def record(self) -> dict:
        """Its part of a tile's line in the pair set; empty for the default scene."""
        names = ("camera", "person", "camera_codec", "shake", "exposure", "softening")
        return {name: asdict(part) for name in names if (part := getattr(self, name)) is not None}


def draw_scene(
    sources: list[Path], video: bool, condition: Condition, extras: Extras, rng: np.random.Generator
) -> Scene:
    """A random scene.

    Args:
        sources: Files to take a replaced background from.
        video: Whether the clip comes from a video, which moves by itself.
        condition: The clip's degradations; without a codec nothing moves.
        extras: Its shares; `frame_drops` is not used.
        rng: A generator is spawned from it, which does not change its sequence.
    """
    own = rng.spawn(1)[0]
    link, hand, light, size = own.spawn(4)  # none of these choices changes another
    scene = Scene(camera=draw_camera(own) if own.random() < extras.camera else None)
    if video and size.random() < extras.own_size:
        scene = replace(scene, own_size=True)
    if size.random() < extras.softened:
        scene = replace(scene, softening=draw_softening(size))
    if condition.codec is None:
        return scene
    # At full size the two codings would share the block grid, as in CallBench's held-out `relayed`.
    if condition.factor > 1 and not condition.webcam_quality and link.random() < extras.double_coding:
        scene = replace(scene, camera_codec=draw_camera_codec(link))
    if light.random() < extras.exposure_drift:
        scene = replace(scene, exposure=draw_exposure_drift(light))
    if video:
        return scene
    if hand.random() < extras.shake:
        scene = replace(scene, shake=draw_shake(hand))
    if own.random() >= extras.person:
        return scene
    person, pictures = draw_person(own), [source for source in sources if not is_video(source)]
    replaced = person.background == "replaced"
    if not replaced:
        return replace(scene, person=person)
    # Software puts a replaced background into the camera's picture, so shake does not move it.
    return replace(scene, person=person, replacement=pictures[int(own.integers(len(pictures)))], shake=None)
