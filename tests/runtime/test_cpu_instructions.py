"""The reported instruction set of the CPU; `crispen bench` under each limit shows that OpenVINO uses it."""

import pytest

from crispen.runtime.cpu_instructions import best_set

XEON = ["amx_bf16", "amx_int8", "avx2", "avx512_bf16", "avx512_vnni", "avx512f", "avx_vnni"]


@pytest.mark.parametrize(
    ("engine", "precision", "flags", "limit", "wanted"),
    [
        ("openvino", "int8", XEON, "", "AMX"),
        ("openvino", "int8", XEON[2:], "", "AVX-512 VNNI"),
        ("openvino", "int8", XEON, "AVX512_CORE_VNNI", "AVX-512 VNNI"),
        ("openvino", "int8", XEON, "AVX512_CORE", "AVX-512"),
        ("openvino", "int8", XEON, "AVX2_VNNI", "AVX-VNNI"),
        ("openvino", "int8", XEON, "avx2", "AVX2"),
        ("openvino", "int8", XEON, "SSE41", "no vector instructions of note"),
        ("onnxruntime", "int8", XEON[2:], "AVX2", "AVX-512 VNNI"),
        ("openvino", "f32", XEON, "", "AVX-512"),
        ("openvino", "bf16", XEON[2:], "", "AVX-512 BF16"),
        ("openvino", "int8", ["asimd", "asimddp"], "", "NEON dot products"),
        ("openvino", "f32", ["asimd", "asimddp"], "", "NEON"),
        ("openvino", "int8", None, "", ""),
    ],
)
def test_the_best_set_that_is_there_and_allowed(engine, precision, flags, limit, wanted, monkeypatch):
    monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", limit)
    assert best_set(engine, precision, flags) == wanted
