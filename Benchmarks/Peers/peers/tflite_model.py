"""Blocks as a TensorFlow Lite model, written with the schema alone: no TensorFlow needed.

Binary convolutions are Larq Compute Engine's operators: maps of bits are packed along the channels,
32 to a word, and the bit 1 stands for -1.
"""

import flatbuffers
import numpy
from ai_edge_litert import schema_py_generated as schema
from flatbuffers import flexbuffers

from .layers import BinaryConvolution, Convolution, Residual, Shift, Shuffle, SqueezeExcite

ACTIVATIONS = {
    "identity": schema.ActivationFunctionType.NONE,
    "relu6": schema.ActivationFunctionType.RELU6,
}


def model(blocks, shape):
    """The bytes of a model on maps [1, H, W, C]."""
    return _Graph().model(blocks, shape)


class _Graph:
    def __init__(self):
        # Buffer 0 is the empty one of tensors that are computed.
        self.buffers, self.tensors, self.operators = [schema.BufferT()], [], []
        self.codes = []

    def model(self, blocks, shape):
        channels, height, width = shape
        first = x = self.tensor([1, height, width, channels])
        for block in blocks:
            start = x
            for layer in block:
                is_sum = isinstance(layer, Residual)
                x = self.operator("ADD", [x, start], "Add") if is_sum else self.layer(layer, x)
        if self.is_packed(x):
            channels = len(blocks[-1][-1].weights)
            x = self.operator("LceDequantize", [x], shape=[1, height, width, channels])
        graph = schema.SubGraphT()
        graph.tensors, graph.operators = self.tensors, self.operators
        graph.inputs, graph.outputs, graph.name = [first], [x], "main"
        model = schema.ModelT()
        model.version, model.subgraphs, model.buffers = 3, [graph], self.buffers
        model.operatorCodes = [self.code(name) for name in self.codes]
        builder = flatbuffers.Builder()
        builder.Finish(model.Pack(builder), file_identifier=b"TFL3")
        return bytes(builder.Output())

    def layer(self, layer, x):
        match layer:
            case Convolution():
                return self.convolution(layer, x)
            case BinaryConvolution():
                return self.binary_convolution(layer, x)
            case Shift(runs):
                return self.shift(runs, x)
            case Shuffle(groups):
                _, height, width, channels = self.shape(x)
                split = [1, height, width, groups, channels // groups]
                x = self.reshape(x, split)
                turned = [split[axis] for axis in (0, 1, 2, 4, 3)]
                order = self.integers([0, 1, 2, 4, 3])
                x = self.operator("TRANSPOSE", [x, order], "Transpose", turned)
                return self.reshape(x, [1, height, width, channels])
            case SqueezeExcite(reduce, expand):
                mean = self.operator(
                    "MEAN", [x, self.integers([1, 2])], "Reducer",
                    [1, 1, 1, self.shape(x)[3]], keepDims=True,
                )
                gate = self.convolution(expand, self.convolution(reduce, mean))
                return self.operator("MUL", [x, gate], "Mul")
        raise TypeError(layer)

    def convolution(self, layer, x):
        options = {
            "strideW": 1, "strideH": 1, "padding": schema.Padding.SAME,
            "fusedActivationFunction": ACTIVATIONS.get(
                layer.activation, schema.ActivationFunctionType.NONE
            ),
        }
        shape = [*self.shape(x)[:3], len(layer.weights)]
        if layer.is_depthwise:
            weights = self.constant(layer.weights.transpose(1, 2, 3, 0))
            inputs = [x, weights, self.constant(layer.bias_or_zeros)]
            y = self.operator(
                "DEPTHWISE_CONV_2D", inputs, "DepthwiseConv2D", shape, depthMultiplier=1, **options
            )
        else:
            weights = self.constant(layer.weights.transpose(0, 2, 3, 1))
            inputs = [x, weights, self.constant(layer.bias_or_zeros)]
            y = self.operator("CONV_2D", inputs, "Conv2D", shape, **options)
        if layer.activation in ACTIVATIONS:
            return y
        gate = self.operator("LOGISTIC", [y])
        return gate if layer.activation == "sigmoid" else self.operator("MUL", [y, gate], "Mul")

    def binary_convolution(self, layer, x):
        outputs, channels, kernel, _ = layer.weights.shape
        place = self.shape(x)[:3]
        if not self.is_packed(x):
            x = self.operator("LceQuantize", [x], shape=[*place, _words(channels)], is_packed=True)
        bits = numpy.packbits(layer.weights.transpose(0, 2, 3, 1) < 0, -1, bitorder="little")
        bits = numpy.pad(bits, [(0, 0)] * 3 + [(0, 4 * _words(channels) - bits.shape[3])])
        # More differing bits than half of the products make a sum negative.
        most = self.integers([channels * kernel**2 // 2] * outputs)
        # No multiplier and no bias: the output is packed.
        return self.operator(
            "LceBconv2d", [x, self.constant(bits.view(numpy.int32)), -1, -1, most],
            shape=[*place, _words(outputs)], is_packed=True,
            channels_in=channels, stride_height=1, stride_width=1, dilation_height_factor=1,
            dilation_width_factor=1, padding=schema.Padding.SAME, pad_values=1,
            fused_activation_function=schema.ActivationFunctionType.NONE,
        )

    def shift(self, runs, x):
        reach = max(max(abs(dy), abs(dx)) for _, dy, dx in runs)
        _, height, width, channels = self.shape(x)
        border = self.constant(
            numpy.array([[0, 0], [reach, reach], [reach, reach], [0, 0]], numpy.int32)
        )
        shape = [1, height + 2 * reach, width + 2 * reach, channels]
        padded = self.operator("PAD", [x, border], "Pad", shape)
        moved, first = [], 0
        for count, dy, dx in runs:
            size = [1, height, width, count]
            begin = self.integers([0, reach + dy, reach + dx, first])
            moved.append(
                self.operator("SLICE", [padded, begin, self.integers(size)], "Slice", size)
            )
            first += count
        return self.operator(
            "CONCATENATION", moved, "Concatenation", [1, height, width, channels], axis=3
        )

    def reshape(self, x, shape):
        inputs = [x, self.integers(shape)]
        return self.operator("RESHAPE", inputs, "Reshape", shape, newShape=shape)

    def operator(self, name, inputs, options=None, shape=None, is_packed=False, **values):
        """Appends an operator, by default with an output like its first input; gives the output.

        The values of an operator without a type of options are its custom ones."""
        if name not in self.codes:
            self.codes.append(name)
        kind = schema.TensorType.INT32 if is_packed else schema.TensorType.FLOAT32
        output = self.tensor(shape or self.shape(inputs[0]), kind)
        operator = schema.OperatorT()
        operator.opcodeIndex = self.codes.index(name)
        operator.inputs, operator.outputs = inputs, [output]
        if options:
            operator.builtinOptionsType = getattr(schema.BuiltinOptions, f"{options}Options")
            operator.builtinOptions = getattr(schema, f"{options}OptionsT")()
            for key, value in values.items():
                setattr(operator.builtinOptions, key, value)
        elif values:
            options = flexbuffers.Dumps(values)
            operator.customOptions = numpy.frombuffer(options, numpy.uint8)
        self.operators.append(operator)
        return output

    def code(self, name):
        code = schema.OperatorCodeT()
        number = getattr(schema.BuiltinOperator, name, schema.BuiltinOperator.CUSTOM)
        if number == schema.BuiltinOperator.CUSTOM:
            code.customCode = name
        code.builtinCode, code.deprecatedBuiltinCode = number, min(number, 127)
        return code

    def shape(self, tensor):
        return self.tensors[tensor].shape

    def is_packed(self, tensor):
        return self.tensors[tensor].type == schema.TensorType.INT32

    def tensor(self, shape, kind=schema.TensorType.FLOAT32, buffer=0):
        tensor = schema.TensorT()
        tensor.shape, tensor.type, tensor.buffer = list(shape), kind, buffer
        tensor.name = f"t{len(self.tensors)}"
        self.tensors.append(tensor)
        return len(self.tensors) - 1

    def constant(self, array):
        is_float = array.dtype == numpy.float32
        buffer = schema.BufferT()
        buffer.data = numpy.frombuffer(numpy.ascontiguousarray(array).tobytes(), numpy.uint8)
        self.buffers.append(buffer)
        kind = schema.TensorType.FLOAT32 if is_float else schema.TensorType.INT32
        return self.tensor(array.shape, kind, len(self.buffers) - 1)

    def integers(self, values):
        return self.constant(numpy.array(values, numpy.int32))


def _words(channels):
    return (channels + 31) // 32
