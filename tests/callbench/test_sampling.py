from pathlib import Path

from crispen.callbench.conditions import CALLBENCH, CLIPS
from crispen.callbench.sampling import COSTLY_METRICS, PICTURE_METRICS, TEXT_METRICS, full_plan, quick_plan
from crispen.degrade.core_conditions import CORE

NAMES = [f"{category}/{number:02}.png" for category in ("people", "text") for number in range(9)]
PICTURES = {name: Path(name) for name in NAMES}
CATEGORIES = {name: name.split("/")[0] for name in NAMES}
SIZES = dict.fromkeys(NAMES, (768, 512))


class Case:
    def __init__(self, picture, condition):
        self.picture, self.condition = picture, condition


def test_core_conditions_cover_every_picture_others_every_fourth_of_a_category():
    plan = full_plan(PICTURES, CATEGORIES, SIZES)
    for condition, entry in CALLBENCH.items():
        seen = [name for name, other in plan.cases if other == condition]
        if condition in CORE or condition == "clean":
            assert seen == NAMES
        if not entry.everywhere:
            assert seen == [name for name in NAMES if name[-6:-4] in ("00", "04", "08")]


def test_costly_metrics_are_for_every_second_small_picture_of_the_core_only():
    sizes = SIZES | {"people/00.png": (1920, 1080)}
    plan = full_plan(PICTURES, CATEGORIES, sizes)
    assert plan.metrics_of(Case("text/02.png", "h264-x1")) == PICTURE_METRICS + COSTLY_METRICS + TEXT_METRICS
    assert plan.metrics_of(Case("text/01.png", "h264-x1")) == PICTURE_METRICS
    assert plan.metrics_of(Case("text/02.png", "clean")) == PICTURE_METRICS
    assert plan.metrics_of(Case("people/00.png", "h264-x1")) == PICTURE_METRICS + TEXT_METRICS
    assert plan.metrics_of(Case("people/01.png", "h264-x1")) == PICTURE_METRICS + COSTLY_METRICS


def test_videos_and_one_still_of_each_category_are_clips():
    plan = full_plan(PICTURES, CATEGORIES, SIZES, ["walk.mkv"])
    assert list(dict.fromkeys(name for name, _ in plan.clips)) == ["walk.mkv", "people/02.png", "text/02.png"]
    assert {condition for _, condition in plan.clips} == set(CLIPS)


def test_the_quick_part_is_small_and_of_every_category():
    sizes = {name: (1920, 1080) if name.endswith("00.png") else (768, 512) for name in NAMES}
    plan = quick_plan(PICTURES, CATEGORIES, sizes)
    assert list(plan.pictures) == ["people/01.png", "people/02.png", "text/01.png", "text/02.png"]
    assert {condition for _, condition in plan.cases} == {*CORE, "clean"}
    assert not plan.clips and not plan.costly
