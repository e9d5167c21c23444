import threading

import pytest

from kvideo.ops import current_lowering, lowering


def test_train_is_the_default_and_blocks_nest():
    assert current_lowering() == "train"
    with lowering("mobile"):
        with lowering("train"):
            assert current_lowering() == "train"
        assert current_lowering() == "mobile"
    assert current_lowering() == "train"


def test_an_error_ends_the_block():
    with pytest.raises(KeyError), lowering("mobile"):
        raise KeyError
    assert current_lowering() == "train"


def test_each_thread_has_its_own_form():
    seen = []
    with lowering("mobile"):
        worker = threading.Thread(
            target=lambda: seen.append(current_lowering())
        )
        worker.start()
        worker.join()
    assert seen == ["train"]


def test_unknown_form():
    with pytest.raises(ValueError, match="form='fast'"), lowering("fast"):
        pass
