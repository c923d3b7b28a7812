"""Contenders without a network: better scalers, and filters at their best settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from crispen.callbench.contenders.contender import Contender, PlaneContender, Resampler
from crispen.filters import GRIDS, Filter, Tuned

_SCALERS = {"bilinear": "cv2-linear", "bicubic": "cv2-cubic", "Lanczos": "cv2-lanczos4"}
BUILTIN = (*_SCALERS, *GRIDS)


def builtin(names: Sequence[str], tuned: Mapping[str, Tuned]) -> list[Contender]:
    """Makes those of BUILTIN that `names` holds; see `filter_rows` for the rows of a filter."""
    scalers = [Resampler(name, _SCALERS[name]) for name in names if name in _SCALERS]
    filters = filter_rows({name: tuned[name] for name in names if name in tuned})
    return [
        *scalers,
        *(PlaneContender(name, "filter", apply, repr(apply), str(apply)) for name, apply in filters.items()),
    ]


def filter_rows(tuned: Mapping[str, Tuned]) -> dict[str, Filter]:
    """Names the settings: a row for PSNR and another for SSIM, or one row where the settings are the same."""
    rows: dict[str, Filter] = {}
    for family, best in tuned.items():
        if best.for_psnr == best.for_ssim:
            rows[family] = best.for_psnr
        else:
            rows |= {f"{family} (for PSNR)": best.for_psnr, f"{family} (for SSIM)": best.for_ssim}
    return rows
