"""XNNPACK inside LiteRT: channels innermost, which is the only layout it has."""

from importlib.metadata import version

import numpy
from ai_edge_litert.interpreter import Interpreter

from . import tflite_model

NAME = "XNNPACK"
VERSION = f"in LiteRT {version('ai-edge-litert')}"


class Chain:
    """Blocks in an interpreter that has handed their convolutions to XNNPACK."""

    def __init__(self, blocks, x, threads):
        # The interpreter reads from this memory as long as it lives.
        self.content = tflite_model.model(blocks, x.shape)
        self.interpreter = Interpreter(model_content=self.content, num_threads=threads)
        self.interpreter.allocate_tensors()
        self.y = self.interpreter.get_output_details()[0]["index"]
        # A quiet return to the interpreter's own kernels would compare with something else.
        operators = self.interpreter._get_ops_details()
        if not any(o["op_name"] == "DELEGATE" and self.y in o["outputs"] for o in operators):
            raise RuntimeError("LiteRT did not delegate the blocks to XNNPACK")
        inputs = self.interpreter.get_input_details()[0]["index"]
        self.interpreter.set_tensor(inputs, numpy.ascontiguousarray(x.transpose(1, 2, 0)[None]))

    def run(self):
        self.interpreter.invoke()

    def output(self):
        return self.interpreter.get_tensor(self.y)[0].transpose(2, 0, 1)
