"""Train a network: the same code as `kvideo train`.

python training/train.py data/motion/train --model bqn_nano --out runs/x
"""

import sys

from kvideo.cli import app

app(["train", *sys.argv[1:]])
