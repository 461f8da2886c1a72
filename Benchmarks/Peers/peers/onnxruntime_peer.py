"""ONNX Runtime on its CPU provider, all graph optimisations on: planes become NCHWc by itself."""

import numpy
import onnxruntime

from . import onnx_model

NAME = "ONNX Runtime"
VERSION = onnxruntime.__version__


class Chain:
    """Blocks compiled for one shape, with maps bound so that a run copies nothing."""

    def __init__(self, blocks, x, threads):
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        # Workers spin during a run, as by default, but not into the turn of the next contestant.
        options.add_session_config_entry("session.force_spinning_stop", "1")
        self.session = onnxruntime.InferenceSession(
            onnx_model.model(blocks, x.shape), options, providers=["CPUExecutionProvider"]
        )
        shape = self.session.get_outputs()[0].shape
        self.x = onnxruntime.OrtValue.ortvalue_from_numpy(x[None])
        self.y = onnxruntime.OrtValue.ortvalue_from_shape_and_type(shape, numpy.float32)
        self.binding = self.session.io_binding()
        self.binding.bind_ortvalue_input("x", self.x)
        self.binding.bind_ortvalue_output("y", self.y)

    def run(self):
        self.session.run_with_iobinding(self.binding)

    def output(self):
        return self.y.numpy()[0]
