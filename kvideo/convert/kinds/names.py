"""Rules that several kinds share."""


def torchvision_resnet(prefix="", head="fc"):
    """Of `conv1`, `bn1`, `layer1.0.conv1`, ..., and the classifier.

    Args:
        prefix: What stands before these names.
        head: The classifier's name.
    """
    block = prefix + r"layer(?P<layer>\d)\.(?P<index>\d+)\.(?:block\.)?"
    ours = "res{stage}_block{block}"
    return (
        (rf"{prefix}conv1", "stem_conv"),
        (rf"{prefix}bn1", "stem_bn"),
        (rf"{block}conv(?P<n>\d)(?:\.net)?", ours + "_conv{n}"),
        (rf"{block}bn(?P<n>\d)", ours + "_bn{n}"),
        (rf"{block}downsample\.0", ours + "_projection"),
        (rf"{block}downsample\.1", ours + "_bn0"),
        (head, "logits"),
    )
