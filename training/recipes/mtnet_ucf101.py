"""MTNet-M on UCF-101, fine-tuning.

It starts from the run of `mtnet_hacs.py`, as in the paper. The text that we
have has lost the learning rate and what multiplies it for convolutions; both,
and the decay, are from the authors' code, which multiplies the rate of all but
the classifier. 150 epochs without warm-up are the paper's. Crops of 256 pixels
of a short side of 320 are crops of 0.8 of the side.
"""

from kvideo.data import ClipCrop
from kvideo.trainers import OptimizerConfig, Recipe, RunConfig, ScheduleConfig

RECIPE = Recipe(
    title="MTNet-M on UCF-101",
    command="kvideo train training/recipes/mtnet_ucf101.py --data data/ucf101",
    hardware="4 GPUs",
    hours="not run here",
    accuracy="top-1 95.4 %, top-5 98.1 %",
    paper="Stergiou, Poppe: Multi-Temporal Convolutions for Human "
    "Action Recognition in Videos",
    dataset="UCF-101, 101 classes; the paper does not name the split",
    root="data/ucf101",
    run=RunConfig(
        model="mtnet_m",
        weights_from="runs/mtnet_hacs/model.keras",
        data="ucf101:data/ucf101?split=1&subset=train",
        validation_data="ucf101:data/ucf101?split=1&subset=test",
        horizontal_flip=True,
        crop=ClipCrop(scales=(0.8,)),
        frame_stride=4,
        epochs=150,
        batch_size=64,
        optimizer=OptimizerConfig(
            name="sgd",
            learning_rate=0.01,
            weight_decay=0.0,
            l2=1e-4,
            groups="slow_convolutions",
        ),
        schedule=ScheduleConfig(
            warmup_epochs=0,
        ),
        precision="mixed_float16",
        protocol="mtnet_ucf101",
        out="runs/mtnet_ucf101",
    ),
)
