"""What configures a server: models, batching, and a container.

Text forms of `ModelServerConfig` and `BatchingParameters` (TensorFlow Serving,
`model_server_config.proto` and `session_bundle_config.proto`), and a file for
`docker compose`.
"""

from pathlib import Path

from kvideo.files import write_atomically

ROOT = "/models"  # where the container sees the folder

MODEL = """\
  config {{
    name: "{name}"
    base_path: "{root}/{name}"
    model_platform: "tensorflow"
  }}
"""

# Requests that wait are answered together. A clip that cannot be decoded
# fails all that are answered with it, so that this is for trusted clients.
BATCHING = """\
max_batch_size { value: 16 }
batch_timeout_micros { value: 5000 }
max_enqueued_batches { value: 64 }
num_batch_threads { value: 2 }
"""

COMPOSE = f"""\
# docker compose up; REST on port 8501, gRPC on port 8500.
services:
  serving:
    image: tensorflow/serving:${{TF_SERVING_TAG:-latest}}
    ports:
      - "8500:8500"
      - "8501:8501"
    volumes:
      - ./:{ROOT}:ro
    command:
      - --model_config_file={ROOT}/models.config
      - --model_config_file_poll_wait_seconds=60
      # For trusted clients only (docs/serving.md):
      # - --enable_batching=true
      # - --batching_parameters_file={ROOT}/batching.config
    restart: unless-stopped
"""


def write_configs(base):
    """Writes the files for all models in a folder.

    `models.config` is written anew; `batching.config` and
    `docker-compose.yml`, which people edit, only where there is none.

    Args:
        base: The folder of models, see `layout.py`.
    """
    base = Path(base)
    models = sorted(
        folder.name
        for folder in base.iterdir()
        if any(path.name.isdecimal() for path in folder.glob("[0-9]*"))
    )
    write_atomically(base / "models.config", models_config(models).encode())
    for name, text in (
        ("batching.config", BATCHING),
        ("docker-compose.yml", COMPOSE),
    ):
        if not (base / name).exists():
            write_atomically(base / name, text.encode())


def models_config(names):
    """The text form of a `ModelServerConfig`."""
    models = "".join(MODEL.format(name=name, root=ROOT) for name in names)
    return f"model_config_list {{\n{models}}}\n"
