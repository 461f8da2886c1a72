"""ncnn: planes in packs of eight channels, Winograd where it chooses so, float32 throughout."""

import tempfile

import ncnn
import numpy

from .layers import Convolution, Residual, Shift, Shuffle, SqueezeExcite

NAME = "ncnn"
VERSION = ncnn.__version__

# What ncnn applies within a layer; swish is a layer of its own.
ACTIVATIONS = {"relu6": "9=3 -23310=2,0.0,6.0", "sigmoid": "9=4"}


class Chain:
    """Blocks loaded into a net for one shape."""

    def __init__(self, blocks, x, threads):
        text, weights = _Text(x.shape).model(blocks)
        self.net = ncnn.Net()
        options = self.net.opt
        options.num_threads = threads
        options.use_packing_layout = True
        options.use_winograd_convolution = True
        options.use_sgemm_convolution = True
        for half in (
            "use_fp16_packed", "use_fp16_storage", "use_fp16_arithmetic", "use_bf16_packed",
            "use_bf16_storage",
        ):
            setattr(options, half, False)
        if self.net.load_param_mem(text) != 0:
            raise RuntimeError("ncnn refuses the net")
        with tempfile.NamedTemporaryFile(suffix=".bin") as file:
            file.write(weights)
            file.flush()
            if self.net.load_model(file.name) != 0:
                raise RuntimeError("ncnn refuses the weights")
        self.x = ncnn.Mat(x).clone()
        self.y = None

    def run(self):
        extractor = self.net.create_extractor()
        extractor.input("x", self.x)
        failure, self.y = extractor.extract("y")
        if failure:
            raise RuntimeError(f"ncnn fails with {failure}")

    def output(self):
        return numpy.array(self.y)


class _Text:
    """A net in ncnn's text form, and the bytes of its weights."""

    def __init__(self, shape):
        self.shape = shape
        self.lines, self.weights, self.blobs = [], [], 0

    def model(self, blocks):
        channels, height, width = self.shape
        self.layer("Input", [], ["x"], f"0={width} 1={height} 2={channels}")
        x = "x"
        for block in blocks:
            start = None
            if any(isinstance(layer, Residual) for layer in block):
                start, x = self.layer("Split", [x], self.names(2))
            for layer in block:
                x = self.block_layer(layer, x, start)
        self.layer("Noop", [x], ["y"])
        head = f"7767517\n{len(self.lines)} {self.blobs + 2}\n"
        return head + "".join(self.lines), b"".join(self.weights)

    def block_layer(self, layer, x, start):
        match layer:
            case Residual():
                return self.one("BinaryOp", [x, start], "0=0")
            case Convolution():
                return self.convolution(layer, x)
            case Shift(runs):
                return self.shift(runs, x)
            case Shuffle(groups):
                return self.one("ShuffleChannel", [x], f"0={groups}")
            case SqueezeExcite(reduce, expand):
                x, pooled = self.layer("Split", [x], self.names(2))
                mean = self.one("Pooling", [pooled], "0=1 4=1")
                gate = self.fully_connected(expand, self.fully_connected(reduce, mean))
                return self.one("BinaryOp", [x, gate], "0=2")
        raise TypeError(layer)

    def convolution(self, layer, x):
        parameters = (
            f"0={len(layer.weights)} 1={layer.kernel} 4={layer.kernel // 2} "
            f"5={int(layer.bias is not None)} 6={layer.weights.size}"
        )
        kind = "Convolution"
        if layer.groups > 1:
            kind, parameters = "ConvolutionDepthWise", f"{parameters} 7={layer.groups}"
        return self.weighted(kind, layer, x, parameters)

    def fully_connected(self, layer, x):
        """A 1x1 convolution on a map of one pixel, which is a vector here."""
        bias = int(layer.bias is not None)
        parameters = f"0={len(layer.weights)} 1={bias} 2={layer.weights.size}"
        return self.weighted("InnerProduct", layer, x, parameters)

    def weighted(self, kind, layer, x, parameters):
        # Four bytes of zeros say that float32 follows.
        self.weights += [bytes(4), layer.weights.astype("<f4").tobytes()]
        if layer.bias is not None:
            self.weights.append(layer.bias.astype("<f4").tobytes())
        x = self.one(kind, [x], f"{parameters} {ACTIVATIONS.get(layer.activation, '')}")
        return self.one("Swish", [x]) if layer.activation == "swish" else x

    def shift(self, runs, x):
        _, height, width = self.shape
        reach = max(max(abs(dy), abs(dx)) for _, dy, dx in runs)
        padded = self.one("Padding", [x], " ".join(f"{side}={reach}" for side in range(4)))
        counts = ",".join(str(count) for count, _, _ in runs)
        slices = self.layer(
            "Slice", [padded], self.names(len(runs)), f"-23300={len(runs)},{counts} 1=0"
        )
        moved = [
            self.one(
                "Crop", [part],
                f"0={reach + dx} 1={reach + dy} 2=0 3={width} 4={height} 5={count}",
            )
            for part, (count, dy, dx) in zip(slices, runs)
        ]
        return self.one("Concat", moved, "0=0")

    def one(self, kind, inputs, parameters=""):
        return self.layer(kind, inputs, self.names(1), parameters)[0]

    def layer(self, kind, inputs, outputs, parameters=""):
        words = [kind, f"layer{len(self.lines)}", str(len(inputs)), str(len(outputs))]
        self.lines.append(" ".join([*words, *inputs, *outputs, parameters]) + "\n")
        return outputs

    def names(self, count):
        self.blobs += count
        return [f"b{self.blobs - index}" for index in range(count)]
