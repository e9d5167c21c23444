from kvideo.data.datasets import hacs_clips
from tests.support.files import empty, names_below, write_tree

CSV = """classname,youtube_id,subset,start,end,label
Archery,a2X2hz1G6i8,training,15.5,17.5,1
Archery,NUdji_CqvcY,training,77.5,79.5,-1
Playing drums,x,training,0.0,2.0,1
Archery,a2X2hz1G6i8,training,20.0,22.0,1
Archery,y,validation,1.0,3.0,1
"""


def test_positive_clips_are_segments(tmp_path):
    root = write_tree(
        tmp_path,
        {"HACS_clips_v1.1.1.csv": CSV}
        | empty(
            "Archery/v_a2X2hz1G6i8.mp4",
            "Archery/v_y.mp4",
            "Playing_drums/v_x.mp4",
        ),
    )
    path = root / "HACS_clips_v1.1.1.csv"
    train = hacs_clips(path, root)
    assert names_below(root, train) == [
        "Archery/v_a2X2hz1G6i8.mp4",
        "Playing_drums/v_x.mp4",
        "Archery/v_a2X2hz1G6i8.mp4",
    ]
    assert train.labels == [0, 1, 0]
    assert train.segments == [(15.5, 17.5), (0.0, 2.0), (20.0, 22.0)]
    held_out = hacs_clips(path, root, "validation")
    assert held_out.segments == [(1.0, 3.0)]
    assert held_out.class_names == train.class_names
