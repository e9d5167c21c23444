"""Where the time of reading clips goes, and what would shorten it.

Pure figures and rules; `measure_rates` in `measure.py` obtains them.
"""

import dataclasses

# A gain below this is within what two runs differ by.
WORTH = 1.2
# Key frames this far apart reach any frame by decoding six on average; at
# less, files grow fast.
DENSE_KEYS = 12


@dataclasses.dataclass(frozen=True)
class DataRates:
    """What a data set, and a network that it feeds, take for a clip.

    Attributes:
        clips: clips that were measured.
        height, width: pixels of the stored frames, the average.
        num_frames: frames in a file, the average.
        key_frame_spacing: frames for each key frame, the average.
        clip_frames: T, frames in a clip.
        clip_size: (height, width) of a clip.
        cores: CPU cores that the process may use.
        num_parallel_calls: files that the data set reads at a time.
        decode, transform, transfer: milliseconds for a clip in one thread:
            the wanted frames out of the file; crop and resize; the copy to
            the device that the network runs on.
        cached: milliseconds that the frames take out of a JPEG cache instead
            of `decode`; `None` without Pillow.
        store: milliseconds that storing a whole video there takes, once.
        dataset: clips a second of the data set alone, all stages in parallel.
        model: clips a second of the training steps of the network alone, or
            `None` without a network.
        together: clips a second of the network fed by the data set, or
            `None`.
    """

    clips: int
    height: float
    width: float
    num_frames: float
    key_frame_spacing: float
    clip_frames: int
    clip_size: tuple
    cores: int
    num_parallel_calls: int
    decode: float
    transform: float
    transfer: float
    cached: float | None
    store: float | None
    dataset: float
    model: float | None = None
    together: float | None = None

    @property
    def bottleneck(self):
        """`"model"`, or the slowest of decode, transform and transfer."""
        if self.model is not None and self.model <= self.dataset:
            return "model"
        stages = ("decode", "transform", "transfer")
        return max(stages, key=lambda name: getattr(self, name))

    def advice(self):
        """Sentences that name settings which would help, best first."""
        if self.bottleneck == "model":
            return [
                "The network is slower than its data: no setting of the data "
                "set will shorten the training."
            ]
        found = [*self._parallel()]
        if self.bottleneck == "decode":
            found += [*self._cache(), *self._smaller(), *self._key_frames()]
        if self.bottleneck == "transform":
            found += self._smaller()
        if self.bottleneck == "transfer":
            found.append(
                "Let the device take batches ahead: "
                "`tf.data.experimental.prefetch_to_device`."
            )
        return found or [
            "No setting here would help; more cores, or smaller clips, would."
        ]

    def to_dict(self):
        """The attributes, the bottleneck and the advice, for JSON."""
        return dataclasses.asdict(self) | {
            "bottleneck": self.bottleneck,
            "advice": self.advice(),
        }

    def _parallel(self):
        if self.num_parallel_calls < self.cores:
            yield (
                f"`num_parallel_calls={self.cores}`: {self.cores} cores, but "
                f"{self.num_parallel_calls} files are read at a time."
            )

    def _cache(self):
        if self.cached is None or self.decode < WORTH * self.cached:
            return
        epochs = self.store / (self.decode - self.cached)
        yield (
            "`cache_dir=`: frames kept as JPEG take "
            f"{self.cached:.1f} ms a clip instead of {self.decode:.1f} ms. "
            f"Storing a video takes {self.store:.0f} ms once, which pays off "
            f"after {max(1, round(epochs))} epochs."
        )

    def _smaller(self):
        # As the papers do: 256 for clips of 224.
        side = round(max(self.clip_size) * 8 / 7)
        if min(self.height, self.width) > WORTH * side:
            yield (
                f"Smaller frames: videos are {self.width:.0f}x"
                f"{self.height:.0f}, and clips of {self.clip_size[1]}x"
                f"{self.clip_size[0]} need a short side of {side}. "
                f"`cache_dir=` with `cache_short_side={side}`, or re-encode."
            )

    def _key_frames(self):
        # Without a key frame in between, decoding goes from one wanted frame
        # to the next.
        gap = min(self.num_frames / self.clip_frames, self.key_frame_spacing)
        if gap > 2 * DENSE_KEYS:
            yield (
                f"Denser key frames: now one in {self.key_frame_spacing:.0f}, "
                f"so about {gap:.0f} frames are decoded for one that is "
                f"wanted. Re-encode with one in {DENSE_KEYS} (`ffmpeg -g "
                f"{DENSE_KEYS}`); the files grow."
            )
