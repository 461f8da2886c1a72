"""Runs `convbench run` on random NumPy files and compares with plain NumPy.

usage: numpy-check.py CONVBENCH FOLDER
"""

import itertools
import subprocess
import sys
from pathlib import Path

import numpy as np

convbench, folder = sys.argv[1], Path(sys.argv[2])
random = np.random.default_rng(7)


def real(*shape):
    return random.standard_normal(shape).astype(np.float32)


def displaced(plane, dy, dx):
    """plane[y + dy, x + dx], zero outside."""
    height, width = plane.shape
    y, x = np.arange(height) + dy, np.arange(width) + dx
    inside = ((y >= 0) & (y < height))[:, None] & ((x >= 0) & (x < width))[None, :]
    taken = plane[np.clip(y, 0, height - 1)][:, np.clip(x, 0, width - 1)]
    return np.where(inside, taken, 0)


def convolve(x, w, groups=1, stride=1, border=None):
    """A grouped convolution with `border` pixels of zeros (half the kernel unless given)."""
    outputs, members, kh, kw = w.shape
    top, left = (kh // 2, kw // 2) if border is None else (border, border)
    padded = np.pad(x.astype(np.float64), ((0, 0), (0, 0), (top, top), (left, left)))
    height = (padded.shape[2] - kh) // stride + 1
    width = (padded.shape[3] - kw) // stride + 1
    y = np.zeros((x.shape[0], outputs, height, width))
    for d, c, i, j in itertools.product(range(outputs), range(members), range(kh), range(kw)):
        channel = d // (outputs // groups) * members + c
        rows = slice(i, i + stride * (height - 1) + 1, stride)
        columns = slice(j, j + stride * (width - 1) + 1, stride)
        y[:, d] += w[d, c, i, j] * padded[:, channel, rows, columns]
    return y


def check(name, expected, **files):
    arguments = [convbench, "run", "--operator", name.split()[0], "--output", str(folder / "y.npy")]
    for option, value in files.items():
        if isinstance(value, (np.ndarray, list)):
            arrays = value if isinstance(value, list) else [value]
            paths = [folder / f"{option}{i}.npy" for i in range(len(arrays))]
            for path, array in zip(paths, arrays):
                np.save(path, array)
            value = ",".join(map(str, paths))
        arguments += [f"--{option}", str(value)]
    subprocess.run(arguments, check=True, stdout=subprocess.DEVNULL)
    found = np.load(folder / "y.npy")
    assert found.shape == expected.shape, (name, found.shape)
    if name.startswith("binary"):
        assert found.dtype == np.int32 and (found == expected).all(), name
        print(f"{name}: exact")
        return
    assert found.dtype == np.float32, (name, found.dtype)
    error = np.abs(found - expected).max() / max(1, np.abs(expected).max())
    print(f"{name}: largest error {error:.1e}")
    assert error < 1e-5, name


x = real(2, 12, 9, 7)
w, b = real(10, 12, 1, 1), real(10)
check("pointwise", np.maximum(convolve(x, w) + b[None, :, None, None], 0),
      input=x, weights=w, bias=b, activation="relu")
w = real(8, 3, 3, 3)
check("grouped", convolve(x, w, groups=4, stride=2), input=x, weights=w, groups=4, stride=2)
w = real(12, 1, 5, 5)
check("depthwise", convolve(x, w, groups=12), input=x, weights=w)
w = real(6, 12, 3, 3)
check("window", convolve(x, w, border=0), input=x, weights=w, padding="valid")
w, s = real(6, 12, 1, 1), random.integers(-3, 4, (12, 2))
moved = np.stack([[displaced(x[n, c], *s[c]) for c in range(12)] for n in range(2)])
check("shift", convolve(moved, w, stride=2), input=x, weights=w, shifts=s, stride=2)
a = random.uniform(-2, 2, (12, 2)).astype(np.float32)
moved = np.zeros(x.shape)
for n, c in itertools.product(range(2), range(12)):
    low = np.floor(a[c]).astype(int)
    f = a[c].astype(np.float64) - low
    for i, j in itertools.product(range(2), range(2)):
        weight = (f[0] if i else 1 - f[0]) * (f[1] if j else 1 - f[1])
        moved[n, c] += weight * displaced(x[n, c].astype(np.float64), low[0] + i, low[1] + j)
check("active-shift", convolve(moved, w), input=x, weights=w, shifts=a)
primary, secondary = real(12, 3, 3, 3), real(12, 4, 1, 1)
y = convolve(x, primary, groups=4)
permuted = y.reshape(2, 4, 3, 9, 7).swapaxes(1, 2).reshape(y.shape)
mixed = convolve(permuted, secondary, groups=3)
expected = mixed.reshape(2, 3, 4, 9, 7).swapaxes(1, 2).reshape(y.shape)
check("igcv1", expected, input=x, weights=[primary, secondary], groups="4,3")


def sign(values):
    """-1 and +1; 0 becomes +1."""
    return np.where(values >= 0, 1, -1)


w = real(10, 12, 1, 1)
check("binary1x1", convolve(sign(x), sign(w)), input=x, weights=w)
w, t = real(6, 12, 3, 3), real(12)
ones = (x >= t[None, :, None, None]).astype(np.int64)
check("binary3x3 of 0 and 1", convolve(ones, sign(w), stride=2),
      input=x, weights=w, thresholds=t, encoding="01", stride=2)
w = real(8, 3, 3, 3)
check("binary-grouped3x3", convolve(sign(x), sign(w), groups=4), input=x, weights=w, groups=4)
w = real(6, 12, 1, 1)
moved = np.stack([[displaced(sign(x[n, c]), *s[c]) for c in range(12)] for n in range(2)])
check("binary-shift", convolve(moved, sign(w)), input=x, weights=w, shifts=s)
