"""Distance between VGG-16 features (Johnson et al., 2016)."""

from __future__ import annotations

from pathlib import Path

from crispen.errors import CrispenError, require

torch = require("torch")

# VGG-16, configuration D (Simonyan and Zisserman, 2015), numbered as in torchvision.
_LAYERS = (0, 2, "pool", 5, 7, "pool", 10, 12, 14)
_TAPS = (2, 7, 14)  # conv1_2, conv2_2, conv3_3; conv4_3 adds a third to the time of a step and changed nothing
_MEAN, _STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet, per channel of RGB


class Perceptual(torch.nn.Module):
    """Mean absolute difference of the features after conv1_2, conv2_2 and conv3_3, computed on luma repeated to RGB.

    Args:
        weights: A safetensors file with `features.N.weight` and `features.N.bias`.

    Raises:
        CrispenError: The file does not exist.
    """

    def __init__(self, weights: Path):
        super().__init__()
        load_file = require("safetensors.torch").load_file
        if not weights.is_file():
            raise CrispenError(f"no VGG-16 weights at {weights}; give the path of a safetensors file")
        tensors = {name.removeprefix("features."): value.float() for name, value in load_file(weights).items()}
        for layer in _LAYERS:
            if layer != "pool":
                self.register_buffer(f"weight{layer}", tensors[f"{layer}.weight"])
                self.register_buffer(f"bias{layer}", tensors[f"{layer}.bias"])

    def features(self, x_nchw):
        """The three feature maps of luma (N, 1, H, W) in [0, 1]."""
        mean = torch.tensor(_MEAN).to(x_nchw).view(1, 3, 1, 1)
        std = torch.tensor(_STD).to(x_nchw).view(1, 3, 1, 1)
        x, taps = (x_nchw.expand(-1, 3, -1, -1) - mean) / std, []
        for layer in _LAYERS:
            if layer == "pool":
                x = torch.nn.functional.max_pool2d(x, 2)
                continue
            x = torch.nn.functional.conv2d(x, getattr(self, f"weight{layer}"), getattr(self, f"bias{layer}"), padding=1)
            x = torch.nn.functional.relu(x)
            if layer in _TAPS:
                taps.append(x)
        return taps

    def forward(self, output_nchw, truth_nchw):
        """The mean over the three taps of the mean absolute difference, a scalar."""
        with torch.no_grad():
            target = self.features(truth_nchw)
        pairs = zip(self.features(output_nchw), target, strict=True)
        return sum((have - want).abs().mean() for have, want in pairs) / len(_TAPS)
