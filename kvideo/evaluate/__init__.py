"""From a network and clips to figures, and from figures to a report."""

from kvideo.evaluate.compare import class_changes, compare, pair_changes
from kvideo.evaluate.console import print_section
from kvideo.evaluate.controls import (
    CONTROLS,
    repeat_one_frame,
    shuffle_frames,
)
from kvideo.evaluate.ensemble import average_scores
from kvideo.evaluate.evaluate import evaluate, predict_scores
from kvideo.evaluate.evaluation import Evaluation
from kvideo.evaluate.metrics import (
    MeanClassAccuracy,
    confusion_matrix,
    mean_class_accuracy,
    top_k_accuracy,
)
from kvideo.evaluate.report import (
    Picture,
    Report,
    Section,
    Table,
    render_report,
    write_report,
)

__all__ = [
    "CONTROLS",
    "Evaluation",
    "MeanClassAccuracy",
    "Picture",
    "Report",
    "Section",
    "Table",
    "average_scores",
    "class_changes",
    "compare",
    "confusion_matrix",
    "evaluate",
    "mean_class_accuracy",
    "pair_changes",
    "predict_scores",
    "print_section",
    "render_report",
    "repeat_one_frame",
    "shuffle_frames",
    "top_k_accuracy",
    "write_report",
]
