"""How each paper tests its networks: views, sizes, sampling, averaging.

A protocol changes the clip settings that belong to testing and leaves those of
the network (frames, frames a segment) alone:

```python
protocol = get_protocol("bqn_somethingv1")
spec = protocol.clip_spec(card_spec)
clips = kvideo.data.view_dataset(clips, protocol.views, spec)
views = kvideo.evaluation.evaluate(model, clips)
videos = kvideo.evaluation.per_video(views, clips.views, protocol.average)
```

What a row takes from where is in its `source`; [ours] marks what no source
says. docs/sampling.md has the table for people.
"""

import dataclasses
import difflib

from kvideo.evaluation.views import AVERAGES


@dataclasses.dataclass(frozen=True)
class Protocol:
    """How a paper tests.

    Attributes:
        name: `<system>_<data set>`, as the recipes are named, and what is
            special.
        clips: clips of each video, spread over its length.
        crops: crops of each clip: 1, 3 or 10.
        short_side: pixels to which the short side is resized; `None`: the
            largest box of the shape of the network's clips is cut.
        crop_size: height and width of a crop; `None`: that of the network.
        sampler: of a `kvideo.data.ClipSpec`; `None`: that of the network.
        frame_stride: of the dense sampler; `None`: that of the network.
        window: frames that a clip of the dense sampler takes up, from which
            its stride follows: window // frames. `None`: see `frame_stride`.
        target_fps: frames a second that videos are read at, by time; 0: their
            frames as they are; `None`: as the `ClipSpec` of the network says.
        training_size: side of the crops of training where the released code
            classifies larger crops in windows of that size (X3D, SlowFast);
            `None`: one mean over the crop.
        average: `"softmax"` or `"logits"`, see `average_views`; `"none"`:
            the paper counts each clip by itself.
        source: where these are from.
    """

    name: str
    clips: int = 1
    crops: int = 1
    short_side: int | None = None
    crop_size: int | None = None
    sampler: str | None = None
    frame_stride: int | None = None
    window: int | None = None
    target_fps: float | None = None
    training_size: int | None = None
    average: str = "softmax"
    source: str = ""

    def __post_init__(self):
        if self.average not in (*AVERAGES, "none"):
            raise ValueError(
                f"`average` should be one of {', '.join(AVERAGES)}, none. "
                f"Received: average={self.average!r}"
            )

    @property
    def views(self):
        """The views as `kvideo.data.view_dataset` reads them: "10x3"."""
        return f"{self.clips}x{self.crops}"

    def clip_spec(self, spec, crop_size=None):
        """The clip settings of testing for a network.

        Args:
            spec: the `kvideo.data.ClipSpec` of the network.
            crop_size: height and width of a crop in place of the protocol's,
                for a network that takes no other; the short side changes with
                it.

        Returns:
            A `ClipSpec`.
        """
        changes = {
            "sampler": self.sampler,
            "frame_stride": self.frame_stride,
            "frame_size": self.crop_size,
            "resize_to": self.short_side,
        }
        if self.window:
            changes["frame_stride"] = max(1, self.window // spec.num_frames)
        if crop_size and self.short_side:
            share = self.short_side / self.crop_size
            changes["resize_to"] = round(share * crop_size)
        if crop_size:
            changes["frame_size"] = crop_size
        changes = {k: v for k, v in changes.items() if v is not None}
        return dataclasses.replace(spec, **changes).read_at(self.target_fps)

    def to_dict(self):
        """A dictionary that JSON can hold, for the card of a network."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, config):
        """The `Protocol` of a dictionary from `to_dict`."""
        known = {field.name for field in dataclasses.fields(cls)}
        if not set(config) <= known:
            raise ValueError(
                f"A protocol has the entries {sorted(known)}. "
                f"Received: unknown {sorted(set(config) - known)}"
            )
        return cls(**config)


def get_protocol(name):
    """The `Protocol` of a name in `PROTOCOLS`."""
    if name not in PROTOCOLS:
        near = difflib.get_close_matches(str(name), PROTOCOLS, n=3, cutoff=0)
        raise ValueError(
            f"No protocol has this name. The nearest are {', '.join(near)}. "
            f"Received: {name!r}"
        )
    return PROTOCOLS[name]


def _rows(names, *columns, **settings):
    return [Protocol(name, *columns, **settings) for name in names.split()]


_BTSNET = "released code: two clips a video, counted one by one"
_MTNET = "sec. IV-B and C; our text has lost the size: from the code"
_CIDC = "sec. 3.3: the mean of 30 predictions"
_GDN = "sec. 3.2: one clip, centre crop"
_THESIS = "thesis, sec. 3.6, 4.6 and 5.5"
_TESNET = "thesis, sec. 3.3.1; three crops for its fully convolutional [ours]"
_TEN = "thesis, table 5.10: ten views; ten clips of one crop [ours]"
_XS = "thesis, sec. 3.6.1; the short side is SlowFast's [ours]"
_ABLATION = "thesis, ablations: one clip, centre crop"
_TSM = "released code, README"
_SLOWFAST = "SlowFast's model zoo; its clips start a little earlier"

_LOGITS = {"average": "logits", "source": _TSM}
_ZOO = {"target_fps": 30.0, "source": _SLOWFAST}

# Names; clips, crops; short side, crop; sampler, stride.
_TABLE = (
    _rows(
        "btsnet_ucf101 btsnet_hmdb51 btsnet_svw btsnet_epic_kitchens",
        *(2, 1, 112, 112, "consecutive"),
        average="none",
        source=_BTSNET,
    ),
    _rows("mtnet_hacs", 10, 3, 256, 256, "dense", 2, source=_MTNET),
    _rows(
        "mtnet_kinetics400 mtnet_kinetics700",
        *(10, 3, 256, 256, "dense", 5),
        source=_MTNET,
    ),
    _rows("mtnet_moments_in_time", 10, 3, 256, 256, "dense", 3, source=_MTNET),
    _rows("mtnet_ucf101", 10, 3, 256, 256, "dense", 4, source=_MTNET),
    _rows(
        "cidc_kinetics400 cidc_ucf101 cidc_hmdb51",
        *(10, 3, 256, 256, "dense", 2),
        source=_CIDC,
    ),
    _rows(
        "gdn_somethingv1 gdn_somethingv2",
        *(1, 1, 256, 224, "segment"),
        source=_GDN,
    ),
    _rows("gdn_somethingv1_112", 1, 1, 128, 112, "segment", source=_GDN),
    _rows(
        "tesnet_ucf101 tesnet_hmdb51",
        *(20, 3, 299, 299, "consecutive"),
        source=_TESNET,
    ),
    _rows(
        "dan_kinetics400 bqn_kinetics400_x3d_m",
        *(10, 3, 256, 256, "consecutive"),
        source=_THESIS,
    ),
    _rows("bqn_kinetics400", 10, 1, 256, 256, "consecutive", source=_TEN),
    _rows(
        "dan_somethingv1 dan_ucf101 dan_hmdb51 "
        "bqn_somethingv1 bqn_ucf101 bqn_hmdb51 rnl_somethingv1",
        *(2, 3, 256, 256, "segment"),
        source=_THESIS,
    ),
    _rows("dan_somethingv1_x3d_xs", 2, 3, 182, 160, "segment", source=_XS),
    _rows(
        "rnl_kinetics400",
        *(10, 3, 256, 256, "dense"),
        window=64,
        source=_THESIS,
    ),
    _rows("thesis_ablation", 1, 1, 256, 224, source=_ABLATION),
    _rows("thesis_ablation_x3d_xs", 1, 1, 182, 160, source=_XS),
    _rows("tsm_kinetics400", 10, 3, 256, 256, "dense", window=64, **_LOGITS),
    _rows("tsm_kinetics400_uniform", 1, 10, 256, 224, "segment", **_LOGITS),
    _rows(
        "tsm_somethingv1 tsm_somethingv2",
        *(2, 3, 256, 256, "segment"),
        **_LOGITS,
    ),
    _rows("tsm_efficient", 1, 1, 256, 224, "segment", **_LOGITS),
    _rows(
        "slowfast_kinetics400 x3d_kinetics400_m",
        *(10, 3, 256, 256, "dense"),
        training_size=224,
        **_ZOO,
    ),
    _rows(
        "x3d_kinetics400_xs x3d_kinetics400_s",
        *(10, 3, 182, 182, "dense"),
        training_size=160,
        **_ZOO,
    ),
    _rows(
        "x3d_kinetics400_l",
        *(10, 3, 356, 356, "dense"),
        training_size=312,
        **_ZOO,
    ),
)
PROTOCOLS = {row.name: row for rows in _TABLE for row in rows}
