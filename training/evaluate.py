"""Measure a network: the same code as `kvideo evaluate`.

python training/evaluate.py runs/x/best.keras data/motion/test
"""

import sys

from kvideo.cli import app

app(["evaluate", *sys.argv[1:]])
