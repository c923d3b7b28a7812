"""The encoders in the hardware of GPUs: NVENC, Quick Sync Video, AMF and VideoToolbox.

`crf` is that of the software encoder of the same codec (x264, x265 or SVT-AV1), and is mapped to the scale that each
encoder has. The mapping follows the ranges of the scales; it was not calibrated on hardware.
"""

from __future__ import annotations

from collections.abc import Callable

from crispen.video.encoders.encoder import Encoder, EncoderOptions

AUTO_HARDWARE = "auto-hw"  # the name under which the first of AUTO_ORDER that opens is chosen
AUTO_ORDER = ("h264_nvenc", "h264_qsv", "h264_amf", "h264_videotoolbox")

_CRF = {"h264": (18, (0, 51)), "hevc": (20, (0, 51)), "av1": (26, (1, 63))}  # default and range, as in software
_NVIDIA = "a GPU of NVIDIA with its driver"
_INTEL = "a GPU of Intel with its video driver (VPL)"
_AMD = "a GPU of AMD with its driver (AMF)"
_APPLE = "macOS"
_NVENC_PRESETS = tuple(f"p{level}" for level in range(1, 8))
_QSV_PRESETS = ("veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow")


def _nvenc(crf: int) -> EncoderOptions:
    """cq is 1 to 51, for AV1 to 63; 0 would mean that the driver chooses."""
    return {"rc": "vbr", "b": "0", "cq": str(max(1, crf))}


def _qsv(crf: int) -> EncoderOptions:
    """The quality of its ICQ mode, 1 to 51."""
    return {"global_quality": str(max(1, crf))}


def _qsv_av1(crf: int) -> EncoderOptions:
    return _qsv(round(crf * 51 / 63))


def _amf(crf: int) -> EncoderOptions:
    """Quantisers of 0 to 51."""
    return {"rc": "cqp", "qp_i": str(crf), "qp_p": str(crf)}


def _amf_h264(crf: int) -> EncoderOptions:
    return {**_amf(crf), "qp_b": str(crf)}


def _amf_av1(crf: int) -> EncoderOptions:
    """The quantiser index of AV1, 0 to 255; SVT-AV1's crf is about a quarter of it."""
    return _amf(round(crf * 255 / 63))


def _videotoolbox(crf: int) -> EncoderOptions:
    """A quality of 1 to 100, the best, in units of FFmpeg's lambda (118)."""
    quality = min(100, max(1, 101 - 2 * crf))
    return {"flags": "+qscale", "global_quality": str(118 * quality)}


def _hardware(
    name: str, needs: str, quality: Callable[[int], EncoderOptions], formats: str, presets: tuple[str, ...] = ()
) -> Encoder:
    default, limits = _CRF[name.partition("_")[0]]
    return Encoder(
        name, default, limits, lambda threads, load: {}, quality=quality, formats=tuple(formats.split()),
        presets=presets, hardware=needs,
    )  # fmt: skip


# 10 bits of H.264 are left out: most hardware has no encoder for them, and few players decode them.
HARDWARE_ENCODERS = {
    encoder.name: encoder
    for encoder in (
        _hardware("h264_nvenc", _NVIDIA, _nvenc, "yuv420p yuv444p", _NVENC_PRESETS),
        _hardware("hevc_nvenc", _NVIDIA, _nvenc, "yuv420p yuv444p p010le", _NVENC_PRESETS),
        _hardware("av1_nvenc", _NVIDIA, _nvenc, "yuv420p p010le", _NVENC_PRESETS),
        _hardware("h264_qsv", _INTEL, _qsv, "nv12", _QSV_PRESETS),
        _hardware("hevc_qsv", _INTEL, _qsv, "nv12 p010le", _QSV_PRESETS),
        _hardware("av1_qsv", _INTEL, _qsv_av1, "nv12 p010le", _QSV_PRESETS),
        _hardware("h264_amf", _AMD, _amf_h264, "nv12 yuv420p"),
        _hardware("hevc_amf", _AMD, _amf, "nv12 yuv420p p010le"),
        _hardware("av1_amf", _AMD, _amf_av1, "nv12 yuv420p p010le"),
        _hardware("h264_videotoolbox", _APPLE, _videotoolbox, "nv12 yuv420p"),
        _hardware("hevc_videotoolbox", _APPLE, _videotoolbox, "nv12 yuv420p p010le"),
    )
}
