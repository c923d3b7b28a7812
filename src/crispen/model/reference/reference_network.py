"""A reference network: any of the published architectures with the student's input and output."""

from __future__ import annotations

from dataclasses import dataclass

from crispen.errors import require
from crispen.model.conv import Layer
from crispen.model.reference import ecbsr, fsrcnn, quicksrnet, sesr

torch = require("torch")

UNSHUFFLE = 2
_GAIN = 0.1  # of the last layer, as in the student
_LAYERS = {
    "sesr-m5": sesr.layers,
    "quicksrnet-small": quicksrnet.layers,
    "ecbsr-m4c8": ecbsr.layers,
    "fsrcnn": fsrcnn.layers,
}
REFERENCE_NETWORKS = tuple(_LAYERS)


@dataclass(frozen=True)
class ReferenceConfig:
    """Which reference network.

    Attributes:
        architecture: One of REFERENCE_NETWORKS.
    """

    architecture: str

    @property
    def unshuffle(self) -> int:
        """Side of the pixel block that becomes channels."""
        return UNSHUFFLE


class ReferenceNetwork(torch.nn.Module):
    """A published network with the student's contract.

    Input and output are (N, 1, H, W) float32 luma in [0, 1], H and W even. The output is not clipped. A new network
    returns its input.

    Raises:
        ValueError: Unknown architecture.
    """

    def __init__(self, config: ReferenceConfig):
        super().__init__()
        if config.architecture not in _LAYERS:
            raise ValueError(
                f"unknown architecture {config.architecture!r}; choose one of {', '.join(REFERENCE_NETWORKS)}"
            )
        self.config = config
        self.layers = torch.nn.ModuleList(_LAYERS[config.architecture](UNSHUFFLE**2, _GAIN))

    def forward(self, x_nchw):
        """The sharpened luma, of the input's shape."""
        features = torch.nn.functional.pixel_unshuffle(x_nchw, UNSHUFFLE)
        features = features.contiguous(memory_format=torch.channels_last)
        outputs = []
        for layer in self.layers:
            features = layer(features)
            if layer.add is not None:
                features = features + outputs[layer.add]
            outputs.append(features)
        doubled = features.shape[2] == x_nchw.shape[2]
        return x_nchw + (features if doubled else torch.nn.functional.pixel_shuffle(features, UNSHUFFLE))

    def folded_layers(self) -> list[Layer]:
        """The equivalent plain layers, first to last."""
        return [layer.fold() for layer in self.layers]  # type: ignore[operator]

    @property
    def mac_per_pixel(self) -> float:
        """Multiply-accumulates (MAC) per output pixel, of the convolutions."""
        return sum(layer.weight.size for layer in self.folded_layers()) / UNSHUFFLE**2

    @property
    def parameters_folded(self) -> int:
        """Number of parameters after folding, PReLU's slopes included."""
        layers = self.folded_layers()
        slopes = sum(layer.slope.size for layer in layers if layer.slope is not None and layer.slope.any())
        return sum(layer.weight.size + layer.bias.size for layer in layers) + slopes
