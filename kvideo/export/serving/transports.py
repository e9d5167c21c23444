"""How a request for `serve_jpeg` travels: REST or gRPC.

Both take lists of images and return what the server says of each clip:
`probabilities` (B, classes), `class_ids` and `class_names` (B, k).

Source: "RESTful API" of the documentation of TensorFlow Serving; its
`prediction_service.proto`.
"""

import base64
import http.client
import json
import urllib.error
import urllib.request

from kvideo.export.serving.protos import serving_protos

SIGNATURE = "serve_jpeg"
OUTPUTS = ("probabilities", "class_ids", "class_names")
# What talking to another program than TensorFlow Serving ends in.
_NO_ANSWER = (
    *(OSError, http.client.HTTPException),
    *(ValueError, KeyError, TypeError),
)


class ServerError(RuntimeError):
    """A server that refused a request, or that did not answer."""


class Rest:
    """JSON over HTTP, with the standard library.

    Args:
        url: Such as `"http://localhost:8501"`.
        name: Of the model on the server.
        timeout: Seconds to wait for an answer.
    """

    def __init__(self, url, name, timeout):
        self.url = f"{url.rstrip('/')}/v1/models/{name}:predict"
        self.timeout = timeout

    def __call__(self, clips):
        """Asks about clips, a list of T images for each."""
        instances = [
            {"frames": [{"b64": base64.b64encode(i).decode()} for i in clip]}
            for clip in clips
        ]
        body = {"signature_name": SIGNATURE, "instances": instances}
        return self._post(json.dumps(body).encode())

    def _post(self, body):
        request = urllib.request.Request(
            self.url, body, {"Content-Type": "application/json"}
        )
        try:
            with urllib.request.urlopen(
                request, timeout=self.timeout
            ) as response:
                rows = json.load(response)["predictions"]
            return {name: [row[name] for row in rows] for name in OUTPUTS}
        except urllib.error.HTTPError as error:
            text = error.read().decode(errors="replace")
            raise ServerError(
                f"The server refused the request (HTTP {error.code}): "
                f"{_reason(text)}"
            ) from error
        except _NO_ANSWER as error:
            raise ServerError(
                f"'{self.url}' does not answer as TensorFlow Serving does. Is "
                f"it running, and is this its REST port? {error}"
            ) from error


class Grpc:
    """Protocol buffers over HTTP/2; needs the extra `kvideo[serving]`.

    Args:
        url: Such as `"grpc://localhost:8500"`.
        name: Of the model on the server.
        timeout: Seconds to wait for an answer.
    """

    def __init__(self, url, name, timeout):
        self.protos = serving_protos()
        import grpc

        address = url.removeprefix("grpc://").rstrip("/")
        # Answers hold numbers only, but requests may pass the 4 MB of gRPC.
        options = [("grpc.max_send_message_length", -1)]
        channel = grpc.insecure_channel(address, options)
        self.ask = self.protos.PredictionServiceStub(channel).Predict
        self.address, self.name, self.timeout = address, name, timeout

    def __call__(self, clips):
        """Asks about clips, a list of T images for each."""
        import grpc
        import tensorflow as tf

        request = self.protos.PredictRequest()
        request.model_spec.name = self.name
        request.model_spec.signature_name = SIGNATURE
        request.inputs["frames"].CopyFrom(tf.make_tensor_proto(clips))
        try:
            answer = self.ask(request, timeout=self.timeout)
        except grpc.RpcError as error:
            raise ServerError(
                f"The server at {self.address} refused the request, or does "
                f"not answer ({error.code().name}): {error.details()}"
            ) from error
        found = {n: tf.make_ndarray(answer.outputs[n]) for n in OUTPUTS}
        names = [[n.decode() for n in row] for row in found["class_names"]]
        return found | {"class_names": names}


def _reason(text):
    try:
        return json.loads(text)["error"]
    except (json.JSONDecodeError, KeyError, TypeError):
        return text[:500]
