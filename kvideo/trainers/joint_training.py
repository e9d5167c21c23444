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
- Under a distribution strategy alpha and clipping are those of the whole
  batch. Built and compiled in `strategy.scope()`, three steps of two replicas
  give the numbers of one device to 1e-5, where each BatchNorm is
  synchronized. That of the projection's MLP cannot be: with `blocks` above 0
  each replica finds its directions with statistics of its own.
"""

import keras
import tensorflow as tf

from kvideo.objectives import gramian, min_norm_weights, scale_schedule
from kvideo.trainers import joint_gradients
from kvideo.trainers.config import STRATEGIES
from kvideo.trainers.joint_losses import TwoLosses

GRADIENTS = ("alpha", "projection_gradient", "classifier_gradient")


@keras.saving.register_keras_serializable(package="kvideo")
class JointTraining(TwoLosses):
    """Trains a network with the loss of its projection beside its own.

    `compile` and `fit` it as any model; `trainer.network` is the plain network
    to evaluate, save and export. The logs have `loss` (L2), `projection_loss`
    (L1), `alpha`, and the norms of both gradients of Theta1,
    `projection_gradient` and `classifier_gradient`; `evaluate` has the losses.

    A step has one forward pass and one backward pass, and a second backward
    pass through the projection alone. On `dan_nano`, of whose arithmetic the
    projection is a third, it took 1.4 times the processor time of a plain
    step (8 clips, 12 steps of each in turns, two shared cores).

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
            number of steps. From `fit`: if the network does not call its
            projection, or it is frozen; with an optimizer that accumulates
            gradients; for `"separate"`, with a `MultiOptimizer` or with
            `steps_per_execution`.
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
        super().__init__(network, **kwargs)
        self.strategy = strategy
        self.alpha = alpha
        self.total_steps = total_steps
        self.gamma = gamma
        self.lambda_ = lambda_
        self.form = form
        self.projection_steps = projection_steps
        self._check_arguments()
        self.gradient_metrics = [keras.metrics.Mean(name=n) for n in GRADIENTS]
        self._early = True  # Of "separate": the projection is trained.

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

    def make_train_function(self, force=False):
        """As Keras'; for `"separate"`, a function for each part.

        One function with a branch would do on one device; under a strategy
        an optimizer cannot stand in a branch.
        """
        if self.train_function is not None and not force:
            return
        self._check_setting()
        if not self.optimizer.built:
            # Or it would know the weights of the first part alone.
            with self.distribute_strategy.scope():
                self.optimizer.build(self.trainable_weights)
        if self.strategy == "separate":
            self.train_function = self._parts(super().make_train_function)
        else:
            super().make_train_function(force=True)

    def _parts(self, make):
        made = {}

        def step(iterator):
            done = keras.ops.convert_to_numpy(self.optimizer.iterations)
            self._early = bool(done < self.projection_steps)
            if self._early not in made:
                make(force=True)
                made[self._early] = self.train_function
                self.train_function = step
            return made[self._early](iterator)

        return step

    def _check_setting(self):
        self._check_projections()
        accumulated = getattr(
            self.optimizer, "gradient_accumulation_steps", None
        )
        if accumulated:
            raise ValueError(
                "Joint training weighs the gradients of whole batches, and "
                "an optimizer that accumulates has parts of them. Leave it "
                "out, and give larger batches. Received: "
                f"gradient_accumulation_steps={accumulated}"
            )
        if self.strategy != "separate":
            return
        if isinstance(self.optimizer, keras.optimizers.MultiOptimizer):
            raise ValueError(
                "strategy='separate' changes some of the weights at a time, "
                "and a MultiOptimizer takes all or none. Give one optimizer, "
                "or another strategy."
            )
        if self.steps_per_execution != 1:
            raise ValueError(
                "strategy='separate' counts single steps: leave "
                "`steps_per_execution` 1. Received: "
                f"steps_per_execution={self.steps_per_execution}."
            )

    def train_step(self, data):
        if self.strategy != "separate":
            return self._joint_step(data)
        if self._early:
            return self._projection_step(data)
        return self._classifier_step(data)

    def _joint_step(self, data):
        with tf.GradientTape(persistent=True) as tape:
            first, second = self._scaled_losses(data)
        theta1, theta2 = self._weights()
        g1 = joint_gradients.of(tape, first, theta1)
        g2 = joint_gradients.of(tape, second, theta1 + theta2)
        g1, g2 = joint_gradients.sum_over_replicas(g1, g2)
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
            first, _ = self._scaled_losses(data)
        theta1, _ = self._weights()
        gradients = joint_gradients.of(tape, first, theta1)
        (gradients,) = joint_gradients.sum_over_replicas(gradients)
        self._apply(gradients, theta1)
        none = [tf.zeros_like(g) for g in gradients]
        return self._results(1.0, gramian([gradients, none]))

    def _classifier_step(self, data):
        """L2 on Theta2 alone, the projection as it is in use."""
        _, theta2 = self._weights()
        frozen = joint_gradients.frozen(self.projections)
        with frozen, tf.GradientTape() as tape:
            _, second = self._scaled_losses(data)
        gradients = joint_gradients.of(tape, second, theta2)
        (gradients,) = joint_gradients.sum_over_replicas(gradients)
        self._apply(gradients, theta2)
        return self._results(0.0, tf.zeros((2, 2)))

    def test_step(self, data):
        results = super().test_step(data)
        return {k: v for k, v in results.items() if k not in GRADIENTS}

    def _scaled_losses(self, data):
        """L1 and L2 as the optimizer wants them differentiated."""
        return [self.optimizer.scale_loss(x) for x in self.both_losses(data)]

    def _weights(self):
        """Theta1 and Theta2."""
        return joint_gradients.split_weights(
            self.trainable_weights, self.projections
        )

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

    def _apply(self, gradients, weights):
        joint_gradients.apply_once(
            self.optimizer, gradients, weights, self.trainable_weights
        )

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

    def get_config(self):
        names = ("alpha", "total_steps", "gamma", "lambda_", "form")
        return {
            **super().get_config(),
            "network": keras.saving.serialize_keras_object(self.network),
            "strategy": self.strategy,
            **{name: getattr(self, name) for name in names},
            "projection_steps": self.projection_steps,
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        network = keras.saving.deserialize_keras_object(
            config["network"], custom_objects=custom_objects
        )
        return cls(**{**config, "network": network})
