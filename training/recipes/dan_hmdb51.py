"""DAN on TSM ResNet-50, HMDB-51, from Kinetics-400.

Section 3.6 of the thesis: rate, batch, epochs, decay, dropout, crops, and five
times the rate and the decay for the classifier (`groups="bqn"`); `joint` is
its MGDA. It starts from the run of `dan_kinetics400.py`, and all normalisation
but the first is frozen. Decided by us: 8 segments of 8 frames, no warm-up. The
thesis tests crops of 256 pixels, `kvideo evaluate` the 224 of the network.

The other splits: `--set "data=hmdb51:data/hmdb51?split=2&subset=train"
"validation_data=hmdb51:data/hmdb51?split=2&subset=test"`.

One GPU has no room for such a batch: lower `batch_size` and
`optimizer.learning_rate` by the same factor.
"""

from kvideo.trainers import OptimizerConfig, Recipe, RunConfig, ScheduleConfig

RECIPE = Recipe(
    title="DAN-TSM-ResNet-50 on HMDB-51, from Kinetics-400",
    command="kvideo train training/recipes/dan_hmdb51.py --data data/hmdb51",
    hardware="16 GPUs (NVIDIA Tesla V100)",
    hours="not run here",
    accuracy="mean class accuracy 75.3 % (three splits)",
    paper="Huang: Spatio-Temporal Modeling for Action Recognition, 2022",
    dataset="HMDB-51, 51 classes, split 1",
    root="data/hmdb51",
    run=RunConfig(
        model="dan_tsm_resnet50",
        model_overrides={
            "keras_layout": True,
            "stride_on": "conv2",
            "input_shape": (64, 224, 224, 3),
            "frames_per_segment": 8,
            "dropout": 0.8,
        },
        weights_from="runs/dan_kinetics400/model.keras",
        data="hmdb51:data/hmdb51?split=1&subset=train",
        validation_data="hmdb51:data/hmdb51?split=1&subset=test",
        horizontal_flip=True,
        crop="short_side",
        epochs=10,
        batch_size=64,
        optimizer=OptimizerConfig(
            name="sgd",
            learning_rate=1e-3,
            nesterov=False,
            weight_decay=0.0,
            l2=1e-4,
            groups="bqn",
        ),
        schedule=ScheduleConfig(
            warmup_epochs=0,
        ),
        joint="mgda",
        batch_norm="frozen_but_first",
        protocol="dan_hmdb51",
        out="runs/dan_hmdb51",
    ),
)
