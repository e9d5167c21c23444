"""BQN on TSM ResNet-50, Something-Something V1, 16 segments of 3 frames.

From the thesis (section 5.5): rate, batch, epochs, decay, dropout, warm-up,
and five times the rate and the decay for the classifier (`groups="bqn"`). From
the authors' code, on which the thesis is silent: 13-place crops, clipping at
20, label smoothing of 0.1, and a warm-up that starts at a tenth. Decided by
us: ImageNet weights, from which both pathways start as in the thesis, are
Keras'. The thesis tests crops of 256 pixels; `kvideo evaluate` tests the 224
of the network.

One GPU has no room for such a batch: `--set accumulate=N` takes it in N parts,
or lower `batch_size` and `optimizer.learning_rate` by the same factor.
"""

from kvideo.trainers import OptimizerConfig, Recipe, RunConfig, ScheduleConfig

RECIPE = Recipe(
    title="BQN-TSM-ResNet-50, 48 frames, on Something-Something V1",
    command="kvideo train training/recipes/bqn_ssv1_tsm_r50_48f.py "
    "--data data/somethingv1",
    hardware="16 GPUs (NVIDIA Tesla V100)",
    hours="not run here",
    accuracy="top-1 54.3 %, top-5 82.0 % (6 views)",
    paper="Huang, Bors: Busy-Quiet Video Disentangling, WACV 2022; "
    "thesis, ch. 5",
    dataset="Something-Something V1, 174 classes, validation as test",
    root="data/somethingv1",
    run=RunConfig(
        model="bqn_tsm_resnet50",
        model_overrides={
            "weights": "imagenet",
            "stride_on": "conv2",
            "input_shape": (48, 224, 224, 3),
            "dropout": 0.8,
        },
        data="something_v1:data/somethingv1?subset=train",
        validation_data="something_v1:data/somethingv1?subset=validation",
        horizontal_flip=False,
        crop="multi_scale",
        epochs=50,
        batch_size=256,
        optimizer=OptimizerConfig(
            name="sgd",
            learning_rate=0.12,
            nesterov=False,
            weight_decay=0.0,
            l2=8e-4,
            groups="bqn",
            clip_norm=20.0,
        ),
        schedule=ScheduleConfig(
            warmup_epochs=7,
            warmup_start=0.1,
        ),
        label_smoothing=0.1,
        protocol="bqn_somethingv1",
        out="runs/bqn_ssv1_tsm_r50_48f",
    ),
)
