"""The vector instruction sets of the CPU that inference engines use."""

from __future__ import annotations

import os
from pathlib import Path

# Flags of /proc/cpuinfo that matter for the inner loops of both engines.
_KNOWN = {
    *("avx2", "avx512f", "avx512_vnni", "avx_vnni", "avx512_bf16", "avx512_fp16", "amx_int8", "amx_bf16"),
    *("asimd", "asimdhp", "asimddp", "i8mm", "bf16", "sve"),
}
# The best first: (name, flag, precision that it speeds up, prefixes of ONEDNN_MAX_CPU_ISA that leave it enabled).
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
    """The flags of the CPU's instruction sets that matter to Crispen, sorted; None on a system without `cpuinfo`."""
    if not cpuinfo.exists():
        return None
    lines = (line.partition(":") for line in cpuinfo.read_text().splitlines())
    flags = next((text for key, _, text in lines if key.strip() in ("flags", "Features")), "")
    return sorted(_KNOWN & set(flags.split()))


def best_set(engine: str, precision: str, flags: list[str] | None) -> str:
    """The best instruction set for convolutions.

    Args:
        engine: "openvino" or "onnxruntime". OpenVINO obeys the environment variable ONEDNN_MAX_CPU_ISA, with which a
            set can be disabled to measure the speed of a lesser CPU.
        precision: "int8", "f32" or "bf16".
        flags: As `instructions` gives them.

    Returns:
        A name such as "AVX-512 VNNI"; "" if `flags` is None.
    """
    limit = os.environ.get("ONEDNN_MAX_CPU_ISA", "").upper() if engine == "openvino" else ""
    for name, flag, speeds_up, allowed in _SETS:
        present = flag in (flags or ()) and speeds_up in ("", precision)
        if present and (limit in ("", "ALL", "DEFAULT") or limit.startswith(allowed)):
            return name
    return "no vector instructions of note" if flags is not None else ""
