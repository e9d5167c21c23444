import dataclasses
import json

from kvideo.data.rates import DataRates

# Videos of ten seconds that keep the network waiting.
SLOW = DataRates(
    clips=8,
    height=256,
    width=340,
    num_frames=250,
    key_frame_spacing=250,
    clip_frames=8,
    clip_size=(224, 224),
    cores=2,
    num_parallel_calls=2,
    decode=40.0,
    transform=5.0,
    transfer=0.1,
    cached=5.0,
    store=350.0,
    dataset=44.0,
    model=90.0,
    together=43.0,
)


def advice(**changes):
    return " ".join(dataclasses.replace(SLOW, **changes).advice())


def test_the_slowest_stage_is_the_bottleneck():
    assert SLOW.bottleneck == "decode"
    assert dataclasses.replace(SLOW, transform=50).bottleneck == "transform"
    assert dataclasses.replace(SLOW, transfer=50).bottleneck == "transfer"


def test_a_network_slower_than_its_data_is_the_bottleneck():
    slow = dataclasses.replace(SLOW, model=43.9)
    assert slow.bottleneck == "model"
    assert "no setting of the data set" in " ".join(slow.advice())
    alone = dataclasses.replace(SLOW, model=None, together=None)
    assert alone.bottleneck == "decode"


def test_a_cache_is_advised_where_it_pays():
    # 350 ms once, 35 ms less each time.
    assert "5.0 ms a clip instead of 40.0 ms" in advice()
    assert "pays off after 10 epochs" in advice()
    assert "cache_dir" not in advice(cached=35.0)
    assert "cache_dir" not in advice(cached=None, store=None)


def test_idle_cores_are_named():
    assert "num_parallel_calls" not in advice()
    assert "`num_parallel_calls=16`" in advice(cores=16)


def test_frames_larger_than_needed_are_named():
    assert "cache_short_side" not in advice()
    assert "cache_short_side=256" in advice(height=1080, width=1920)
    assert "cache_short_side=256" in advice(
        height=1920, width=1080, transform=90
    )


def test_sparse_key_frames_are_named():
    # 250 / 8 frames lie between two that are wanted.
    assert "about 31 frames are decoded" in advice()
    assert "key frames" not in advice(key_frame_spacing=12)
    assert "key frames" not in advice(num_frames=100)
    assert "key frames" not in advice(transform=90)


def test_the_device_can_take_batches_ahead():
    assert "prefetch_to_device" in advice(transfer=90)


def test_there_may_be_nothing_to_set():
    assert "No setting here would help" in advice(transform=90)


def test_it_goes_to_json():
    fields = json.loads(json.dumps(SLOW.to_dict()))
    assert fields["decode"] == 40.0
    assert fields["bottleneck"] == "decode"
    assert len(fields["advice"]) == 2
