"""The public networks: one function for each family, as keras.applications.

Sizes are rows of a `VARIANTS` table beside the function; all names together
are in the registry (`kvideo.list_models()`).
"""

from kvideo.applications.bqn import BQN
from kvideo.applications.btsnet import BTSNet
from kvideo.applications.cidc import CIDC, attach_cidc
from kvideo.applications.counting import count
from kvideo.applications.dan import DAN
from kvideo.applications.gdn import GDN
from kvideo.applications.gst import GST
from kvideo.applications.inception_resnet_v2 import InceptionResNetV2
from kvideo.applications.mobilenet_v2 import MobileNetV2TSM
from kvideo.applications.mt_resnet import MTResNet50
from kvideo.applications.mtnet import MTNet
from kvideo.applications.registry import create_model, list_models, model_info
from kvideo.applications.resnet import (
    C2D,
    I3D,
    R3D,
    TSM,
    TSN,
    ResNet2D,
    ResNeXt3D,
    SlowOnly,
    TSMResNet,
)
from kvideo.applications.rnl import RNLNet
from kvideo.applications.slowfast import SlowFast
from kvideo.applications.streaming import initial_states, stream, to_online
from kvideo.applications.tesnet import TeSNet
from kvideo.applications.two_stream import two_stream
from kvideo.applications.x3d import X3D

__all__ = [
    "BQN",
    "C2D",
    "CIDC",
    "DAN",
    "GDN",
    "GST",
    "I3D",
    "R3D",
    "TSM",
    "TSN",
    "X3D",
    "BTSNet",
    "InceptionResNetV2",
    "MTNet",
    "MTResNet50",
    "MobileNetV2TSM",
    "RNLNet",
    "ResNeXt3D",
    "ResNet2D",
    "SlowFast",
    "SlowOnly",
    "TSMResNet",
    "TeSNet",
    "attach_cidc",
    "count",
    "create_model",
    "initial_states",
    "list_models",
    "model_info",
    "stream",
    "to_online",
    "two_stream",
]
