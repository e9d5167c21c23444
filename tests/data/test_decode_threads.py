import subprocess
import sys

import av
import numpy as np
import pytest

from kvideo.data import decode


def test_threads_give_the_same_frames(tmp_path):
    path = tmp_path / "a.mp4"
    noise = np.random.default_rng(0).integers(0, 255, (40, 4, 4, 3), np.uint8)
    frames = noise.repeat(16, axis=1).repeat(16, axis=2)
    decode.write_video(path, frames, options={"g": "15", "bf": "3"})
    for places in ([0, 20, 39], [33], range(40)):
        np.testing.assert_array_equal(
            decode.read_frames(path, places, threads=3),
            decode.read_frames(path, places),
        )


_PEAK = """
import sys
from kvideo.data import decode

def memory(entry):
    with open("/proc/self/status") as file:
        lines = dict(line.split(":", 1) for line in file)
    return int(lines[entry].split()[0]) / 1024

before = memory("VmRSS")
places = range(int(sys.argv[2]), 120, 15)
assert decode.count_frames(sys.argv[1]) == 120
assert decode.read_frames(sys.argv[1], places).shape == (8, 1080, 1920, 3)
print(memory("VmHWM") - before)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("key_frames", [15, 250])
def test_a_clip_of_1080p_takes_less_than_200_mb(tmp_path, key_frames):
    path = tmp_path / "a.mp4"
    _write_1080p(path, 120, {"preset": "veryfast", "g": str(key_frames)})
    done = subprocess.run(
        [sys.executable, "-c", _PEAK, str(path), "14"],
        capture_output=True,
        text=True,
        check=True,
    )
    print(f"{float(done.stdout):.0f} MB, key frames {key_frames} apart")
    # The clip itself is 47.5 MB.
    assert 47 < float(done.stdout) < 200


def _write_1080p(path, number, options):
    """A moving picture, encoded frame by frame: all at once is 1.5 GB."""
    small = np.random.default_rng(0).integers(0, 255, (27, 48, 3), np.uint8)
    picture = small.repeat(40, axis=0).repeat(40, axis=1)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25, options=options)
        stream.width, stream.height, stream.pix_fmt = 1920, 1080, "yuv420p"
        for step in range(number):
            array = np.roll(picture, (3 * step, 5 * step), axis=(0, 1))
            frame = av.VideoFrame.from_ndarray(array, format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
