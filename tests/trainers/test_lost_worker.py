"""A worker that sees that another one is no more."""

import atexit
import socket
import threading

import pytest
import tensorflow as tf

from kvideo.trainers import lost_worker
from kvideo.trainers.lost_worker import WorkerLostError, together


@pytest.fixture
def given_up(monkeypatch):
    """An event instead of the end of this process."""
    event = threading.Event()
    monkeypatch.setattr(lost_worker, "SECONDS", 0.05)
    monkeypatch.setattr(lost_worker, "_give_up", lambda address: event.set())
    return event


def test_an_open_port_that_closes_is_a_loss(given_up):
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
        with together([address]):
            assert not given_up.wait(0.5)
            server.close()
            assert given_up.wait(10)


def test_who_was_never_there_is_waited_for(given_up):
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
    with together([address]):
        assert not given_up.wait(0.5)


def test_what_tensorflow_notices_is_one_sentence(monkeypatch):
    ends = []
    monkeypatch.setattr(atexit, "register", ends.append)
    error = tf.errors.UnavailableError(None, None, "heartbeats\n" * 60)
    with (
        pytest.raises(WorkerLostError, match=r"Another worker.*h:1.*`resume`"),
        together(["h:1"]),
    ):
        raise error
    assert ends == [lost_worker._end_now]


def test_other_errors_are_no_loss():
    with pytest.raises(ValueError, match="mine"), together(["h:1"]):
        raise ValueError("mine")
