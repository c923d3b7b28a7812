"""Which of the CPU's vector instructions the engines find."""

from __future__ import annotations

import os
from pathlib import Path

# What speeds up the inner loops of both engines, by the names that Linux gives them.
_KNOWN = {
    *("avx2", "avx512f", "avx512_vnni", "avx_vnni", "avx512_bf16", "avx512_fp16", "amx_int8", "amx_bf16"),
    *("asimd", "asimdhp", "asimddp", "i8mm", "bf16", "sve"),
}
# Best first: (name, flag it needs, what it multiplies, the limits of ONEDNN_MAX_CPU_ISA that leave it on).
_SETS = (
    ("AMX", "amx_int8", "int8", ("AMX",)),
    ("AMX", "amx_bf16", "bf16", ("AMX",)),
    ("AVX-512 VNNI", "avx512_vnni", "int8", ("AMX", "AVX512_CORE_", "AVX10")),
    ("AVX-512 BF16", "avx512_bf16", "bf16", ("AMX", "AVX512_CORE_BF16", "AVX512_CORE_FP16", "AVX10")),
    ("AVX-VNNI", "avx_vnni", "int8", ("AMX", "AVX512_CORE_", "AVX10", "AVX2_VNNI")),
    ("AVX-512", "avx512f", "", ("AMX", "AVX512_CORE", "AVX10")),
    ("AVX2", "avx2", "", ("AMX", "AVX512_CORE", "AVX10", "AVX2")),
    ("NEON dot products", "asimddp", "int8", ()),
    ("NEON", "asimd", "", ()),
)


def instructions(cpuinfo: Path = Path("/proc/cpuinfo")) -> list[str] | None:
    """Those that speed Crispen up and that the CPU has, sorted; None on a system without `cpuinfo`."""
    if not cpuinfo.exists():
        return None
    lines = (line.partition(":") for line in cpuinfo.read_text().splitlines())
    flags = next((text for key, _, text in lines if key.strip() in ("flags", "Features")), "")
    return sorted(_KNOWN & set(flags.split()))


def best_set(engine: str, precision: str, flags: list[str] | None) -> str:
    """The best set of `flags` for convolutions in `precision`, such as "AVX-512 VNNI"; "" where it is not known.

    OpenVINO keeps to ONEDNN_MAX_CPU_ISA, if it is set, in which a set is disabled to see what a lesser CPU would do.
    """
    limit = os.environ.get("ONEDNN_MAX_CPU_ISA", "").upper() if engine == "openvino" else ""
    for name, flag, multiplies, allowed in _SETS:
        there = flag in (flags or ()) and multiplies in ("", precision)
        if there and (limit in ("", "ALL", "DEFAULT") or limit.startswith(allowed)):
            return name
    return "no vector instructions of note" if flags is not None else ""
