"""The shards of `write_shards`, written by the workers of Apache Beam.

The listing is made where the pipeline starts. Each worker then writes whole
shards with the same function as `write_shards`, so the files are equal byte
for byte; shards that are finished are kept. Only paths of `tf.io.gfile` are
used: with several machines both folders must be on a storage that all of them
reach.
"""

from kvideo.data.shards import folder, layout
from kvideo.data.shards.manifest import read_manifest
from kvideo.data.shards.plan import plan_shards
from kvideo.data.shards.write import write_manifest, write_shard


def write_shards_with_beam(
    source,
    to,
    encode="jpeg",
    short_side=None,
    quality=95,
    videos_per_shard=64,
    overwrite=False,
    options=(),
):
    """Writes shards with a pipeline of Apache Beam (`pip install
    "kvideo[beam]"`).

    Args:
        source, to, encode, short_side, quality, videos_per_shard, overwrite:
            as of `kvideo.data.write_shards`.
        options: options of the pipeline, a list of strings such as
            `["--runner=DataflowRunner", "--project=..."]`. None run it on this
            machine.

    Returns:
        The manifest, as `kvideo.data.write_shards`.

    Raises:
        ImportError: Apache Beam is not installed.
        FileNotFoundError, ValueError: as `kvideo.data.write_shards`.
    """
    beam = _beam()
    settings = layout.Settings(encode, short_side, quality, videos_per_shard)
    class_names, tasks = plan_shards(source, to, settings)
    options = beam.options.pipeline_options.PipelineOptions(list(options))
    with folder.held(to), beam.Pipeline(options=options) as pipeline:
        folder.start_folder(tasks, overwrite)
        _ = (
            pipeline
            | "Shards" >> beam.Create(tasks)
            # Otherwise one worker would write them all.
            | "Spread" >> beam.Reshuffle()
            | "Write" >> beam.Map(write_shard)
            | "Gather" >> beam.combiners.ToList()
            | "Manifest" >> beam.Map(_write_manifest, tasks[0].to, class_names)
        )
    return read_manifest(tasks[0].to)


def _write_manifest(receipts, to, class_names):
    """Nothing is returned: the manifest may be large."""
    write_manifest(to, receipts, class_names)


def _beam():
    try:
        import apache_beam
        import apache_beam.options.pipeline_options
    except ImportError as error:
        raise ImportError(
            "Apache Beam is not installed. Try `pip install "
            '"kvideo[beam]"`, best in an environment of its own: it holds '
            "protobuf and Pillow at older versions."
        ) from error
    return apache_beam
