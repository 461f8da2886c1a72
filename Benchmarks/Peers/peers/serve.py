"""One peer behind a line protocol: a JSON object a line, requests in, replies out.

At the start   {"peer": NAME, "version": VERSION}, or {"missing": REASON} and the end.
prepare        {"blocks": [[layer, ...], ...], "input": FILE, "threads": 1, "lengths": [1, 5],
                "output": FILE}: compiles the first block, and the first five; writes what the first
                chain computes; replies {"form": FORM} ("" where there is only one form).
time           {"time": CHAIN, "repetitions": 3}: runs a chain once, then three times by the clock;
                replies {"microseconds": of one run}.
Any failure    {"error": REASON}.
"""

import gc
import importlib
import json
import os
import sys
from time import perf_counter_ns, sleep

import numpy

from .layers import forms, layer

# Idle workers spin for a while (ncnn's, by OpenMP, 20 ms) and would take the next library's core.
SPINNING_SECONDS = 0.025

FLOAT_PEERS = ("onnxruntime", "openvino", "ncnn", "xnnpack")
BINARY_PEERS = ("openvino", "larq", "larq_indirect")
PEERS = tuple(dict.fromkeys(FLOAT_PEERS + BINARY_PEERS))


def serve(name):
    """Answers requests on the standard streams until they end."""
    replies = _private_output()

    def reply(**message):
        replies.write(json.dumps(message) + "\n")
        replies.flush()

    try:
        peer = load(name)
    except Exception as error:
        reply(missing=_reason(error))
        return
    reply(peer=peer.NAME, version=peer.VERSION)
    gc.disable()
    chains, threads = [], 1
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if "time" in request:
                microseconds = time(chains[request["time"]], request["repetitions"])
                if threads > 1:
                    sleep(SPINNING_SECONDS)
                reply(microseconds=microseconds)
            else:
                chains, threads = [], request["threads"]
                gc.collect()
                form, chains = prepare(peer, request)
                reply(form=form)
        except Exception as error:
            reply(error=_reason(error))


def load(name):
    """The module of a peer; fails where the library is not installed."""
    return importlib.import_module(f".{name}_peer", __package__)


def prepare(peer, request):
    """The chains of a request in the peer's fastest form, after their result has been written."""
    blocks = [[layer(description) for description in block] for block in request["blocks"]]
    x, threads = numpy.load(request["input"]), request["threads"]
    choices = {
        form: [peer.Chain(same[:length], x, threads) for length in request["lengths"]]
        for form, same in forms(blocks).items()
    }
    best = min(choices, key=lambda form: _shortest(choices[form][-1]) if len(choices) > 1 else 0)
    chains = choices[best]
    chains[0].run()
    numpy.save(request["output"], numpy.ascontiguousarray(chains[0].output()))
    return best, chains


def time(chain, repetitions):
    """Microseconds of one run, after one that is not timed: the caches held another's data."""
    chain.run()
    start = perf_counter_ns()
    for _ in range(repetitions):
        chain.run()
    return (perf_counter_ns() - start) / repetitions / 1000


def _shortest(chain):
    return min(time(chain, 1) for _ in range(5))


def _reason(error):
    text = str(error).strip() or type(error).__name__
    return text.splitlines()[0]


def _private_output():
    """The standard output for replies alone: whatever a library prints goes to standard error."""
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    return replies
