"""The tables of `evidence.py`: rows as data, and how one becomes Markdown."""

import dataclasses
import json
import re
import statistics

import representation_networks as networks


@dataclasses.dataclass(frozen=True)
class Row:
    """One variant.

    Attributes:
        label: What it is called on the page.
        model: Registry name of the network, or a function that builds it.
        overrides: Arguments of its builder that differ.
        sampling: Fields of `kvideo.data.ClipSpec` that differ from its row,
            or, of a function's network, from their defaults.
        flow: Whether the network takes flow (`flow_clips.py`), not frames.
        joint: Arguments of `kvideo.trainers.JointTraining`, but for numbers
            of steps; empty: `fit` as any model.
        precision: Keras' dtype policy while the network is built.
    """

    label: str
    model: object
    overrides: dict = dataclasses.field(default_factory=dict)
    sampling: dict = dataclasses.field(default_factory=dict)
    flow: bool = False
    joint: dict = dataclasses.field(default_factory=dict)
    precision: str = "float32"

    @property
    def slug(self):
        return re.sub(r"[^a-z0-9]+", "-", self.label.lower()).strip("-")


@dataclasses.dataclass(frozen=True)
class Table:
    """A table of the docs.

    Attributes:
        name: What `evidence.py` is called with.
        page: File below docs/ that has the markers
            `<!-- evidence:NAME -->` and `<!-- /evidence:NAME -->`.
        level: Level of the motion data (`kvideo.data.MOTION_LEVELS`).
        rows: The variants.
        extras: Further columns, a dict from what `evidence.run` measures to
            the heading.
    """

    name: str
    page: str
    level: str
    rows: tuple
    extras: dict = dataclasses.field(default_factory=dict)


def _bqn(label, **overrides):
    return Row(label, "bqn_nano", overrides)


_DEFAULTS = tuple(
    _bqn(
        f"log_norm={norm}, quiet_input={quiet}",
        log_norm=norm,
        quiet_input=quiet,
    )
    for norm in ("sum", "l1", None)
    for quiet in ("complement", "first_frame", "average")
)

_PARTS = (
    _bqn("BQN"),
    _bqn(
        "no MBPM at all",
        busy_input="centre_frame",
        quiet_input="average",
        lateral="bplc_identity",
    ),
    _bqn("no lateral connection", lateral=None),
    _bqn("Busy only", pathways="busy"),
    _bqn("Quiet only", pathways="quiet"),
    _bqn("one way, Busy to Quiet (LC-I, II)", lateral="busy_to_quiet"),
    _bqn("one way, Quiet to Busy (LC-I, II)", lateral="quiet_to_busy"),
    _bqn("both ways at each block (LC-III)", lateral="bidirectional"),
    _bqn("BPLC without its MBPM (LC-V)", lateral="bplc_identity"),
    _bqn("BPLC with 1x1x1 phi", phi="conv"),
    _bqn("fusion: maximum after fc", fusion="max"),
    _bqn("fusion: average before fc", fusion="average_features"),
    _bqn("fusion: concatenation before fc", fusion="concat_features"),
    Row("TSM, no pathways", "tsm_resnet_nano"),
    Row("TSN, no sense of time", "tsn_resnet_nano"),
)

_GDN = tuple(
    Row(label, "gdn_resnet_nano", {"kind": kind})
    for label, kind in (
        ("GDN", "gdm"),
        ("R2D (C2D)", "c2d"),
        ("R3D (C3D)", "c3d"),
        ("P3D", "p3d"),
        ("GST, halves", "gst"),
    )
)

# One thing at a time away from the paper's best (M=4, O2, TC), and the
# backbone without pathways.
_BTSNET = (
    *(
        Row(
            f"M={pathways}, {option}, {fuse}",
            "btsnet_nano",
            {"pathways": pathways, "dilations": option, "fuse": fuse},
        )
        for pathways, option, fuse in (
            (4, "O2", "TC"),
            (4, "O2", "C"),
            (4, "O1", "TC"),
            (3, "O2", "TC"),
            (2, "O2", "TC"),
        )
    ),
    Row("ResNeXt-3D, no pathways", "resnext3d_nano"),
)

# Table 3.9. The baseline sees as many images as the projection makes, from the
# same length of video: the first frame of each of its segments.
_JOINT = (
    Row(
        "Baseline: RGB frames, no projection",
        "tsm_resnet_nano",
        {"input_shape": (4, 64, 64, 3)},
        {"sampler": "dense", "frame_stride": 4},
    ),
    *(
        Row(
            label,
            "dan_nano",
            joint={"strategy": strategy, **numbers},
        )
        for label, strategy, numbers in (
            ("Separate", "separate", {}),
            ("Constant scale, alpha 0", "fixed", {"alpha": 0.0}),
            ("Constant scale, alpha 0.5", "fixed", {"alpha": 0.5}),
            ("Constant scale, alpha 0.9", "fixed", {"alpha": 0.9}),
            (
                "Scale scheduler, gamma 0.2, lambda 0.3",
                "schedule",
                {"gamma": 0.2, "lambda_": 0.3},
            ),
            ("MGDA", "mgda", {}),
        )
    ),
)

# Table 4.6, behind one block of res3 and one of res4. The thesis says that RNL
# is more robust to noise than NL: so its first rows once more, under noise.
_ATTENTION = tuple(
    Row(label, "rnl_nano", {"attention": attention})
    for label, attention in (
        ("no attention (TSM)", None),
        ("NL", "nl"),
        ("RNL", "rnl"),
        ("CPA", "cpa"),
        ("SE+RNL", "se+rnl"),
    )
)


def _representations(backbone):
    return tuple(
        Row(
            name,
            networks.network,
            {"representation": name, "backbone": backbone},
            {"sampler": "dense"},
            flow=name == networks.FLOW,
        )
        for name in networks.REPRESENTATIONS
    )


