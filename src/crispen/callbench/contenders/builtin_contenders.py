"""The contenders that need no network: better scalers, and filters at their best settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from crispen.callbench.contenders.contender import Contender, PlaneContender, Resampler
from crispen.callbench.contenders.filter_tuning import rows
from crispen.filters import GRIDS, Tuned

_SCALERS = {"bilinear": "cv2-linear", "bicubic": "cv2-cubic", "Lanczos": "cv2-lanczos4"}
BUILTIN = (*_SCALERS, *GRIDS)


def builtin(names: Sequence[str], tuned: Mapping[str, Tuned]) -> list[Contender]:
    """Those of BUILTIN in `names`; a filter has a row for PSNR and another for SSIM where its settings differ."""
    scalers = [Resampler(name, _SCALERS[name]) for name in names if name in _SCALERS]
    filters = rows({name: tuned[name] for name in names if name in tuned})
    return [
        *scalers,
        *(PlaneContender(name, "filter", apply, repr(apply), str(apply)) for name, apply in filters.items()),
    ]
