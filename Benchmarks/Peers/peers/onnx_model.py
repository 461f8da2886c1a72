"""Blocks as an ONNX model, for ONNX Runtime and OpenVINO."""

import numpy
from onnx import TensorProto, checker, helper, numpy_helper

from .layers import Convolution, Residual, Shift, Shuffle, SqueezeExcite


def model(blocks, shape):
    """The bytes of a model with input `x` and output `y`, both [1, C, H, W]."""
    return _Graph().model(blocks, shape)


class _Graph:
    def __init__(self):
        self.nodes, self.constants = [], []

    def model(self, blocks, shape):
        self.height, self.width = shape[1:]
        name = "x"
        for block in blocks:
            start = name
            for layer in block:
                is_sum = isinstance(layer, Residual)
                name = self.node("Add", [name, start]) if is_sum else self.layer(layer, name)
        self.nodes[-1].output[0] = "y"
        channels = next(
            len(layer.weights) for layer in reversed(blocks[-1]) if isinstance(layer, Convolution)
        )
        value = helper.make_tensor_value_info
        graph = helper.make_graph(
            self.nodes, "blocks", [value("x", TensorProto.FLOAT, [1, *shape])],
            [value("y", TensorProto.FLOAT, [1, channels, *shape[1:]])], self.constants,
        )
        model = helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8
        )
        checker.check_model(model)
        return model.SerializeToString()

    def layer(self, layer, x):
        match layer:
            case Convolution():
                return self.convolution(layer, x)
            case Shift(runs):
                return self.shift(runs, x)
            case Shuffle(groups):
                split = self.integers([1, groups, -1, self.height, self.width])
                whole = self.integers([1, -1, self.height, self.width])
                x = self.node("Reshape", [x, split])
                return self.node(
                    "Reshape", [self.node("Transpose", [x], perm=[0, 2, 1, 3, 4]), whole]
                )
            case SqueezeExcite(reduce, expand):
                mean = self.node("GlobalAveragePool", [x])
                gate = self.convolution(expand, self.convolution(reduce, mean))
                return self.node("Mul", [x, gate])
        raise TypeError(layer)

    def convolution(self, layer, x):
        inputs = [x, self.constant(layer.weights)]
        if layer.bias is not None:
            inputs.append(self.constant(layer.bias))
        kernel = layer.kernel
        y = self.node(
            "Conv", inputs, group=layer.groups, kernel_shape=[kernel, kernel],
            pads=4 * [kernel // 2],
        )
        match layer.activation:
            case "identity":
                return y
            case "relu6":
                return self.node("Clip", [y, self.float(0), self.float(6)])
            case "sigmoid":
                return self.node("Sigmoid", [y])
            case "swish":
                return self.node("Mul", [y, self.node("Sigmoid", [y])])
        raise ValueError(layer.activation)

    def shift(self, runs, x):
        reach = max(max(abs(dy), abs(dx)) for _, dy, dx in runs)
        border = self.integers([0, 0, reach, reach, 0, 0, reach, reach])
        padded = self.node("Pad", [x, border])
        slices, first = [], 0
        for count, dy, dx in runs:
            start = [first, reach + dy, reach + dx]
            end = [first + count, reach + dy + self.height, reach + dx + self.width]
            slices.append(
                self.node(
                    "Slice",
                    [padded, self.integers(start), self.integers(end), self.integers([1, 2, 3])],
                )
            )
            first += count
        return self.node("Concat", slices, axis=1)

    def node(self, operator, inputs, **attributes):
        output = f"v{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, [output], output, **attributes))
        return output

    def constant(self, array):
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(numpy.ascontiguousarray(array), name))
        return name

    def integers(self, values):
        return self.constant(numpy.array(values, numpy.int64))

    def float(self, value):
        return self.constant(numpy.array(value, numpy.float32))
