"""The student: the small network that ships."""

from __future__ import annotations

from dataclasses import dataclass, replace

from crispen.errors import CrispenError, require
from crispen.model.conv import Conv
from crispen.model.fold import RepConv, begin_at_zero
from crispen.model.quantize import equalized, quantized

torch = require("torch", "train")


@dataclass(frozen=True)
class StudentConfig:
    """unshuffle: side of the pixel block that becomes channels (2, 4 or 8). width: channels of the middle layers.

    depth: number of width-to-width convolutions between the first and the last.
    """

    unshuffle: int = 2
    width: int = 16
    depth: int = 2

    @property
    def mac_per_pixel(self) -> float:
        """Multiply-accumulates for each output pixel."""
        block = self.unshuffle**2
        return 9 * (2 * block * self.width + self.depth * self.width**2) / block

    @property
    def parameters(self) -> int:
        """Parameters once folded."""
        block = self.unshuffle**2
        kernels = 9 * (2 * block * self.width + self.depth * self.width**2)
        return kernels + (self.depth + 1) * self.width + block


# MAC budgets per output pixel: fast 600, balanced 1,800, best 3,600.
SIZES = {
    "fast": StudentConfig(2, 12, 1),
    "balanced": StudentConfig(2, 16, 2),
    "best": StudentConfig(2, 16, 5),
}


class Student(torch.nn.Module):
    """Pixel-unshuffle (Shi et al., 2016), 3x3 convolutions with ReLU between, pixel-shuffle, added to the input.

    x_nchw: (N, 1, H, W) float32 luma in [0, 1], H and W multiples of `unshuffle`; the output has the same shape and is
    not clipped. A new student returns its input.
    """

    def __init__(self, config: StudentConfig):
        super().__init__()
        self.config = config
        block, width = config.unshuffle**2, config.width
        channels = [block, *[width] * (config.depth + 1), block]
        last = len(channels) - 2
        self.convs = torch.nn.ModuleList(
            RepConv(channels[k], channels[k + 1], blind=k == 0, gain=0.1 if k == last else 1.0) for k in range(last + 1)
        )
        begin_at_zero(self.convs[-1])  # type: ignore[arg-type]
        self.register_buffer("tops", torch.zeros(last, width))  # see crispen.model.quantize

    @property
    def mac_per_pixel(self) -> float:
        """Multiply-accumulates for each output pixel."""
        return self.config.mac_per_pixel

    @property
    def parameters_folded(self) -> int:
        """Parameters once folded."""
        return self.config.parameters

    def correction(self, x_nchw):
        """What is added, (N, 1, H, W), and each hidden layer's activations, (N, width, h, w)."""
        features = torch.nn.functional.pixel_unshuffle(x_nchw, self.config.unshuffle)
        features = features.contiguous(memory_format=torch.channels_last)
        activations = []
        for conv in self.convs[:-1]:  # type: ignore[index]
            features = torch.nn.functional.relu(conv(features))
            activations.append(features)
        return torch.nn.functional.pixel_shuffle(self.convs[-1](features), self.config.unshuffle), activations

    def forward(self, x_nchw):
        return x_nchw + self.correction(x_nchw)[0]

    def folded(self, int8: bool = False) -> list[Conv]:
        """The plain convolutions, first to last, that the network is equal to; int8: rounded to eight bits.

        Raises CrispenError for int8 where `tops` were not fitted.
        """
        convs = [conv.folded() for conv in self.convs]  # type: ignore[operator]
        if not int8:
            return convs
        tops = self.tops.cpu().numpy()  # type: ignore[operator]
        if not tops.any(axis=1).all():
            raise CrispenError("these weights know no ranges for eight bits; train with this version to its end")
        convs, tops = equalized(convs, tops)
        return [quantized(conv, top) for conv, top in zip(convs, [*tops, None], strict=True)]


def deepened(student: Student, depth: int) -> Student:
    """A student with `depth` middle layers and the correction of `student` (Net2DeeperNet, Chen et al., 2016).

    The added layers are identities, which ReLU leaves alone because their input is not negative. From scratch, five
    plain middle layers learned less than two. Raises ValueError if `student` is deeper already.
    """
    old = student.config
    if depth < old.depth:
        raise ValueError(f"a student of depth {old.depth} can not be made {depth} deep")
    deep = Student(replace(old, depth=depth))
    for index, conv in enumerate(deep.convs):
        if old.depth < index <= depth:
            begin_at_zero(conv)  # type: ignore[arg-type]
            conv.skip = True
        else:
            source = index if index <= old.depth else index - (depth - old.depth)
            conv.load_state_dict(student.convs[source].state_dict())
    return deep


def emboldened(student: Student, factor: float) -> None:
    """Makes the correction of `student` `factor` times as strong, in place."""
    last = student.convs[-1]
    with torch.no_grad():
        for parameter in (last.conv3.weight, last.conv3.bias, last.conv1.weight, last.squeeze.weight):  # type: ignore[union-attr]
            parameter.mul_(factor)  # type: ignore[operator]
