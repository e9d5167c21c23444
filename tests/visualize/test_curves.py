import keras
import numpy as np
import pytest

from kvideo.visualize import curves_figure, read_history

HISTORY = {"loss": [2.0, 1.0], "val_loss": [2.5, 1.5], "accuracy": [0.1, 0.9]}


def test_every_quantity_has_a_panel_with_its_validation():
    loss, accuracy = curves_figure(HISTORY, "Run").axes
    training, validation = loss.lines
    np.testing.assert_array_equal(training.get_ydata(), [2, 1])
    np.testing.assert_array_equal(validation.get_ydata(), [2.5, 1.5])
    np.testing.assert_array_equal(training.get_xdata(), [1, 2])
    assert validation.get_linestyle() == "--"
    assert len(accuracy.lines) == 1


def test_a_history_without_curves_is_refused():
    with pytest.raises(ValueError, match="val_loss"):
        curves_figure({"val_loss": [1.0]})


def test_the_log_of_keras_is_read(tmp_path):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile(loss="mse")
    logger = keras.callbacks.CSVLogger(tmp_path / "log.csv")
    history = model.fit(
        np.ones((4, 2)), np.ones(4), epochs=3, verbose=0, callbacks=[logger]
    ).history
    read = read_history(tmp_path / "log.csv")
    assert list(read) == ["loss"]
    np.testing.assert_allclose(read["loss"], history["loss"], rtol=1e-6)


def test_epochs_without_validation_are_bridged(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("epoch,loss,val_loss\n0,3,5\n1,2,NA\n2,1,4\n")
    read = read_history(path)
    assert read["loss"] == [3, 2, 1]
    assert np.isnan(read["val_loss"][1])
    _, validation = curves_figure(read).axes[0].lines
    np.testing.assert_array_equal(validation.get_xdata(), [1, 3])
    np.testing.assert_array_equal(validation.get_ydata(), [5, 4])


def test_files_that_are_no_logs(tmp_path):
    with pytest.raises(FileNotFoundError, match="nothing"):
        read_history(tmp_path / "nothing.csv")
    path = tmp_path / "log.csv"
    path.write_text("epoch,loss\n0,high\n")
    with pytest.raises(ValueError, match="number in every column"):
        read_history(path)
