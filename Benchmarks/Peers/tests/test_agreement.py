"""Every installed peer computes what plain NumPy computes, on small blocks of every layer.

    .venv/bin/python -m unittest discover -t . tests
"""

import unittest

import numpy

from peers import reference
from peers.layers import Convolution, Residual, Shift, Shuffle, SqueezeExcite, forms
from peers.serve import PEERS, load

CHANNELS, HEIGHT, WIDTH = 24, 7, 10


def blocks():
    """A block a name, with random weights."""
    random = numpy.random.default_rng(1)

    def convolution(inputs, outputs, kernel, groups=1, activation="identity", bias=True):
        fan = inputs // groups * kernel**2
        weights = random.standard_normal((outputs, inputs // groups, kernel, kernel))
        return Convolution(
            (weights / fan**0.5).astype(numpy.float32),
            random.standard_normal(outputs).astype(numpy.float32) if bias else None,
            groups, activation,
        )

    c, e = CHANNELS, 2 * CHANNELS
    nine = tuple((2, offset // 3 - 1, offset % 3 - 1) for offset in range(9))
    gate = SqueezeExcite(
        convolution(e, 5, 1, activation="swish"), convolution(5, e, 1, activation="sigmoid")
    )
    return {
        "pointwise": [convolution(c, e, 1)],
        "dense 3x3": [convolution(c, c, 3)],
        "grouped without bias": [convolution(c, c, 3, c // 4, bias=False)],
        "depthwise": [convolution(c, c, 3, c, "relu6")],
        "shift": [Shift((*nine, (6, 0, 0))), convolution(c, c, 1)],
        "interleaved": [convolution(c, c, 1, 6), Shuffle(6), convolution(c, c, 1, 4)],
        "inverted residual": [
            convolution(c, e, 1, 2), Shuffle(2), convolution(e, e, 3, e, "relu6"),
            convolution(e, c, 1, 2), Residual(),
        ],
        "squeeze-excite": [
            convolution(c, e, 1, 1, "swish"), convolution(e, e, 3, e, "swish"), gate,
            convolution(e, c, 1), Residual(),
        ],
    }


class Agreement(unittest.TestCase):
    def test_every_peer_agrees_with_numpy(self):
        x = numpy.random.default_rng(2).standard_normal((CHANNELS, HEIGHT, WIDTH))
        x = x.astype(numpy.float32)
        for peer in PEERS:
            try:
                module = load(peer)
            except ImportError as error:
                print(f"{peer} is missing: {error}")
                continue
            for name, block in blocks().items():
                for form, same in forms([block]).items():
                    with self.subTest(peer=peer, block=name, form=form):
                        chain = module.Chain(same, x, 1)
                        chain.run()
                        expected = reference.run([block], x)
                        self.assertEqual(chain.output().shape, expected.shape)
                        self.assertLess(abs(chain.output() - expected).max(), 1e-3)

    def test_the_reference_tells_a_wrong_block(self):
        x = numpy.random.default_rng(3).standard_normal((CHANNELS, HEIGHT, WIDTH))
        block = blocks()["interleaved"]
        wrong = [block[0], Shuffle(4), block[2]]
        self.assertGreater(abs(reference.run([wrong], x) - reference.run([block], x)).max(), 0.1)

    def test_a_shift_by_hand(self):
        x = numpy.arange(12.0).reshape(2, 2, 3)
        moved = reference.run([[Shift(((1, 0, 1), (1, -1, 0)))]], x)
        numpy.testing.assert_array_equal(moved[0], [[1, 2, 0], [4, 5, 0]])
        numpy.testing.assert_array_equal(moved[1], [[0, 0, 0], [6, 7, 8]])


if __name__ == "__main__":
    unittest.main()
