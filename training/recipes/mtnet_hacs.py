"""MTNet-M on HACS, from scratch.

The text that we have has lost the learning rate, the decay and the epochs:
they, and Nesterov's momentum, are defaults of the authors' code, whose 0.1 is
the rate of the largest batches, an eighth of it that of batches of 64. The
stages of multigrid training are those of its authors for Kinetics. Decided by
us: the cosine begins after the warm-up; colours and perspective are not
changed as in that code. Crops of 256 pixels of a short side of 320 are crops
of 0.8 of the side. The positive clips of HACS are segments of its videos.
"""

from kvideo.data import ClipCrop
from kvideo.trainers import OptimizerConfig, Recipe, RunConfig, ScheduleConfig

RECIPE = Recipe(
    title="MTNet-M on HACS",
    command="kvideo train training/recipes/mtnet_hacs.py --data data/hacs",
    hardware="4 GPUs",
    hours="not run here",
    accuracy="top-1 83.4 %, top-5 95.9 %",
    paper="Stergiou, Poppe: Multi-Temporal Convolutions for Human "
    "Action Recognition in Videos",
    dataset="HACS Clips, 200 classes, validation as test",
    root="data/hacs",
    run=RunConfig(
        model="mtnet_m",
        data="hacs_clips:data/hacs/HACS_clips_v1.1.1.csv"
        "?videos=data/hacs/videos&subset=train",
        validation_data="hacs_clips:data/hacs/HACS_clips_v1.1.1.csv"
        "?videos=data/hacs/videos&subset=validation",
        horizontal_flip=True,
        crop=ClipCrop(scales=(0.8,)),
        frame_stride=2,
        epochs=120,
        batch_size=64,
        optimizer=OptimizerConfig(
            name="sgd",
            learning_rate=0.0125,
            weight_decay=0.0,
            l2=1e-4,
            groups="all",
        ),
        schedule=ScheduleConfig(
            warmup_steps=8000,
        ),
        multigrid=(94, 60, 42, 43),
        precision="mixed_float16",
        protocol="mtnet_hacs",
        out="runs/mtnet_hacs",
    ),
)
