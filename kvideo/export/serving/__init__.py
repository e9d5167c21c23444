"""TensorFlow Serving: the folder that it reads, and a client.

`layout.py` writes a network as the next version in a folder of models,
`warmup.py` the requests that a server runs before it answers, `config.py` what
configures it, and `client.py` asks it about video files. See docs/serving.md.
"""

from kvideo.lazy import lazy

_HOMES = {
    "Client": "client",
    "ServerError": "transports",
    "export_serving": "layout",
    "next_version": "layout",
    "warmup_requests": "warmup",
    "write_configs": "config",
}

__getattr__, __dir__, __all__ = lazy(__name__, _HOMES)
