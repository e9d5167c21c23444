"""BQN on TSM ResNet-50, UCF-101, from Kinetics-400.

From the thesis (section 5.5): rate, batch, epochs, decay, dropout, warm-up,
and five times the rate and the decay for the classifier (`groups="bqn"`). From
the authors' code, on which the thesis is silent: 13-place crops, clipping at
20, label smoothing of 0.1, and a warm-up that starts at a tenth. It starts
from the run of `bqn_k400_tsm_r50.py`, and all normalisation but the first is
frozen. Decided by us: 48 frames, in 16 segments; no warm-up. The thesis tests
crops of 256 pixels; `kvideo evaluate` tests the 224 of the network.

The other splits: `--set "data=ucf101:data/ucf101?split=2&subset=train"
"validation_data=ucf101:data/ucf101?split=2&subset=test"`.

One GPU has no room for such a batch: `--set accumulate=N` takes it in N parts,
or lower `batch_size` and `optimizer.learning_rate` by the same factor.
"""

from kvideo.trainers import OptimizerConfig, Recipe, RunConfig, ScheduleConfig

RECIPE = Recipe(
    title="BQN-TSM-ResNet-50, 48 frames, on UCF-101, from Kinetics-400",
    command="kvideo train training/recipes/bqn_ucf101_tsm_r50.py --data "
    "data/ucf101",
    hardware="16 GPUs (NVIDIA Tesla V100)",
    hours="not run here",
    accuracy="mean class accuracy 97.6 % (three splits)",
    paper="Huang, Bors: Busy-Quiet Video Disentangling, WACV 2022; "
    "thesis, ch. 5",
    dataset="UCF-101, 101 classes, split 1",
    root="data/ucf101",
    run=RunConfig(
        model="bqn_tsm_resnet50",
        model_overrides={
            "keras_layout": True,
            "stride_on": "conv2",
            "input_shape": (48, 224, 224, 3),
            "dropout": 0.8,
        },
        weights_from="runs/bqn_k400_tsm_r50/model.keras",
        data="ucf101:data/ucf101?split=1&subset=train",
        validation_data="ucf101:data/ucf101?split=1&subset=test",
        horizontal_flip=True,
        crop="multi_scale",
        epochs=10,
        batch_size=64,
        optimizer=OptimizerConfig(
            name="sgd",
            learning_rate=1e-3,
            nesterov=False,
            weight_decay=0.0,
            l2=1e-4,
            groups="bqn",
            clip_norm=20.0,
        ),
        schedule=ScheduleConfig(
            warmup_epochs=0,
        ),
        label_smoothing=0.1,
        protocol="bqn_ucf101",
        batch_norm="frozen_but_first",
        out="runs/bqn_ucf101_tsm_r50",
    ),
)
