"""Larq Compute Engine as it comes: on x86 its kernels for bits are the reference ones."""

import importlib.util
import sys
from importlib.metadata import version
from types import ModuleType

import numpy

from . import tflite_model


def _interpreter():
    # The package's first module imports TensorFlow, which only its converter needs.
    name = "larq_compute_engine"
    spec = importlib.util.find_spec(name)
    if spec is None:
        raise ModuleNotFoundError(f"No module named '{name}'")
    package = ModuleType(name)
    package.__path__ = spec.submodule_search_locations
    sys.modules.setdefault(name, package)
    from larq_compute_engine.tflite.python.interpreter import Interpreter

    return Interpreter


Interpreter = _interpreter()
NAME = "Larq Compute Engine"
VERSION = version("larq-compute-engine")


class Chain:
    """Blocks in an interpreter; a call copies its input in and its output out."""

    KERNELS = {}

    def __init__(self, blocks, x, threads):
        content = tflite_model.model(blocks, x.shape)
        self.interpreter = Interpreter(content, num_threads=threads, **self.KERNELS).interpreter
        self.x = [numpy.ascontiguousarray(x.transpose(1, 2, 0)[None])]
        self.y = None

    def run(self):
        (self.y,) = self.interpreter.predict(self.x)

    def output(self):
        return self.y[0].transpose(2, 0, 1)
