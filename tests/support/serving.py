"""TensorFlow Serving for tests: the program itself, or what it promises.

Where `tensorflow_model_server` is on the PATH it is started. Elsewhere a small
server answers over the same SavedModel, as "RESTful API" of the documentation
of TensorFlow Serving and its `prediction_service.proto` say.
"""

import base64
import contextlib
import http.server
import json
import shutil
import socket
import subprocess
import threading
import time
import urllib.request
from concurrent import futures

import grpc
import numpy as np
import tensorflow as tf
from tensorflow_serving.apis import (
    predict_pb2,
    prediction_service_pb2_grpc,
)

PROGRAM = shutil.which("tensorflow_model_server")


@contextlib.contextmanager
def serve(folder):
    """Serves `NAME/VERSION/saved_model.pb`; yields URLs: (REST, gRPC)."""
    start = _program if PROGRAM else _stand_in
    with start(folder) as (rest, grpc_port):
        yield f"http://localhost:{rest}", f"grpc://localhost:{grpc_port}"


@contextlib.contextmanager
def _program(folder):
    rest, grpc_port = _free_port(), _free_port()
    process = subprocess.Popen(
        [
            PROGRAM,
            f"--port={grpc_port}",
            f"--rest_api_port={rest}",
            f"--model_name={folder.name}",
            f"--model_base_path={folder.absolute()}",
        ]
    )
    try:
        _wait(f"http://localhost:{rest}/v1/models/{folder.name}")
        yield rest, grpc_port
    finally:
        process.terminate()
        process.wait()


def _wait(url):
    for _ in range(120):
        with (
            contextlib.suppress(OSError),
            urllib.request.urlopen(url) as answer,
        ):
            if b"AVAILABLE" in answer.read():
                return
        time.sleep(0.5)
    raise AssertionError(f"No answer from {url}")


def _free_port():
    with socket.socket() as found:
        found.bind(("localhost", 0))
        return found.getsockname()[1]


@contextlib.contextmanager
def _stand_in(folder):
    version = max((p for p in folder.iterdir()), key=lambda p: int(p.name))
    loaded = tf.saved_model.load(str(version))
    handler = type("Handler", (_Rest,), {"loaded": loaded, "name": folder.name})
    rest = http.server.ThreadingHTTPServer(("localhost", 0), handler)
    threading.Thread(target=rest.serve_forever, daemon=True).start()
    server = grpc.server(futures.ThreadPoolExecutor(1))
    prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(
        _Grpc(loaded, folder.name), server
    )
    port = server.add_insecure_port("localhost:0")
    server.start()
    try:
        yield rest.server_port, port
    finally:
        server.stop(None)
        rest.shutdown()
        rest.server_close()


def _run(loaded, signature, inputs):
    """Name -> array, as the C++ runtime gives it."""
    tensors = {name: tf.constant(value) for name, value in inputs.items()}
    outputs = loaded.signatures[signature](**tensors)
    return {name: value.numpy() for name, value in outputs.items()}


class _Rest(http.server.BaseHTTPRequestHandler):
    """`POST /v1/models/NAME:predict` in the row format."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path != f"/v1/models/{self.name}:predict":
            self._answer(404, {"error": "Servable not found for request"})
            return
        try:
            request = json.loads(body)
            rows = [_without_b64(row) for row in request["instances"]]
            inputs = {n: [row[n] for row in rows] for n in rows[0]}
            outputs = _run(self.loaded, request["signature_name"], inputs)
        except (KeyError, ValueError, tf.errors.OpError) as error:
            self._answer(400, {"error": str(error)})
            return
        count = len(rows)
        rows = [
            {name: _plain(value[i]) for name, value in outputs.items()}
            for i in range(count)
        ]
        self._answer(200, {"predictions": rows})

    def _answer(self, status, body):
        body = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        """Tests print nothing."""


def _without_b64(value):
    """Binary text travels as `{"b64": ...}`."""
    if isinstance(value, dict) and list(value) == ["b64"]:
        return base64.b64decode(value["b64"])
    if isinstance(value, dict):
        return {k: _without_b64(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_without_b64(v) for v in value]
    return value


def _plain(array):
    return [v.decode() if isinstance(v, bytes) else v for v in array.tolist()]


class _Grpc(prediction_service_pb2_grpc.PredictionServiceServicer):
    """`Predict`."""

    def __init__(self, loaded, name):
        self.loaded, self.name = loaded, name

    def Predict(self, request, context):
        if request.model_spec.name != self.name:
            context.abort(grpc.StatusCode.NOT_FOUND, "Servable not found")
        inputs = {n: tf.make_ndarray(t) for n, t in request.inputs.items()}
        try:
            outputs = _run(
                self.loaded, request.model_spec.signature_name, inputs
            )
        except tf.errors.InvalidArgumentError as error:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, error.message)
        answer = predict_pb2.PredictResponse()
        for name, value in outputs.items():
            answer.outputs[name].CopyFrom(tf.make_tensor_proto(np.array(value)))
        return answer
