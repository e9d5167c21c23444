"""YAML files of others, read without running out of memory."""

import yaml

from kvideo.bounds import read_text

MOST = 1_000_000  # bytes of a configuration
NODES = 100_000  # values in it, each counted as often as it is named


def read_yaml(path):
    """What a YAML file holds, `yaml.safe_load` of it.

    Raises:
        ValueError: It is larger than any configuration, or becomes so where
            its parts are named again and again.
        yaml.YAMLError: It is no YAML.
    """
    text = read_text(path, MOST, "a configuration")
    if _size(yaml.compose(text, Loader=yaml.SafeLoader), {}) > NODES:
        raise ValueError(
            f"'{path}' names its parts again and again, until they are more "
            f"than {NODES:,} values: it is not read. Write them out."
        )
    return yaml.safe_load(text)


def _size(node, known):
    """Values below a node of YAML, each as often as it is reached."""
    if node is None or isinstance(node.value, str):
        return 1
    if id(node) not in known:
        # A node that holds itself is endless.
        known[id(node)] = NODES + 1
        parts = node.value
        if isinstance(node, yaml.MappingNode):
            parts = [part for pair in parts for part in pair]
        known[id(node)] = 1 + sum(_size(part, known) for part in parts)
    return known[id(node)]
