import pytest

import kvideo
from kvideo.lazy import lazy


def test_names_come_from_their_homes():
    get, names, public = lazy("os", {"join": "path"}, ("path",))
    import os.path

    assert get("join") is os.path.join
    assert get("path") is os.path
    assert names() == public == ["join", "path"]


def test_a_name_that_is_not_there():
    with pytest.raises(AttributeError, match=r"'kvideo' has no .*'modles'"):
        kvideo.modles  # noqa: B018
