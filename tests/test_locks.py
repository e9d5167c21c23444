"""Locks of the operating system: who holds one, and what a death leaves."""

import os
import signal
import subprocess
import sys

import pytest

from kvideo.locks import FOLDER_LOCK, LockedError, folder_lock, locked

HOLDER = """
import sys, time
from kvideo.locks import folder_lock
with folder_lock(sys.argv[1]):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path):
    """A process that holds the folder; it is killed in the end."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()


def test_another_process_is_refused_and_told_who_holds_it(holder, tmp_path):
    with (
        pytest.raises(LockedError, match=rf"process {holder.pid} on .*since 2"),
        folder_lock(tmp_path),
    ):
        pass


def test_a_lock_ends_with_the_process_that_was_killed(holder, tmp_path):
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    assert (tmp_path / FOLDER_LOCK).exists()
    with folder_lock(tmp_path):
        pass
    assert not list(tmp_path.iterdir())


def test_a_lock_is_for_one_at_a_time_in_one_process_too(tmp_path):
    path = tmp_path / "a.lock"
    with locked(path, "a"):
        with (
            pytest.raises(LockedError, match="'a' is being written by"),
            locked(path, "a"),
        ):
            pass
        assert path.exists()
    with locked(path, "a"):
        pass
    assert not path.exists()


def test_children_do_not_keep_a_lock(tmp_path):
    with folder_lock(tmp_path):
        child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=-1)
    try:
        with folder_lock(tmp_path):
            pass
    finally:
        child.communicate(b"\n")
