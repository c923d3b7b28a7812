"""A peer: any of these architectures with the student's input and output."""

from __future__ import annotations

from dataclasses import dataclass

from crispen.errors import require
from crispen.model.conv import Layer
from crispen.model.peers import ecbsr, fsrcnn, quicksrnet, sesr

torch = require("torch", "train")

UNSHUFFLE = 2
_GAIN = 0.1  # of the last layer, as in the student
_LAYERS = {
    "sesr-m5": sesr.layers,
    "quicksrnet-small": quicksrnet.layers,
    "ecbsr-m4c8": ecbsr.layers,
    "fsrcnn": fsrcnn.layers,
}
PEERS = tuple(_LAYERS)


@dataclass(frozen=True)
class PeerConfig:
    """architecture: one of PEERS."""

    architecture: str

    @property
    def unshuffle(self) -> int:
        """Side of the pixel block that becomes channels."""
        return UNSHUFFLE


class Peer(torch.nn.Module):
    """x_nchw: (N, 1, H, W) float32 luma in [0, 1], H and W even; the output has the same shape and is not clipped.

    A new peer returns its input. Raises ValueError for an unknown architecture.
    """

    def __init__(self, config: PeerConfig):
        super().__init__()
        if config.architecture not in _LAYERS:
            raise ValueError(f"no architecture {config.architecture!r}; one of {', '.join(PEERS)}")
        self.config = config
        self.layers = torch.nn.ModuleList(_LAYERS[config.architecture](UNSHUFFLE**2, _GAIN))

    def forward(self, x_nchw):
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
        """The plain layers, first to last, that the network is equal to."""
        return [layer.folded() for layer in self.layers]  # type: ignore[operator]

    @property
    def mac_per_pixel(self) -> float:
        """Multiply-accumulates for each output pixel, those of the convolutions."""
        return sum(layer.weight.size for layer in self.folded_layers()) / UNSHUFFLE**2

    @property
    def parameters_folded(self) -> int:
        """Parameters once folded, PReLU's slopes included."""
        layers = self.folded_layers()
        slopes = sum(layer.slope.size for layer in layers if layer.slope is not None and layer.slope.any())
        return sum(layer.weight.size + layer.bias.size for layer in layers) + slopes
