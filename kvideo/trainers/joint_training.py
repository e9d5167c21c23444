"""Joint training of a projection and of the classifier that it feeds.

Source: G. Huang, thesis, 2022, section 3.5.4 and Table 3.9. L1 is the loss of
the projection (ENoPR) and changes the projection's weights alone, Theta1; L2
is the classifier's and changes all, Theta1 and Theta2.

Decisions:
- `"mgda"` (Algorithm 1) weights the two gradients of Theta1 alone; Theta2
  takes the gradient of L2 whole. `"fixed"` and `"schedule"` scale the losses
  (Eq. 3.15), and so Theta2's gradient too, by 1 - alpha.
- alpha does not depend on the factor by which an optimizer for float16 scales
  the losses, so that nothing is unscaled before it is found.
- `"separate"` trains the projection for `projection_steps`, then freezes it:
  neither momentum, nor weight decay, nor its normalisation moves it then.
- Tested on one device. Under a distribution strategy each replica would find
  an alpha of its own: `fit` refuses one.
"""

from contextlib import contextmanager

import keras
import tensorflow as tf

from kvideo.layers import PixelWiseTemporalProjection
from kvideo.objectives import gramian, min_norm_weights, scale_schedule

STRATEGIES = ("mgda", "fixed", "schedule", "separate")
GRADIENTS = ("alpha", "projection_gradient", "classifier_gradient")
ZEROS = {"unconnected_gradients": tf.UnconnectedGradients.ZERO}


