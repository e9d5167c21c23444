"""The messages of TensorFlow Serving, from its own package."""

import types


def serving_protos():
    """`PredictionLog`, `PredictRequest` and `PredictionServiceStub`.

    Raises:
        ImportError: Without the extra `kvideo[serving]`.
    """
    try:
        from tensorflow_serving.apis.predict_pb2 import PredictRequest
        from tensorflow_serving.apis.prediction_log_pb2 import PredictionLog
        from tensorflow_serving.apis.prediction_service_pb2_grpc import (
            PredictionServiceStub,
        )
    except ImportError as error:
        raise ImportError(
            "The messages of TensorFlow Serving come from the package "
            "tensorflow-serving-api. Install the extra: "
            '`pip install "kvideo[serving]"`.'
        ) from error
    return types.SimpleNamespace(
        PredictionLog=PredictionLog,
        PredictRequest=PredictRequest,
        PredictionServiceStub=PredictionServiceStub,
    )
