"""From a network and clips to figures, and from figures to a report."""

from kvideo.evaluate.calibration import calibration_error
from kvideo.evaluate.compare import class_changes, compare, pair_changes
from kvideo.evaluate.console import print_section
from kvideo.evaluate.controls import (
    CONTROLS,
    repeat_one_frame,
    reverse_frames,
    shuffle_frames,
)
from kvideo.evaluate.ensemble import average_scores
from kvideo.evaluate.evaluate import evaluate, predict_scores
from kvideo.evaluate.evaluation import Evaluation
from kvideo.evaluate.interval import wilson_interval
from kvideo.evaluate.metrics import (
    MeanClassAccuracy,
    confusion_matrix,
    mean_class_accuracy,
    top_k_accuracy,
)
from kvideo.evaluate.protocols import PROTOCOLS, Protocol, get_protocol
from kvideo.evaluate.report import (
    Picture,
    Report,
    Section,
    Table,
    render_report,
    write_report,
)
from kvideo.evaluate.timeline import (
    ActionSegment,
    Hysteresis,
    score_windows,
    write_timeline,
)
from kvideo.evaluate.views import (
    accuracy_by_views,
    average_views,
    by_protocol,
    per_video,
)

__all__ = [
    "CONTROLS",
    "PROTOCOLS",
    "ActionSegment",
    "Evaluation",
    "Hysteresis",
    "MeanClassAccuracy",
    "Picture",
    "Protocol",
    "Report",
    "Section",
    "Table",
    "accuracy_by_views",
    "average_scores",
    "average_views",
    "by_protocol",
    "calibration_error",
    "class_changes",
    "compare",
    "confusion_matrix",
    "evaluate",
    "get_protocol",
    "mean_class_accuracy",
    "pair_changes",
    "per_video",
    "predict_scores",
    "print_section",
    "render_report",
    "repeat_one_frame",
    "reverse_frames",
    "score_windows",
    "shuffle_frames",
    "top_k_accuracy",
    "wilson_interval",
    "write_report",
    "write_timeline",
]
