"""The student: the small network that is shipped."""

from __future__ import annotations

from dataclasses import dataclass, replace

from crispen.errors import CrispenError, require
from crispen.model.conv import Conv
from crispen.model.quantize import equalize_channels, quantize_conv
from crispen.model.rep_conv import RepConv, zero_output

torch = require("torch")


@dataclass(frozen=True)
class StudentConfig:
    """The size of a student.

    Attributes:
        unshuffle: Side of the pixel block that becomes channels: 2, 4 or 8.
        width: Channels of the hidden layers.
        depth: Number of width-to-width convolutions between the first and the last.
    """

    unshuffle: int = 2
    width: int = 16
    depth: int = 2

    @property
    def mac_per_pixel(self) -> float:
        """Multiply-accumulates (MAC) per output pixel."""
        block = self.unshuffle**2
        return 9 * (2 * block * self.width + self.depth * self.width**2) / block

    @property
    def parameters(self) -> int:
        """Number of parameters after folding."""
        block = self.unshuffle**2
        kernels = 9 * (2 * block * self.width + self.depth * self.width**2)
        return kernels + (self.depth + 1) * self.width + block


# Budgets in MAC per output pixel: fast 600, balanced 1,800, best 3,600.
SIZES = {
    "fast": StudentConfig(2, 12, 1),
    "balanced": StudentConfig(2, 16, 2),
    "best": StudentConfig(2, 16, 5),
}


class Student(torch.nn.Module):
    """Pixel-unshuffle (Shi et al., 2016), 3x3 convolutions with ReLU, pixel-shuffle; the result is added to the input.

    Input and output are (N, 1, H, W) float32 luma in [0, 1], H and W multiples of `unshuffle`. The output is not
    clipped. A new student returns its input.
    """

    def __init__(self, config: StudentConfig):
        super().__init__()
        self.config = config
        block, width = config.unshuffle**2, config.width
        channels = [block, *[width] * (config.depth + 1), block]
        last = len(channels) - 2
        self.convs = torch.nn.ModuleList(
            RepConv(channels[k], channels[k + 1], zero_mean=k == 0, gain=0.1 if k == last else 1.0)
            for k in range(last + 1)
        )
        zero_output(self.convs[-1])  # type: ignore[arg-type]
        self.register_buffer("tops", torch.zeros(last, width))  # largest activations, for int8

    @property
    def mac_per_pixel(self) -> float:
        """Multiply-accumulates (MAC) per output pixel."""
        return self.config.mac_per_pixel

    @property
    def parameters_folded(self) -> int:
        """Number of parameters after folding."""
        return self.config.parameters

    def correction(self, x_nchw):
        """The residual (N, 1, H, W) and the activations of each hidden layer, (N, width, h, w)."""
        features = torch.nn.functional.pixel_unshuffle(x_nchw, self.config.unshuffle)
        features = features.contiguous(memory_format=torch.channels_last)
        activations = []
        for conv in self.convs[:-1]:  # type: ignore[index]
            features = torch.nn.functional.relu(conv(features))
            activations.append(features)
        return torch.nn.functional.pixel_shuffle(self.convs[-1](features), self.config.unshuffle), activations

    def forward(self, x_nchw):
        """The sharpened luma, of the input's shape."""
        return x_nchw + self.correction(x_nchw)[0]

    def fold(self, int8: bool = False) -> list[Conv]:
        """The equivalent plain convolutions, first to last.

        Args:
            int8: Quantise them to int8.

        Raises:
            CrispenError: `int8` of weights that were not calibrated.
        """
        convs = [conv.fold() for conv in self.convs]  # type: ignore[operator]
        if not int8:
            return convs
        tops = self.tops.cpu().numpy()  # type: ignore[operator]
        if not tops.any(axis=1).all():
            raise CrispenError(
                "these weights have no activation ranges for int8; finish the training with this version"
            )
        convs, tops = equalize_channels(convs, tops)
        return [quantize_conv(conv, top) for conv, top in zip(convs, [*tops, None], strict=True)]


def deepen(student: Student, depth: int) -> Student:
    """A student with `depth` middle layers that computes the same as `student` (Net2DeeperNet, Chen et al., 2016).

    The new layers are identities; ReLU does not change their input because it is not negative. Trained from scratch,
    five plain middle layers reached less than two.

    Raises:
        ValueError: `student` has more than `depth` middle layers.
    """
    old = student.config
    if depth < old.depth:
        raise ValueError(f"a student of depth {old.depth} cannot be made {depth} deep")
    deep = Student(replace(old, depth=depth))
    for index, conv in enumerate(deep.convs):
        if old.depth < index <= depth:
            zero_output(conv)  # type: ignore[arg-type]
            conv.skip = True
        else:
            source = index if index <= old.depth else index - (depth - old.depth)
            conv.load_state_dict(student.convs[source].state_dict())
    return deep
