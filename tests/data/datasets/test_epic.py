import pytest

from kvideo.data.datasets import epic_kitchens
from tests.support.files import empty, names_below, write_tree

ROWS = (
    "{},P01,P01_01,00:00:00.14,00:01:03.37,open,1,door,0\n"
    "{},P02,P02_101,01:00:00.00,01:00:01.50,take,0,plate,2\n"
)
HEADER = (
    "{},participant_id,video_id,start_timestamp,stop_timestamp,"
    "verb,verb_class,noun,noun_class\n"
)
HUNDRED = {
    "EPIC_100_train.csv": HEADER.format("narration_id")
    + ROWS.format("P01_01_0", "P02_101_3"),
    "EPIC_100_verb_classes.csv": "id,key,instances,category\n"
    "1,open,\"['open']\",access\n0,take,\"['take', 'grab']\",retrieve\n",
    "EPIC_100_noun_classes.csv": "id,key,instances,category\n"
    "0,door,x,y\n1,tap,x,y\n2,plate,x,y\n",
}
FIFTY_FIVE = {
    "EPIC_train_action_labels.csv": HEADER.format("uid") + ROWS.format(0, 1),
    "EPIC_verb_classes.csv": "verb_id,class_key,verbs\n0,take,x\n1,open,x\n",
    "EPIC_noun_classes.csv": "noun_id,class_key,nouns\n"
    "0,door,x\n1,tap,x\n2,plate,x\n",
}


@pytest.mark.parametrize("files", [HUNDRED, FIFTY_FIVE])
def test_segments_with_verb_and_noun(tmp_path, files):
    videos = empty("P01/videos/P01_01.MP4", "P02/P02_101.mp4")
    root = write_tree(tmp_path, files | videos)
    path = root / next(iter(files))
    listing = epic_kitchens(path, root)
    assert names_below(root, listing) == [
        "P01/videos/P01_01.MP4",
        "P02/P02_101.mp4",
    ]
    assert listing.labels == {"verb": [1, 0], "noun": [0, 2]}
    assert listing.class_names == {
        "verb": ["take", "open"],
        "noun": ["door", "tap", "plate"],
    }
    assert listing.segments == [(0.14, 63.37), (3600.0, 3601.5)]
    verbs = epic_kitchens(path, root, labels="verb")
    assert verbs.labels == [1, 0]
    assert verbs.class_names == ["take", "open"]
    with pytest.raises(ValueError, match="labels='action'"):
        epic_kitchens(path, root, labels="action")
