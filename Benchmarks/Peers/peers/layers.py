"""The vocabulary in which a block is described, once for every peer.

A block is a list of layers on planar maps [C, H, W]; every peer builds its own model from it.
"""

from dataclasses import dataclass

import numpy


@dataclass(frozen=True)
class Convolution:
    """A k x k convolution with stride 1 and zeros around the map."""

    weights: numpy.ndarray
    """[outputs, inputs / groups, k, k]"""
    bias: numpy.ndarray | None
    groups: int = 1
    activation: str = "identity"
    """identity, relu6 or swish."""

    @property
    def kernel(self):
        return self.weights.shape[2]

    @property
    def is_depthwise(self):
        return self.groups > 1 and self.weights.shape[1] == 1 and self.groups == len(self.weights)

    @property
    def bias_or_zeros(self):
        return numpy.zeros(len(self.weights), numpy.float32) if self.bias is None else self.bias


@dataclass(frozen=True)
class BinaryConvolution:
    """A k x k convolution of signs with signs, stride 1 and +1 around the map; the signs of its sums
    come out, and the sign of zero is +1."""

    weights: numpy.ndarray
    """[outputs, inputs, k, k], of which the signs count."""

    @property
    def kernel(self):
        return self.weights.shape[2]


@dataclass(frozen=True)
class Shift:
    """y[c, h, w] = x[c, h + dy, w + dx], zero outside; neighbours with one displacement are a run."""

    runs: tuple
    """(channels, dy, dx) one after another."""

    def one_hot(self):
        """The same as a depthwise convolution with a single one in each kernel."""
        channels = sum(count for count, _, _ in self.runs)
        reach = max(max(abs(dy), abs(dx)) for _, dy, dx in self.runs)
        weights = numpy.zeros((channels, 1, 2 * reach + 1, 2 * reach + 1), numpy.float32)
        start = 0
        for count, dy, dx in self.runs:
            weights[start : start + count, 0, reach + dy, reach + dx] = 1
            start += count
        return Convolution(weights, None, channels)


@dataclass(frozen=True)
class Shuffle:
    """y[i * groups + g] = x[g * size + i], for groups of `size` neighbouring channels."""

    groups: int


@dataclass(frozen=True)
class SqueezeExcite:
    """y_c = x_c * sigmoid(expand(swish(reduce(mean(x)))))_c"""

    reduce: Convolution
    expand: Convolution


@dataclass(frozen=True)
class Residual:
    """Adds the input of the block."""


def layer(description):
    """The layer that one object of a request describes; numbers come from NumPy files."""

    def array(name):
        path = description.get(name)
        return None if path is None else numpy.load(path)

    kind = description["kind"]
    if kind == "convolution":
        return Convolution(
            array("weights"), array("bias"), description["groups"], description["activation"]
        )
    if kind == "binary":
        return BinaryConvolution(array("weights"))
    if kind == "shift":
        return Shift(tuple(tuple(run) for run in description["runs"]))
    if kind == "shuffle":
        return Shuffle(description["groups"])
    if kind == "squeeze-excite":
        return SqueezeExcite(
            Convolution(array("reduce"), array("reduceBias"), 1, "swish"),
            Convolution(array("expand"), array("expandBias"), 1, "sigmoid"),
        )
    if kind == "residual":
        return Residual()
    raise ValueError(f"unknown layer '{kind}'")


def forms(blocks):
    """The ways to say the same blocks: a shift is a one-hot depthwise, or pad, slice and concat."""
    if not any(isinstance(layer, Shift) for block in blocks for layer in block):
        return {"": blocks}
    one_hot = [
        [layer.one_hot() if isinstance(layer, Shift) else layer for layer in block]
        for block in blocks
    ]
    return {"one-hot depthwise": one_hot, "pad, slice, concat": blocks}
