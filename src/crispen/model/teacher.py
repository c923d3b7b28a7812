"""The teacher: a large restoration network used in training only."""

from __future__ import annotations

from dataclasses import dataclass

from crispen.errors import require
from crispen.model.rep_conv import RepConv, zero_output

torch = require("torch")


@dataclass(frozen=True)
class TeacherConfig:
    """The size of a teacher.

    Attributes:
        unshuffle: Side of the pixel block that becomes channels.
        width: Channels at the finest resolution; each coarser one has twice as many.
        encoder: Number of blocks at each resolution, finest first.
        middle: Number of blocks at the coarsest resolution.
        decoder: Number of blocks at each resolution, finest first; as many entries as `encoder`.
    """

    unshuffle: int = 4
    width: int = 32
    encoder: tuple[int, ...] = (2, 2)
    middle: int = 4
    decoder: tuple[int, ...] = (2, 2)

    @property
    def mac_per_pixel(self) -> float:
        """Multiply-accumulates (MAC) per output pixel, of the 3x3 and 1x1 convolutions."""
        block, total = self.unshuffle**2, 0.0
        total += 2 * 9 * block * self.width / block
        for level, blocks in enumerate([*zip(self.encoder, self.decoder, strict=True)]):
            width, area = self.width * 2**level, block * 4**level
            total += sum(blocks) * 19 * width**2 / area  # 3x3 to twice the width, 1x1 back
            total += (4 * width * 2 * width / 4 + 2 * width * 4 * width / 4) / area  # down and up
        width, area = self.width * 2 ** len(self.encoder), block * 4 ** len(self.encoder)
        return total + self.middle * 19 * width**2 / area


class Block(torch.nn.Module):
    """Simple gate and simplified channel attention of NAFNet (Chen et al., 2022) on one full 3x3 convolution.

    A full convolution replaces NAFNet's depthwise one: on a CPU it takes no longer and reaches more.
    """

    def __init__(self, width: int):
        super().__init__()
        self.norm = torch.nn.LayerNorm(width)
        self.conv = torch.nn.Conv2d(width, 2 * width, 3, padding=1)
        self.attention = torch.nn.Conv2d(width, width, 1)
        self.project = torch.nn.Conv2d(width, width, 1)
        self.scale = torch.nn.Parameter(torch.full((1, width, 1, 1), 0.1))

    def forward(self, x_nchw):
        """(N, width, H, W) -> the same shape."""
        normal = self.norm(x_nchw.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)  # over channels; a view in channels_last
        left, right = self.conv(normal).chunk(2, dim=1)
        gated = left * right
        gated = gated * self.attention(gated.mean((2, 3), keepdim=True))
        return x_nchw + self.scale * self.project(gated)


class Teacher(torch.nn.Module):
    """An encoder-decoder over several resolutions with additive skip connections and a global residual.

    Input and output are (N, 1, H, W) float32 luma in [0, 1] of any size; the network pads by repeating the edge.
    """

    def __init__(self, config: TeacherConfig):
        super().__init__()
        self.config = config
        block = config.unshuffle**2
        widths = [config.width * 2**level for level in range(len(config.encoder) + 1)]

        def blocks(count: int, width: int):
            return torch.nn.Sequential(*[Block(width) for _ in range(count)])

        self.first = RepConv(block, config.width, zero_mean=True)
        self.encoder = torch.nn.ModuleList(blocks(n, w) for n, w in zip(config.encoder, widths, strict=False))
        self.down = torch.nn.ModuleList(torch.nn.Conv2d(w, 2 * w, 2, stride=2) for w in widths[:-1])
        self.middle = blocks(config.middle, widths[-1])
        self.up = torch.nn.ModuleList(torch.nn.Conv2d(2 * w, 4 * w, 1) for w in widths[:-1])
        self.decoder = torch.nn.ModuleList(blocks(n, w) for n, w in zip(config.decoder, widths, strict=False))
        self.last = RepConv(config.width, block, gain=0.1)
        zero_output(self.last)

    def forward(self, x_nchw):
        """The restored luma, of the input's shape."""
        height, width = x_nchw.shape[2:]
        multiple = self.config.unshuffle * 2 ** len(self.config.encoder)
        padded = torch.nn.functional.pad(x_nchw, (0, -width % multiple, 0, -height % multiple), mode="replicate")
        features = torch.nn.functional.pixel_unshuffle(padded, self.config.unshuffle)
        features = self.first(features.contiguous(memory_format=torch.channels_last))
        skips = []
        for blocks, down in zip(self.encoder, self.down, strict=True):
            features = blocks(features)
            skips.append(features)
            features = down(features)
        features = self.middle(features)
        for blocks, up, skip in reversed(list(zip(self.decoder, self.up, skips, strict=True))):
            features = blocks(torch.nn.functional.pixel_shuffle(up(features), 2) + skip)
        residual = torch.nn.functional.pixel_shuffle(self.last(features), self.config.unshuffle)
        return x_nchw + residual[:, :, :height, :width]
