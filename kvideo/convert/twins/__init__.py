"""PyTorch networks whose tensors have the names of released checkpoints.

Only their forward pass is used, to prove a conversion. They are written from
the published descriptions of the networks; what a checkpoint does not show,
such as strides, is stated here and not taken from kvideo's tables, so that
the proof tests those tables too.
"""
