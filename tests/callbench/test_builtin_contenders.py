from crispen.callbench.contenders.builtin_contenders import BUILTIN, builtin
from crispen.filters import GRIDS, TUNED, UnsharpMask


def test_every_family_is_tuned_to_a_setting_of_its_grid():
    assert TUNED.keys() == GRIDS.keys()
    for family, tuned in TUNED.items():
        assert tuned.for_psnr in GRIDS[family] and tuned.for_ssim in GRIDS[family]


def test_rows_are_named_after_what_they_were_tuned_for_and_all_differ():
    rows = builtin(BUILTIN, TUNED)
    assert [row.name for row in rows[:3]] == ["bilinear", "bicubic", "Lanczos"]
    assert {row.kind for row in rows} == {"resampling", "filter"}
    assert len({row.name for row in rows}) == len({row.identity for row in rows}) == len(rows)
    mask = next(row for row in rows if row.name == "unsharp mask (for SSIM)")
    assert mask.described == str(TUNED["unsharp mask"].for_ssim) and isinstance(
        TUNED["unsharp mask"].for_ssim, UnsharpMask
    )


def test_only_requested_contenders_are_made():
    assert [row.name for row in builtin(["Lanczos"], TUNED)] == ["Lanczos"]
    assert builtin([], TUNED) == []
