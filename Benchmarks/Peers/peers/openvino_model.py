"""Binary blocks as an OpenVINO model: ONNX has no operator for them."""

import numpy
import openvino
from openvino import opset1


def model(blocks, shape):
    """A model from floats [1, C, H, W] to -1 and +1; the CPU plugin keeps bits between layers."""
    layers = [layer for block in blocks for layer in block]
    x = opset1.parameter([1, *shape], numpy.float32)
    bits = _bits(x)
    for layer in layers[:-1]:
        bits = _bits(_sums(layer, bits))
    # Between -1.5 and 0.5 it rounds, from zero on to +1; 0 and 1 alone would be bits again.
    return openvino.Model([_quantised(_sums(layers[-1], bits), (-1.5, 0.5), (-1, 1))], [x])


def _bits(x):
    # Above a limit is 1, which must hold of zero; a denormal limit could count as zero.
    return _quantised(x, (-1e-30, -1e-30), (0, 1))


def _quantised(x, limits, values):
    numbers = (numpy.full([1] * 4, number, numpy.float32) for number in (*limits, *values))
    return opset1.fake_quantize(x, *numbers, levels=2)


def _sums(layer, bits):
    reach = layer.kernel // 2
    # The CPU plugin takes a byte's lowest bit first.
    packed = numpy.packbits(layer.weights >= 0, bitorder="little")
    shape = openvino.Shape(layer.weights.shape)
    weights = openvino.op.Constant(openvino.Tensor(packed[None], shape, openvino.Type.u1), False)
    return opset1.binary_convolution(
        bits, weights, strides=[1, 1], pads_begin=[reach] * 2, pads_end=[reach] * 2,
        dilations=[1, 1], mode="xnor-popcount", pad_value=1.0,
    )
