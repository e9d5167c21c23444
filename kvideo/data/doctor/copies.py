"""Equal files, and videos that look alike."""

import collections
import concurrent.futures
import dataclasses
import hashlib

import numpy as np

from kvideo.data.doctor import hashes


@dataclasses.dataclass(frozen=True)
class Copies:
    """Files that are the same in some way.

    Attributes:
        paths: tuple of at least two, in the order of the collection.
        distance: of those that look alike, the largest distance between two
            that were joined, in bits a frame; 0 for equal files.
    """

    paths: tuple
    distance: float = 0.0


def equal_files(records, workers=1):
    """The `Copies` with the same bytes: the same size, then SHA-256."""
    sizes = collections.defaultdict(list)
    for record in records:
        if record.info is not None:
            sizes[record.info.size_bytes].append(record.path)
    paths = [p for group in sizes.values() if len(group) > 1 for p in group]
    with concurrent.futures.ThreadPoolExecutor(workers) as threads:
        sums = threads.map(_checksum, paths)
        groups = collections.defaultdict(list)
        for path, checksum in zip(paths, sums, strict=True):
            groups[checksum].append(path)
    return [Copies(tuple(g)) for g in groups.values() if len(g) > 1]


def _checksum(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def look_alikes(records, bits):
    """The `Copies` whose frames look alike, and those that do mirrored.

    Groups are chains: a looks like b, and b like c. Files of a chain are not
    compared with its mirror images once more.

    Args:
        records: `FileRecord`s; those without hashes are left out.
        bits: the largest distance, in bits a frame.

    Returns:
        (list of `Copies`, list of mirrored `Copies`).
    """
    records = [record for record in records if record.hashes is not None]
    if len(records) < 2:
        return [], []
    # (videos, as they are or mirrored, frames)
    all_hashes = np.stack([record.hashes for record in records])
    plain, turned = all_hashes[:, 0], all_hashes[:, 1]
    alike = _Chains(len(records))
    for pairs in hashes.near(plain, plain, bits):
        alike.join(*pairs)
    mirrored = _Chains(len(records))
    for i, j, distance in hashes.near(turned, plain, bits):
        new = np.array(
            [alike.top(a) != alike.top(b) for a, b in zip(i, j, strict=True)],
            bool,
        )
        mirrored.join(i[new], j[new], distance[new])
    return alike.groups(records), mirrored.groups(records)


class _Chains:
    """Sets of numbers that grow together (union-find)."""

    def __init__(self, size):
        self._parents = list(range(size))
        self._distances = [0.0] * size

    def top(self, number):
        parents = self._parents
        while parents[number] != number:
            parents[number] = parents[parents[number]]
            number = parents[number]
        return number

    def join(self, first, second, distances):
        for a, b, distance in zip(
            first.tolist(), second.tolist(), distances.tolist(), strict=True
        ):
            a, b = self.top(a), self.top(b)
            low, high = min(a, b), max(a, b)
            if low != high:
                self._parents[high] = low
                largest = max(self._distances[low], self._distances[high])
                self._distances[low] = max(distance, largest)

    def groups(self, records):
        members = collections.defaultdict(list)
        for number, record in enumerate(records):
            members[self.top(number)].append(record.path)
        return [
            Copies(tuple(paths), self._distances[top])
            for top, paths in members.items()
            if len(paths) > 1
        ]
