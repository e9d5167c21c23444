"""The frames of an open file, whatever else is in it."""

import av


class Decoding:
    """Yields what the decoder shows, once.

    A packet that cannot be decoded costs its own picture and ends nothing, as
    in FFmpeg's own programs: a file that was cut inside a group of pictures
    begins with some, and a joined one may hold some.

    Args:
        container, stream: an open file, at its start.

    Attributes:
        shown: frames so far.
        lost: packets that could not be decoded, after the first frame.

    Raises:
        av.FFmpegError: nothing of the file could be decoded.
    """

    def __init__(self, container, stream):
        self._container, self._stream = container, stream
        self._error, self.shown, self.lost = None, 0, 0

    def __iter__(self):
        for packet in self._container.demux(self._stream):
            for frame in self._decoded(packet):
                self.shown += 1
                yield frame
        if self._error and not self.shown:
            raise self._error

    def _decoded(self, packet):
        try:
            return packet.decode()
        except av.FFmpegError as error:
            self._error = self._error or error
            self.lost += self.shown > 0
            return ()
