"""Larq Compute Engine with its indirect kernels, for which it must be asked: portable C++ on x86."""

from . import larq_peer

NAME = "Larq (indirect)"
VERSION = larq_peer.VERSION


class Chain(larq_peer.Chain):
    """Blocks in an interpreter that gathers taps by pointers, without im2col."""

    KERNELS = {"use_indirect_bgemm": True}
