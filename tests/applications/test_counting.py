import keras
import pytest

import kvideo
from kvideo.layers import Conv3D, MotionBandPass


def test_by_hand():
    x = keras.Input((6, 8, 8, 3))
    y = MotionBandPass(3, 0.9, strides=3, name="a_filter")(x)
    y = Conv3D(4, (1, 3, 3), strides=(1, 2, 2), name="b_conv")(y)
    y = keras.layers.GlobalAveragePooling3D(name="b_pool")(y)
    y = keras.layers.Dense(5, name="c_dense")(y)
    counted = kvideo.count(keras.Model(x, y))
    by_name = {row.name: row.macs for row in counted.layers}
    assert by_name == {
        "a_filter": 2 * 8 * 8 * 3 * (3 + 9),
        "b_conv": 2 * 4 * 4 * 9 * 3 * 4,
        "b_pool": 0,
        "c_dense": 4 * 5,
    }
    assert counted.macs == sum(by_name.values())
    assert counted.params == 3 * 12 + 9 * 3 * 4 + 4 * 5 + 5
    assert [row.step for row in counted.layers] == ["a", "b", "b", "c"]


def test_shared_layers_count_each_call():
    x = keras.Input((4,))
    dense = keras.layers.Dense(4, name="d_dense")
    counted = kvideo.count(keras.Model(x, dense(dense(x))))
    assert counted.macs == 2 * 16
    assert counted.params == 20


def test_moving_statistics_are_not_trainable():
    x = keras.Input((4,))
    y = keras.layers.BatchNormalization()(x)
    counted = kvideo.count(keras.Model(x, y))
    assert (counted.params, counted.trainable_params) == (16, 8)


def test_unknown_clip_shape_is_refused():
    model = kvideo.create_model(
        "tsm_resnet_nano", classes=2, input_shape=(None, None, None, 3)
    )
    with pytest.raises(ValueError, match="known clip shape"):
        kvideo.count(model)
