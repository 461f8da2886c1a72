"""Other libraries for convolutions, run on blocks that are described as lists of layers."""
