from tests.support.benchmarks import load

tflite_forms = load("tflite_forms")


def test_the_table():
    rows = [("keras", 1.234, 0.5, 1.0, 10.0, 6.04, 812.3)]
    assert tflite_forms.table(rows).splitlines() == [
        "| Form | MB | Top-1 | Same as Keras | ms, 1 thread | ms, 2 threads "
        "| Peak MB |",
        "| --- | --- | --- | --- | --- | --- | --- |",
        "| keras | 1.23 | 50.0% | 100.0% | 10.0 | 6.0 | 812 |",
    ]


def test_every_library_is_told_its_threads():
    assert tflite_forms.thread_settings(2) == {
        "OMP_NUM_THREADS": "2",
        "TF_NUM_INTRAOP_THREADS": "2",
        "TF_NUM_INTEROP_THREADS": "2",
    }
