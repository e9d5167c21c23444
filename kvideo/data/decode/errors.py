"""What a video file that cannot be read raises."""


class VideoDecodeError(ValueError):
    """A video file that cannot be read. `path` and `reason` are attributes."""

    def __init__(self, path, reason):
        self.path, self.reason = str(path), reason
        super().__init__(f"Cannot decode {path}: {reason}.")


class VideoTooShortError(VideoDecodeError):
    """A file that ends before a wanted frame. `num_frames` is its length."""

    def __init__(self, path, num_frames, wanted):
        self.num_frames = num_frames
        super().__init__(
            path,
            f"frame {wanted} was wanted, but the file ends after "
            f"{num_frames} frames",
        )
