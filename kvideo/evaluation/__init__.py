"""From a network and clips to figures, and from figures to a report."""

from kvideo.evaluation.calibration import calibration_error
from kvideo.evaluation.compare import class_changes, compare, pair_changes
from kvideo.evaluation.console import print_section
from kvideo.evaluation.controls import (
    CONTROLS,
    repeat_one_frame,
    reverse_frames,
    shuffle_frames,
)
from kvideo.evaluation.ensemble import average_scores
from kvideo.evaluation.evaluation import Evaluation
from kvideo.evaluation.interval import wilson_interval
from kvideo.evaluation.metrics import (
    MeanClassAccuracy,
    confusion_matrix,
    mean_class_accuracy,
    top_k_accuracy,
)
from kvideo.evaluation.protocols import PROTOCOLS, Protocol, get_protocol
from kvideo.evaluation.report import (
    Picture,
    Report,
    Section,
    Table,
    render_report,
    write_report,
)
from kvideo.evaluation.scoring import evaluate, predict_scores
from kvideo.evaluation.timeline import (
    ActionSegment,
    Hysteresis,
    score_windows,
    write_timeline,
)
from kvideo.evaluation.views import (
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
