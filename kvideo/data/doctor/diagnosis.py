"""The whole pass: from listings to what is wrong with them."""

import dataclasses
import statistics

from kvideo.data.arguments import threads
from kvideo.data.doctor import copies, findings, isolated
from kvideo.data.doctor.examine import CLIP_FRAMES, FileRecord, examine
from kvideo.data.doctor.findings import BROKEN, KINDS, Limits
from kvideo.data.doctor.splits import places
from kvideo.data.rates import DENSE_KEYS


@dataclasses.dataclass(frozen=True)
class Diagnosis:
    """What a pass over a collection found.

    Attributes:
        files: number of files.
        hours: of video, without those that cannot be read.
        gigabytes: of video, without those that cannot be read.
        findings: list of `Finding`s, the worst kinds first.
        classes: {split: {class: files}}.
        key_frame_spacing: frames for each key frame, the median over the
            files, or `None`.
        clip_milliseconds: processor time of reading a clip, the mean over the
            files, or `None`.
        cores: that this process may use.
        quarantine: {path: reason}: files to leave out, see `quarantined`.
    """

    files: int
    hours: float
    gigabytes: float
    findings: list
    classes: dict
    key_frame_spacing: float | None
    clip_milliseconds: float | None
    cores: int
    quarantine: dict

    @property
    def ok(self):
        """Whether nothing is wrong."""
        return not any(finding.problem for finding in self.findings)

    @property
    def clips_per_second(self):
        """Clips that all cores can decode, or `None`: an expectation."""
        if not self.clip_milliseconds:
            return None
        return 1000 * self.cores / self.clip_milliseconds

    def counts(self):
        """{kind: how many findings}, the worst kinds first."""
        kinds = [finding.kind for finding in self.findings]
        return {kind: kinds.count(kind) for kind in KINDS if kind in kinds}

    def facts(self):
        """Sentences about the collection as a whole."""
        yield (
            f"{self.files} files, {60 * self.hours:.1f} minutes, "
            f"{1000 * self.gigabytes:.1f} MB that can be read."
        )
        if self.clips_per_second:
            yield (
                f"A clip of {CLIP_FRAMES} frames takes "
                f"{self.clip_milliseconds:.1f} ms to decode on one core: "
                f"about {self.clips_per_second:.0f} clips a second on "
                f"{self.cores} cores, before crops and the network."
            )
        if self.key_frame_spacing:
            sparse = self.key_frame_spacing > 2 * DENSE_KEYS
            yield f"A key frame in {self.key_frame_spacing:.0f} frames" + (
                f": denser ones (`ffmpeg -g {DENSE_KEYS}`) or a cache "
                "(`cache_dir=`) make reading faster."
                if sparse
                else "."
            )

    def to_dict(self):
        """All of it, for JSON."""
        fields = dataclasses.asdict(self)
        for row, finding in zip(fields["findings"], self.findings, strict=True):
            row["problem"] = finding.problem
        return fields | {
            "ok": self.ok,
            "counts": self.counts(),
            "clips_per_second": self.clips_per_second,
        }


def diagnose(
    splits,
    limits=None,
    deep=False,
    workers=None,
    timeout=300.0,
    track=lambda files, total: files,
):
    """Looks at each file of a collection, and at the collection as a whole.

    Files are read by processes of their own, one for each core, so that none
    can end or stop the pass. Without `deep`, 8 frames from the first to the
    last are decoded, and damage between them is missed. Of each file about
    1 KB stays in memory.

    Example:

    ```python
    from kvideo.data import doctor

    found = doctor.diagnose(doctor.open_splits("data/sports"))
    found.ok, found.findings
    ```

    Args:
        splits: dictionary of `Listing`s, training first, see `open_splits`.
        limits: a `Limits`; `None`: its defaults.
        deep: whether to decode all frames of video files.
        workers: processes; `None`: one for each core.
        timeout: seconds for a file, above 0. A file that takes longer is a
            finding.
        track: function (iterable of files, their number) that shows progress.

    Returns:
        A `Diagnosis`.

    Raises:
        ValueError: an argument that does not fit.
    """
    limits = limits or Limits()
    workers, _ = threads(workers, None)
    if not timeout > 0:
        raise ValueError(
            f"`timeout` should be above 0. Received: timeout={timeout}"
        )
    where = places(splits)
    files = readers(splits)
    jobs = [(path, files[path], deep) for path in where]
    answers = isolated.call_all(examine, jobs, workers, timeout)
    records = [
        _record(path, answer)
        for path, answer in zip(where, track(answers, len(jobs)), strict=True)
    ]
    return _diagnosis(splits, records, where, limits, workers)


def readers(splits):
    """{path: what reads it, `None` for video files}, see `Listing.files`."""
    return {
        path: listing.files
        for listing in splits.values()
        for path in map(str, listing.file_paths)
    }


def _record(path, answer):
    if isinstance(answer, isolated.Failure):
        return FileRecord(path, "crash", answer.reason)
    return answer


def _diagnosis(splits, records, where, limits, workers):
    whole = [record for record in records if record.kind is None]
    equal = copies.equal_files(whole, workers)
    spare = {path for group in equal for path in group.paths[1:]}
    single = [record for record in whole if record.path not in spare]
    alike, mirrored = copies.look_alikes(single, limits.bits)
    found = [f for r in records for f in findings.of_file(r, limits)]
    for groups, kind in (
        (equal, "copy"),
        (alike, "look-alike"),
        (mirrored, "mirrored"),
    ):
        found += [findings.of_copies(g, kind, where) for g in groups]
    counts = findings.class_counts(splits)
    found += findings.of_classes(counts, limits)
    order = {kind: number for number, kind in enumerate(KINDS)}
    found.sort(key=lambda finding: order[finding.kind])
    infos = [record.info for record in whole if record.info is not None]
    spacings = [info.key_frame_spacing for info in infos]
    times = [r.seconds for r in whole if r.seconds is not None]
    return Diagnosis(
        files=len(records),
        hours=sum(info.duration for info in infos) / 3600,
        gigabytes=sum(info.size_bytes for info in infos) / 1e9,
        findings=found,
        classes=counts,
        key_frame_spacing=statistics.median(spacings) if spacings else None,
        clip_milliseconds=1000 * statistics.fmean(times) if times else None,
        cores=threads(None, None)[0],
        quarantine=quarantined(found, where, list(splits)),
    )


def quarantined(found, where, splits):
    """{path: reason} of the files that training is better without.

    These are certain: files that cannot be read, and equal files. Of equal
    files of one class one stays, in the last split that has it: a test is
    compared with others' and should stay whole. Of equal files with different
    labels none stays. What only looks alike is left to people.

    Args:
        found: list of `Finding`s.
        where: see `splits.places`.
        splits: the names of the splits, training first.
    """
    reasons = {}
    for finding in found:
        reason = f"{finding.kind}: {finding.detail}"
        if finding.kind in BROKEN:
            reasons[finding.paths[0]] = reason
        elif finding.kind.startswith("copy"):
            for path in _spare(finding.paths, where, splits):
                reasons[path] = reason
    return reasons


def _spare(paths, where, splits):
    rows = [row for path in paths for row in where[path]]
    if len({label for _, label in rows}) > 1:
        return paths
    last = [max(splits.index(s) for s, _ in where[path]) for path in paths]
    kept = last.index(max(last))
    return paths[:kept] + paths[kept + 1 :]
