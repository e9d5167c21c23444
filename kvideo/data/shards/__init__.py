"""Shards: TFRecord files of whole videos, and the index that reads them.

A folder of shards holds `shard-00000-of-00012.tfrecord` and so on, plain
TFRecord files with one `tf.train.Example` for each video, and, written last,
`manifest.json`. The manifest says where each record begins, and its checksum.
So a record is read alone: each epoch has its own order over all videos, and a
damaged record costs one video, not its shard. `docs/shards.md` describes the
files. All paths may be those of `tf.io.gfile`, such as `gs://bucket/shards`.

- `layout`: names, settings, and where a record is;
- `records`: one video to the bytes of its record;
- `plan`: which video goes into which shard;
- `write`: `write_shards`, with threads of this machine;
- `beam`: the same shards from the workers of an Apache Beam pipeline;
- `manifest`: `open_shards`, which lists them;
- `files`: the frames of a record;
- `remote`: the listing of a folder that only `tf.io.gfile` can reach.
"""
