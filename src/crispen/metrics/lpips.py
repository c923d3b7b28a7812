"""LPIPS v0.1 with AlexNet (Zhang, Isola, Efros, Shechtman and Wang, 2018)."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from crispen.errors import CrispenError, require

torch = require("torch")

LPIPS_SMALLEST_SIDE = 31  # below it the second pooling has no input

# AlexNet (Krizhevsky, 2014, the one-tower version) as torchvision numbers its convolutions: (outputs, inputs, kernel),
# stride, padding, and whether a 3x3 max pooling of stride 2 comes first. The output of the ReLU after each is a feature
# map.
_LAYERS = {
    0: ((64, 3, 11), 4, 2, False),
    3: ((192, 64, 5), 1, 2, True),
    6: ((384, 192, 3), 1, 1, True),
    8: ((256, 384, 3), 1, 1, False),
    10: ((256, 256, 3), 1, 1, False),
}
_SHIFT, _SCALE = (-0.030, -0.088, -0.188), (0.458, 0.448, 0.450)  # of red, green and blue in -1..1
_TINY = 1e-10
_CONTENT = (
    "a safetensors file with AlexNet's features.{0,3,6,8,10}.{weight,bias} as torchvision numbers them and the heads "
    "lin{0,1,2,3,4}.weight of LPIPS v0.1"
)


class Lpips:
    """Learned perceptual distance of two pictures."""

    def __init__(self, weights: Path):
        """Loads the weights, which are computed with in float32. Nothing is ever downloaded.

        Args:
            weights: A safetensors file with `features.N.weight` (outputs, inputs, kernel, kernel) and `features.N.bias`
                for N in 0, 3, 6, 8, 10, and `linK.weight` (1, channels, 1, 1) for K in 0 to 4, of any floating type.

        Raises:
            CrispenError: If the file is missing, damaged, or lacks any of these.
        """
        safetensors = require("safetensors")
        if not weights.is_file():
            raise CrispenError(f"no LPIPS weights at {weights}; give {_CONTENT}")
        try:
            with safetensors.safe_open(weights, framework="pt") as file:
                tensors = {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118 - not a dict
        except (OSError, safetensors.SafetensorError) as error:
            raise CrispenError(f"{weights} cannot be read ({error}); give {_CONTENT}") from None
        for name, shape in _shapes().items():
            if name not in tensors or tuple(tensors[name].shape) != shape:
                raise CrispenError(f"{weights} has no {name} of shape {shape}; give {_CONTENT}")
        self._tensors = tensors

    def __call__(self, truth: np.ndarray, output: np.ndarray) -> float:
        """Computes LPIPS; swapping the pictures changes nothing.

        The features of each of five layers are scaled to length 1 at every place. Their squared difference, weighted by
        the heads, is averaged over places and summed over layers.

        Args:
            truth: (H, W, 3) uint8 RGB, sides at least LPIPS_SMALLEST_SIDE.
            output: A picture of the same shape and type.

        Returns:
            0 for equal pictures, about 1 for unrelated ones.

        Raises:
            ValueError: For pictures of different shapes, of another type, or too small.
        """
        if truth.shape != output.shape:
            raise ValueError(f"pictures of one (H, W, 3) shape are compared, not {truth.shape} and {output.shape}")
        return self.distance(self.features(truth), self.features(output))

    def features(self, rgb: np.ndarray) -> list:
        """Computes what `distance` compares, to do it once for a truth with many outputs.

        Args:
            rgb: (H, W, 3) uint8, sides at least LPIPS_SMALLEST_SIDE.

        Returns:
            Five (1, C, h, w) float32 maps.

        Raises:
            ValueError: For another shape or type, or a picture that is too small.
        """
        if rgb.ndim != 3 or rgb.shape[2] != 3 or rgb.dtype != np.uint8:
            raise ValueError(f"(H, W, 3) uint8 pictures are compared, not {rgb.dtype} {rgb.shape}")
        if min(rgb.shape[:2]) < LPIPS_SMALLEST_SIDE:
            raise ValueError(
                f"LPIPS needs at least {LPIPS_SMALLEST_SIDE} pixels a side, not {rgb.shape[1]}x{rgb.shape[0]}"
            )
        with torch.inference_mode():
            return [_unit(features) for features in self._features(rgb)]

    def distance(self, x: list, y: list) -> float:
        """Computes LPIPS of two pictures from their `features`."""
        with torch.inference_mode():
            return sum(
                torch.nn.functional.conv2d((a - b).square(), self._tensors[f"lin{head}.weight"]).mean().item()
                for head, (a, b) in enumerate(zip(x, y, strict=True))
            )

    def _features(self, rgb: np.ndarray) -> list:
        """The five feature maps, each (1, channels, height, width) float32."""
        shift, scale = (torch.tensor(values).view(1, 3, 1, 1) for values in (_SHIFT, _SCALE))
        x = (torch.from_numpy(rgb.astype(np.float32)).permute(2, 0, 1)[None] / 127.5 - 1 - shift) / scale
        features = []
        for layer, (_, stride, padding, pooled) in _LAYERS.items():
            if pooled:
                x = torch.nn.functional.max_pool2d(x, 3, 2)
            weight, bias = (self._tensors[f"features.{layer}.{kind}"] for kind in ("weight", "bias"))
            x = torch.nn.functional.conv2d(x, weight, bias, stride, padding).relu()
            features.append(x)
        return features


def _unit(x):
    """(1, C, H, W) with the vector at each place scaled to length 1; a zero vector stays zero."""
    return x / (x.square().sum(dim=1, keepdim=True).sqrt() + _TINY)


def _shapes() -> dict[str, tuple[int, ...]]:
    shapes: dict[str, tuple[int, ...]] = {}
    for head, (layer, ((outputs, inputs, kernel), *_)) in enumerate(_LAYERS.items()):
        shapes[f"features.{layer}.weight"] = (outputs, inputs, kernel, kernel)
        shapes[f"features.{layer}.bias"] = (outputs,)
        shapes[f"lin{head}.weight"] = (1, outputs, 1, 1)
    return shapes
