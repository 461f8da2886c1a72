"""OpenVINO on the CPU: latency hint, one stream, float32 throughout."""

import numpy
import openvino
from openvino import properties
from openvino.properties import hint

from . import onnx_model, openvino_model
from .layers import BinaryConvolution

NAME = "OpenVINO"
VERSION = openvino.__version__.split("-")[0]


class Chain:
    """Blocks compiled for one shape, with a request that keeps its maps."""

    def __init__(self, blocks, x, threads):
        core = openvino.Core()
        self.compiled = core.compile_model(
            _model(core, blocks, x.shape),
            "CPU",
            {
                hint.performance_mode: hint.PerformanceMode.LATENCY,
                hint.inference_precision: openvino.Type.f32,
                hint.enable_cpu_pinning: True,
                properties.num_streams: 1,
                properties.inference_num_threads: threads,
            },
        )
        self.request = self.compiled.create_infer_request()
        self.request.set_input_tensor(openvino.Tensor(numpy.ascontiguousarray(x[None])))

    def run(self):
        self.request.infer()

    def output(self):
        return self.request.get_output_tensor().data[0]


def _model(core, blocks, shape):
    if isinstance(blocks[0][0], BinaryConvolution):
        return openvino_model.model(blocks, shape)
    return core.read_model(onnx_model.model(blocks, shape))
