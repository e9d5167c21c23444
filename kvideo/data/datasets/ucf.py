"""UCF101: 13,320 videos of 101 actions, three splits.

Soomro, Zamir and Shah, UCF101: A Dataset of 101 Human Actions Classes From
Videos in The Wild, CRCV-TR-12-01, 2012. Videos (`UCF101.rar`) and splits
(`UCF101TrainTestSplits-RecognitionTask.zip`) are at
https://www.crcv.ucf.edu/data/UCF101.php. The split files: `classInd.txt` has
lines "1 ApplyEyeMakeup"; `trainlist01.txt` has lines
"ApplyEyeMakeup/v_ApplyEyeMakeup_g08_c01.avi 1", and `testlist01.txt` the same
without the number.
"""

import os

from kvideo.data.datasets import collect


def ucf101(root, split=1, subset="train", annotations=None, on_missing="skip"):
    """Lists a split of UCF101.

    Args:
        root: folder with the 101 class folders.
        split: 1, 2 or 3.
        subset: `"train"` or `"test"`.
        annotations: folder of the split files; `None`: `ucfTrainTestlist` in
            `root` or beside it.
        on_missing: `"skip"` or `"error"`, for listed files that are not there.

    Returns:
        A `Listing` with the classes in the order of `classInd.txt`.

    Raises:
        FileNotFoundError: no split files, or missing videos.
        ValueError: no such split or subset.
    """
    collect.check_choice("split", split, (1, 2, 3))
    collect.check_choice("subset", subset, ("train", "test"))
    lists = annotations or collect.find(
        "folder of UCF101's split files",
        os.path.join(root, "ucfTrainTestlist"),
        os.path.join(
            os.path.dirname(os.path.abspath(root)), "ucfTrainTestlist"
        ),
    )
    classes = collect.read_lines(os.path.join(lists, "classInd.txt"))
    lines = collect.read_lines(
        os.path.join(lists, f"{subset}list{split:02d}.txt")
    )
    paths = [line.split()[0] for line in lines]
    return collect.make_listing(
        [(os.path.join(root, p), p.split("/")[0], None) for p in paths],
        [line.split(maxsplit=1)[1] for line in classes],
        on_missing,
    )
