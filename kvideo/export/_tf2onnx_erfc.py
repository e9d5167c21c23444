"""What tf2onnx does not know: Keras' exact GELU, x erfc(-x / sqrt 2) / 2.

ONNX has erf only, and erfc = 1 - erf. Importing this file is enough.
"""

import numpy as np
from tf2onnx.handler import tf_op


@tf_op("Erfc")
class Erfc:
    """The handler, in the form that tf2onnx asks for."""

    @classmethod
    def version_9(cls, ctx, node, **kwargs):
        """Opset 9 has the first Erf."""
        erf = ctx.make_node("Erf", node.input)
        one = ctx.make_const(f"{node.name}_one", np.array(1, "float32"))
        node.type = "Sub"
        ctx.replace_inputs(node, [one.output[0], erf.output[0]])