# Table VI: the ratio r, the cells, and what the prolonged branch sees.
_MTNET = tuple(
    Row(label, "mtnet_nano", overrides)
    for label, overrides in (
        ("r = 0.875, GRU, selection", {}),
        ("r = 0.5", {"ratio": 0.5}),
        ("r = 1, no prolonged branch", {"ratio": 1.0}),
        ("RNN", {"cell": "rnn"}),
        ("no recursion", {"cell": None}),
        ("the most redundant frames", {"select": "highest"}),
        ("SoftPool over time, no selection", {"temporal_pool": "symmetric"}),
        ("average over space, selection", {"spatial_pool": "average"}),
        (
            "average over space and time, no selection",
            {"spatial_pool": "average", "temporal_pool": "symmetric"},
        ),
    )
)

# Tables 4 and 5, on a backbone that sees single frames.
_CIDC = (
    Row("no CIDC (TSN)", "tsn_resnet_nano"),
    *(
        Row(label, "cidc_nano", overrides)
        for label, overrides in (
            ("CIDC, both directions", {}),
            ("forwards only", {"directions": "forward"}),
            ("non-directional", {"directions": "none"}),
            ("softmax without a range", {"weight_range": None}),
            ("last stage alone", {"stages": (5,)}),
            ("no attention between stages", {"attention": False}),
            ("LSTM", {"head": "lstm"}),
            ("self-attention", {"head": "self_attention"}),
        )
    ),
)

_PRECISION = tuple(
    Row(name, "bqn_nano", precision=name)
    for name in ("float32", "mixed_bfloat16", "mixed_float16")
)

TABLES = {
    table.name: table
    for table in (
        Table("bqn-defaults", "bqn.md", "normal", _DEFAULTS),
        Table("bqn-parts", "bqn.md", "normal", _PARTS),
        Table("btsnet", "btsnet.md", "normal", _BTSNET),
        Table("gdn", "gdn.md", "normal", _GDN),
        Table("attention", "attention.md", "normal", _ATTENTION),
        Table("attention-noise", "attention.md", "noise", _ATTENTION[:3]),
        Table(
            "joint-training",
            "joint-training.md",
            "camera",
            _JOINT,
            extras={"enopr": "ENoPR", "alpha": "mean alpha"},
        ),
        Table("mtnet", "mtnet.md", "tempo", _MTNET),
        Table("precision", "training-at-scale.md", "normal", _PRECISION),
        Table(
            "cidc",
            "cidc.md",
            "normal",
            _CIDC,
            extras={"turned": "turned %"},
        ),
        *(
            Table(
                f"representations-{family}",
                "joint-training.md",
                "normal",
                _representations(f"{family}_resnet_nano"),
            )
            for family in ("tsn", "tsm")
        ),
    )
}


def results(table, row, out):
    """All results of a row, one dict a seed."""
    paths = sorted((out / table.name).glob(f"{row.slug}-*.json"))
    # Another row's name may begin with this one's.
    own = re.compile(re.escape(row.slug) + r"-\d+")
    return [json.loads(p.read_text()) for p in paths if own.fullmatch(p.stem)]


def markdown(table, out, protocol):
    """The table as Markdown, from the results that exist."""
    extras = "".join(f"| {heading} " for heading in table.extras.values())
    lines = [
        "| variant | top-1 % | spread | seeds | train top-1 % "
        f"{extras}| parameters | MMAC | s a run |",
        "|---" * (8 + len(table.extras)) + "|",
    ]
    for row in table.rows:
        runs = results(table, row, out)
        lines.append(
            _line(row, runs, table.extras)
            if runs
            else f"| {row.label} | not run |"
        )
    lines.append("")
    lines.append(_caption(table, protocol))
    return "\n".join(lines)


def _line(row, runs, extras):
    top1 = [100 * r["top1"] for r in runs]
    train = statistics.mean(100 * r["train_top1"] for r in runs)
    seconds = statistics.mean(r["seconds"] for r in runs)
    return (
        f"| {row.label} | {statistics.mean(top1):.1f} "
        f"| {min(top1):.1f} to {max(top1):.1f} | {len(runs)} | {train:.1f} "
        f"{''.join(_extra(runs, name) for name in extras)}"
        f"| {runs[0]['params']:,} | {runs[0]['macs'] / 1e6:.1f} "
        f"| {seconds:.0f} |"
    )


def _extra(runs, name):
    """The mean of something that not every row has."""
    values = [r[name] for r in runs if r.get(name) is not None]
    return f"| {statistics.mean(values):.2f} " if values else "| - "


def _caption(table, protocol):
    return (
        f"Motion data, level `{table.level}`: {8 * protocol.train} videos to "
        f"train on, {8 * protocol.test} to test on, {protocol.epochs} epochs, "
        f"one centre clip a video; chance is 12.5 %. Spread: lowest to "
        f"highest over the seeds. Two shared CPU cores, so seconds are rough. "
        f"Command: `python benchmarks/evidence.py {table.name}`."
    )


def write_page(table, out, docs, protocol):
    """Put the table between its markers on its page.

    Raises:
        ValueError: If the page lacks the markers.
    """
    path = docs / table.page
    text = path.read_text()
    start, end = (
        f"<!-- evidence:{table.name} -->",
        (f"<!-- /evidence:{table.name} -->"),
    )
    if start not in text or end not in text:
        raise ValueError(
            f"{path} must have the lines {start} and {end}, between which the "
            "table goes."
        )
    before, _, rest = text.partition(start)
    after = rest.partition(end)[2]
    body = markdown(table, out, protocol)
    path.write_text(f"{before}{start}\n{body}\n{end}{after}")
