"""Export of a folded student to a user shader of mpv, which sharpens luma during playback.

The format is mpv's own (https://mpv.io/manual/stable/#options-glsl-shaders): GLSL passes, each of which writes a
texture of four channels. A layer of 16 channels is four passes at the resolution of the network's blocks; the last pass
adds the residual to luma. Shaders compute in float32; textures between passes are float16 unless mpv is given
--fbo-format.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from crispen.model.conv import Conv

_HEAD = """// {name}: sharpens luma as Crispen does, https://pypi.org/project/crispen. Apache-2.0.
// mpv --glsl-shaders={name}.glsl VIDEO      (--fbo-format=rgba32f for full precision)
"""


def mpv_shader(convs: Sequence[Conv], unshuffle: int, name: str, strength: float = 1.0) -> str:
    """The text of a shader that computes a student.

    Args:
        convs: The student's convolutions.
        unshuffle: Side of the pixel block that becomes channels; 2.
        name: Name of the model.
        strength: Factor on the residual.

    Raises:
        ValueError: Blocks other than 2x2, which do not fit the four channels of a texture.
    """
    if unshuffle != 2:
        raise ValueError(f"a shader has four channels to a texture, so blocks of 2x2, not {unshuffle}x{unshuffle}")
    passes, inputs = [_HEAD.format(name=name)], ["HOOKED"]
    for index, conv in enumerate(convs):
        outputs = [f"crispen{index}_{group}" for group in range(-(-len(conv.weight) // 4))]
        for group, target in enumerate(outputs):
            rows = slice(4 * group, 4 * group + 4)
            body = _body(conv.weight[rows], conv.bias[rows], inputs, index)
            passes.append(_pass(f"{name} {index}.{group}", inputs, target, body, index == len(convs) - 1))
        inputs = outputs
    return "\n".join([*passes, _last(name, inputs[0], strength)])


def _pass(title: str, inputs: Sequence[str], target: str, body: str, last: bool) -> str:
    binds = "\n".join(f"//!BIND {each}" for each in dict.fromkeys(["HOOKED", *inputs]))
    result = "sum" if last else "max(sum, 0.0)"
    return f"""//!HOOK LUMA
//!DESC {title}
{binds}
//!SAVE {target}
//!WIDTH HOOKED.w 2 /
//!HEIGHT HOOKED.h 2 /
//!COMPONENTS 4
vec4 hook() {{
    ivec2 size = ivec2(ceil(HOOKED_size / 2.0));
    ivec2 at = ivec2(HOOKED_pos * vec2(size));
    {body}
    return {result};
}}
"""


def _body(weight: np.ndarray, bias: np.ndarray, inputs: Sequence[str], index: int) -> str:
    """GLSL that computes one group of up to four output channels; weight is (outputs, I, 3, 3)."""
    lines = [f"vec4 sum = {_vector(bias)};", "vec4 x;"]
    for dy in (-1, 0, 1):
        for dx in (-1, 0, 1):
            for source, name in enumerate(inputs):
                kernel = weight[:, 4 * source : 4 * source + 4, dy + 1, dx + 1]
                lines += [_block(dy, dx) if index == 0 else _texel(name, dy, dx), f"sum += {_matrix(kernel)} * x;"]
    return "\n    ".join(lines)


def _block(dy: int, dx: int) -> str:
    """GLSL that reads the block of 2x2 pixels at an offset from `at`, clamped to the border pixel by pixel."""
    block = f"(2 * clamp(at + ivec2({dx}, {dy}), ivec2(0), size - 1))"
    pixels = (f"{block} + ivec2({k % 2}, {k // 2})" for k in range(4))
    reads = (f"texelFetch(HOOKED_raw, min({pixel}, ivec2(HOOKED_size) - 1), 0).r" for pixel in pixels)
    return f"x = HOOKED_mul * vec4({', '.join(reads)});"


def _texel(name: str, dy: int, dx: int) -> str:
    """GLSL that reads the texel at an offset from `at`, zero beyond the border."""
    place = f"at + ivec2({dx}, {dy})"
    inside = f"all(greaterThanEqual({place}, ivec2(0))) && all(lessThan({place}, size))"
    return f"x = {inside} ? texelFetch({name}_raw, {place}, 0) : vec4(0.0);"


def _last(name: str, correction: str, strength: float) -> str:
    return f"""//!HOOK LUMA
//!DESC {name} sum
//!BIND HOOKED
//!BIND {correction}
#define STRENGTH {strength:.3f}
vec4 hook() {{
    ivec2 at = ivec2(HOOKED_pos * HOOKED_size);
    vec4 block = texelFetch({correction}_raw, at / 2, 0);
    vec2 row = at.y % 2 == 0 ? block.xy : block.zw;
    vec4 y = HOOKED_mul * texelFetch(HOOKED_raw, at, 0);
    y.r = clamp(y.r + STRENGTH * (at.x % 2 == 0 ? row.x : row.y), 0.0, 1.0);
    return y;
}}
"""


def _vector(values: np.ndarray) -> str:
    padded = np.zeros(4, np.float32)
    padded[: len(values)] = values
    return f"vec4({', '.join(f'{value:.8g}' for value in padded)})"


def _matrix(kernel: np.ndarray) -> str:
    """A mat4 in column order, one column per input channel; kernel is (outputs, inputs), up to 4x4."""
    padded = np.zeros((4, 4), np.float32)
    padded[: kernel.shape[0], : kernel.shape[1]] = kernel
    return f"mat4({', '.join(f'{value:.8g}' for value in padded.T.ravel())})"
