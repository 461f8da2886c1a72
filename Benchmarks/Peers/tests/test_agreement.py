"""Every installed peer computes what plain NumPy computes, on small blocks of every layer.

    .venv/bin/python -m unittest discover -t . tests
"""

import unittest

import numpy

from peers import reference
from peers.layers import BinaryConvolution, Convolution, Residual, Shift, Shuffle, SqueezeExcite, forms
from peers.serve import BINARY_PEERS, FLOAT_PEERS, load

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


def binary_chains(channels):
    """One layer and three in a row, a name each."""
    random = numpy.random.default_rng(4)

    def chain(kernel, length):
        shape = (channels, channels, kernel, kernel)
        return [
            [BinaryConvolution(random.standard_normal(shape).astype(numpy.float32))]
            for _ in range(length)
        ]

    return {f"{length} of {kernel}x{kernel}": chain(kernel, length)
            for kernel in (1, 3) for length in (1, 3)}


def random_map(channels):
    x = numpy.random.default_rng(2).standard_normal((channels, HEIGHT, WIDTH))
    return x.astype(numpy.float32)


def installed(peers):
    """The modules of those peers that are there, by their names."""
    modules = {}
    for peer in peers:
        try:
            modules[peer] = load(peer)
        except ImportError as error:
            print(f"{peer} is missing: {error}")
    return modules


class Agreement(unittest.TestCase):
    def test_every_peer_agrees_with_numpy(self):
        x = random_map(CHANNELS)
        for peer, module in installed(FLOAT_PEERS).items():
            for name, block in blocks().items():
                for form, same in forms([block]).items():
                    with self.subTest(peer=peer, block=name, form=form):
                        chain = module.Chain(same, x, 1)
                        chain.run()
                        expected = reference.run([block], x)
                        self.assertEqual(chain.output().shape, expected.shape)
                        self.assertLess(abs(chain.output() - expected).max(), 1e-3)

    def test_every_peer_computes_the_same_bits(self):
        # Of 32 channels a sum of 1x1 is zero one time in seven, and so is a float now and then.
        for channels in (CHANNELS, 32, 64, 96):
            x = random_map(channels)
            x[:, 2, 3] = 0
            x[:, 0, 0] = -0.0
            for peer, module in installed(BINARY_PEERS).items():
                for name, blocks in binary_chains(channels).items():
                    with self.subTest(peer=peer, channels=channels, chain=name):
                        chain = module.Chain(blocks, x, 1)
                        chain.run()
                        numpy.testing.assert_array_equal(chain.output(), reference.run(blocks, x))

    def test_a_binary_convolution_by_hand(self):
        # The sums of two channels are 2, 0 and 0; where their weights differ, 0, 2 and -2.
        x = numpy.array([[[0.0, 3.0, -2.0]], [[-0.0, -1.0, 0.5]]])
        weights = numpy.array([[[[0.1]], [[0.2]]], [[[5.0]], [[-1.0]]]])
        signs = reference.run([[BinaryConvolution(weights)]], x)
        numpy.testing.assert_array_equal(signs, [[[1, 1, 1]], [[1, 1, -1]]])
        # One pixel of -1, of which the window takes the opposite, and eight times +1 around it.
        window = numpy.full((1, 1, 3, 3), -1.0)
        window[0, 0, 0] = 1.0
        signs = reference.run([[BinaryConvolution(window)]], numpy.array([[[-1.0]]]))
        numpy.testing.assert_array_equal(signs, [[[-1]]])
        window[0, 0, 2, 2] = 1.0
        signs = reference.run([[BinaryConvolution(window)]], numpy.array([[[-1.0]]]))
        numpy.testing.assert_array_equal(signs, [[[1]]])

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
