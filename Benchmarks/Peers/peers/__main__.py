"""python -m peers NAME: serves one peer on the standard streams (see serve.py)."""

import sys

from .serve import PEERS, serve

if len(sys.argv) != 2 or sys.argv[1] not in PEERS:
    sys.exit(f"usage: python -m peers {'|'.join(PEERS)}")
serve(sys.argv[1])