@keras.saving.register_keras_serializable(package="kvideo")
class JointTraining(keras.Model):
    """Trains a network with the loss of its projection beside its own.

    `compile` and `fit` it as any model; `trainer.network` is the plain network
    to evaluate, save and export. The logs have `loss` (L2), `projection_loss`
    (L1), `alpha`, and the norms of both gradients of Theta1,
    `projection_gradient` and `classifier_gradient`.

    Args:
        network: A `keras.Model` with a `PixelWiseTemporalProjection` whose
            `loss_weight` is not 0, e.g. `kvideo.applications.DAN(...)`. L1 is
            what the layer adds, so with its weight.
        strategy: `"mgda"`: alpha from the gradients (Eq. 3.18); `"fixed"`;
            `"schedule"`: Eq. 3.19; `"separate"`: one after the other.
        alpha: Share of L1, in [0, 1]; for `"fixed"`.
        total_steps: Steps of the training; for `"schedule"`.
        gamma, lambda_, form: Of `kvideo.objectives.scale_schedule`.
        projection_steps: Steps of the projection alone; for `"separate"`.
        **kwargs: `name`.

    Raises:
        ValueError: If the network has no such loss, or a strategy lacks its
            number of steps. From `fit`: under a distribution strategy, and
            for `"separate"` with `use_ema`.
    """

    def __init__(
        self,
        network,
        strategy="mgda",
        alpha=0.5,
        total_steps=None,
        gamma=0.2,
        lambda_=0.3,
        form="linear",
        projection_steps=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.network = network
        self.strategy = strategy
        self.alpha = alpha
        self.total_steps = total_steps
        self.gamma = gamma
        self.lambda_ = lambda_
        self.form = form
        self.projection_steps = projection_steps
        self._check_arguments()
        self.projection_loss = keras.metrics.Mean(name="projection_loss")
        self.gradient_metrics = [keras.metrics.Mean(name=n) for n in GRADIENTS]

    def _check_arguments(self):
        if self.strategy not in STRATEGIES:
            raise ValueError(
                f"`strategy` must be one of {STRATEGIES}. Received: "
                f"strategy={self.strategy!r}."
            )
        if not 0 <= self.alpha <= 1:
            raise ValueError(
                f"`alpha` must be in [0, 1]. Received: alpha={self.alpha}."
            )
        needed = {"schedule": "total_steps", "separate": "projection_steps"}
        name = needed.get(self.strategy)
        if name and getattr(self, name) is None:
            raise ValueError(
                f"strategy={self.strategy!r} needs `{name}`: steps, that is "
                "batches, not epochs."
            )
        if not any(layer.loss_weight for layer in self.projections):
            raise ValueError(
                "Joint training needs the loss of a "
                "PixelWiseTemporalProjection, which the network does not "
                f"add. Received: network={self.network.name!r}. Build it "
                "with one, and with a `loss_weight` above 0."
            )

    @property
    def projections(self):
        """The layers whose weights are Theta1."""
        return [
            layer
            for layer in self.network._flatten_layers()
            if isinstance(layer, PixelWiseTemporalProjection)
        ]

    @property
    def losses(self):
        """What `compute_loss` adds to the classifier's: all but L1."""
        own = {id(x) for layer in self.projections for x in layer.losses}
        return [x for x in super().losses if id(x) not in own]

    def call(self, inputs, training=None):
        return self.network(inputs, training=training)

    def train_step(self, data):
        self._check_setting()
        if not self.optimizer.built:
            # Or the first part of the weights would be all that it knows.
            with tf.init_scope():
                self.optimizer.build(self.trainable_weights)
        if self.strategy != "separate":
            return self._joint_step(data)
        early = self.optimizer.iterations < self.projection_steps
        return tf.cond(
            early,
            lambda: self._projection_step(data),
            lambda: self._classifier_step(data),
        )

    def _check_setting(self):
        if tf.distribute.has_strategy():
            raise ValueError(
                "JointTraining runs on one device: under a distribution "
                "strategy each replica would find an alpha of its own. "
                "Build and compile it outside of `strategy.scope()`."
            )
        if self.strategy == "separate" and self.optimizer.use_ema:
            raise ValueError(
                "strategy='separate' changes some of the weights at a time, "
                "for which Keras' averages (use_ema) are not made. Leave "
                "use_ema out, or average with a callback."
            )

    def _joint_step(self, data):
        with tf.GradientTape(persistent=True) as tape:
            first, second = self._both_losses(data)
            scaled = [self.optimizer.scale_loss(x) for x in (first, second)]
        theta1, theta2 = self._weights()
        g1 = tape.gradient(scaled[0], theta1, **ZEROS)
        g2 = tape.gradient(scaled[1], theta1 + theta2, **ZEROS)
        g2, rest = g2[: len(theta1)], g2[len(theta1) :]
        products = gramian([g1, g2])
        alpha = self._alpha(products)
        pairs = zip(g1, g2, strict=True)
        shared = [alpha * a + (1 - alpha) * b for a, b in pairs]
        if self.strategy != "mgda":
            rest = [(1 - alpha) * g for g in rest]
        self._apply(shared + rest, theta1 + theta2)
        return self._results(alpha, products)

    def _projection_step(self, data):
        """L1 on Theta1 alone."""
        with tf.GradientTape() as tape:
            first, _ = self._both_losses(data)
            scaled = self.optimizer.scale_loss(first)
        theta1, _ = self._weights()
        gradients = tape.gradient(scaled, theta1, **ZEROS)
        self._apply(gradients, theta1)
        none = [tf.zeros_like(g) for g in gradients]
        return self._results(1.0, gramian([gradients, none]))

    def _classifier_step(self, data):
        """L2 on Theta2 alone, the projection as it is in use."""
        with self._frozen(), tf.GradientTape() as tape:
            _, second = self._both_losses(data)
            scaled = self.optimizer.scale_loss(second)
        _, theta2 = self._weights()
        self._apply(tape.gradient(scaled, theta2, **ZEROS), theta2)
        return self._results(0.0, tf.zeros((2, 2)))

    def test_step(self, data):
        self._both_losses(data, training=False)
        results = self.get_metrics_result()
        return {k: v for k, v in results.items() if k not in GRADIENTS}

    def _both_losses(self, data, training=True):
        """L1 and L2 of a batch; all metrics but those of gradients see it."""
        x, y, weight = keras.utils.unpack_x_y_sample_weight(data)
        outputs = self(x, training=training)
        second = self.compute_loss(x, y, outputs, weight, training=training)
        first = sum(x for layer in self.projections for x in layer.losses)
        count = tf.shape(keras.tree.flatten(x)[0])[0]
        for metric in self.metrics:
            if metric.name == "loss":
                metric.update_state(second, sample_weight=count)
        self.projection_loss.update_state(first, sample_weight=count)
        self.compute_metrics(x, y, outputs, sample_weight=weight)
        return first, second

    def _results(self, alpha, products):
        """Logs, with the norms of the gradients that `gramian` multiplied."""
        scale = self.optimizer.scale_loss(tf.constant(1.0))
        norms = tf.sqrt(tf.linalg.diag_part(products)) / scale
        values = (alpha, *tf.unstack(norms))
        for metric, value in zip(self.gradient_metrics, values, strict=True):
            # A step whose gradients overflow float16 is not made.
            finite = tf.math.is_finite(value)
            metric.update_state(
                tf.where(finite, value, 0.0),
                sample_weight=tf.cast(finite, tf.float32),
            )
        return self.get_metrics_result()

    def _apply(self, gradients, weights):
        """In the order in which the optimizer knows the weights."""
        found = dict(zip(map(id, weights), gradients, strict=True))
        weights = [w for w in self.trainable_weights if id(w) in found]
        self.optimizer.apply([found[id(w)] for w in weights], weights)

    @contextmanager
    def _frozen(self):
        """While a step is traced: projections as in inference."""
        for layer in self.projections:
            layer.trainable = False
        try:
            yield
        finally:
            for layer in self.projections:
                layer.trainable = True

    def _weights(self):
        """Theta1 and Theta2."""
        theta1 = [w for p in self.projections for w in p.trainable_weights]
        known = {id(w) for w in theta1}
        theta2 = [w for w in self.trainable_weights if id(w) not in known]
        return theta1, theta2

    def _alpha(self, products):
        if self.strategy == "mgda":
            return min_norm_weights(products)[0]
        if self.strategy == "fixed":
            return tf.constant(self.alpha, tf.float32)
        return scale_schedule(
            self.optimizer.iterations,
            self.total_steps,
            self.gamma,
            self.lambda_,
            self.form,
        )

    def get_config(self):
        return {
            **super().get_config(),
            "network": keras.saving.serialize_keras_object(self.network),
            "strategy": self.strategy,
            "alpha": self.alpha,
            "total_steps": self.total_steps,
            "gamma": self.gamma,
            "lambda_": self.lambda_,
            "form": self.form,
            "projection_steps": self.projection_steps,
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        network = keras.saving.deserialize_keras_object(
            config["network"], custom_objects=custom_objects
        )
        return cls(**{**config, "network": network})
