"""The layers as plain NumPy, in double precision: what every peer must agree with."""

import numpy

from .layers import BinaryConvolution, Convolution, Residual, Shift, Shuffle, SqueezeExcite

ACTIVATIONS = {
    "identity": lambda x: x,
    "relu6": lambda x: numpy.clip(x, 0, 6),
    "swish": lambda x: x / (1 + numpy.exp(-x)),
    "sigmoid": lambda x: 1 / (1 + numpy.exp(-x)),
}


def run(blocks, x):
    """The blocks one after another on a map [C, H, W]."""
    x = x.astype(numpy.float64)
    for block in blocks:
        start = x
        for layer in block:
            x = x + start if isinstance(layer, Residual) else _layer(layer, x)
    return x


def _layer(layer, x):
    match layer:
        case Convolution():
            return _convolution(layer, x)
        case BinaryConvolution(weights):
            return _signs(_sums(_signs(x), _signs(weights), 1, border=1))
        case Shift():
            return _shift(layer, x)
        case Shuffle(groups):
            return numpy.swapaxes(x.reshape(groups, -1, *x.shape[1:]), 0, 1).reshape(x.shape)
        case SqueezeExcite(reduce, expand):
            mean = x.mean((1, 2), keepdims=True)
            return x * _convolution(expand, _convolution(reduce, mean))
    raise TypeError(layer)


def _convolution(layer, x):
    y = _sums(x, layer.weights, layer.groups, border=0) + layer.bias_or_zeros[:, None, None]
    return ACTIVATIONS[layer.activation](y)


def _sums(x, weights, groups, border):
    _, height, width = x.shape
    kernel = weights.shape[2]
    reach = kernel // 2
    padded = numpy.pad(x, ((0, 0), (reach, reach), (reach, reach)), constant_values=border)
    grouped = padded.reshape(groups, -1, *padded.shape[1:])
    weights = weights.reshape(groups, -1, *weights.shape[1:])
    y = sum(
        numpy.einsum(
            "gdc,gchw->gdhw", weights[..., row, column].astype(numpy.float64),
            grouped[..., row : row + height, column : column + width], optimize=True,
        )
        for row in range(kernel)
        for column in range(kernel)
    )
    return y.reshape(-1, height, width)


def _signs(x):
    return numpy.where(x < 0, -1.0, 1.0)


def _shift(layer, x):
    _, height, width = x.shape
    y = numpy.zeros_like(x)
    start = 0
    for count, dy, dx in layer.runs:
        for row in range(max(0, -dy), min(height, height - dy)):
            left, right = max(0, -dx), min(width, width - dx)
            y[start : start + count, row, left:right] = x[
                start : start + count, row + dy, left + dx : right + dx
            ]
        start += count
    return y
