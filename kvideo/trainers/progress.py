"""What `kvideo train` shows while it runs."""

import time

import keras

from kvideo.terminal import PlainConsole

BAR = 24
SECONDS = 0.1  # between two drawings


class Speed(keras.callbacks.Callback):
    """Measures clips per second and the share of time spent on waiting.

    Over the steps of an epoch so far, without validation; of the first epoch
    without its first step, in which the network is compiled.

    Args:
        meter: A `DataMeter`.
        batch_size: Clips in a step, where the meter watches nothing.

    Attributes:
        clips_per_second: A float, or None before it can be said.
        data_wait: Share of the time in which no clip was there, 0 to 1, or
            None where nobody measures it.
    """

    def __init__(self, meter, batch_size):
        super().__init__()
        self.meter, self.batch_size = meter, batch_size
        self.clips_per_second = self.data_wait = None
        self._steps, self._compiled = 0, False
        self._begin()

    def on_epoch_begin(self, epoch, logs=None):
        self._begin()

    def on_train_batch_end(self, batch, logs=None):
        self._steps += 1
        if not self._compiled:
            self._compiled = True
            self._begin()
            return
        steps, clips, waited, now = self._now()
        began = self._began
        seconds = max(now - began[3], 1e-9)
        watching = self.meter.watching
        done = clips - began[1]
        if not watching:
            done = self.batch_size * (steps - began[0])
        self.clips_per_second = done / seconds
        if watching:
            self.data_wait = min(1.0, (waited - began[2]) / seconds)

    def _begin(self):
        self._began = self._now()

    def _now(self):
        meter = self.meter
        return self._steps, meter.clips, meter.waited, time.perf_counter()

    def measured(self):
        """Name to value of the attributes that are known."""
        names = ("clips_per_second", "data_wait")
        values = {name: getattr(self, name) for name in names}
        return {k: v for k, v in values.items() if v is not None}

    def text(self):
        """`"41.3 clips/s, waiting for data 12 %"`; empty at first."""
        if self.clips_per_second is None:
            return ""
        text = f"{self.clips_per_second:.3g} clips/s"
        if self.data_wait is None:
            return text
        return f"{text}, waiting for data {self.data_wait:.0%}"


class ProgressBar(keras.callbacks.Callback):
    """A bar for each epoch on a terminal, and a line after it anywhere.

    Drawn with carriage returns alone: an error or Ctrl-C in the middle leaves
    nothing to tidy up.

    Args:
        speed: A `Speed`, which must come before it in the list of callbacks.
        console: A `rich.console.Console`; by default one on the terminal.
    """

    def __init__(self, speed, console=None):
        super().__init__()
        self.speed = speed
        self.console = console or PlainConsole()
        self._drawn = -SECONDS

    def on_epoch_begin(self, epoch, logs=None):
        self._title = f"Epoch {epoch + 1}/{self.params['epochs']}"
        self._began = time.perf_counter()

    def on_train_batch_end(self, batch, logs=None):
        now = time.perf_counter()
        if self.console.is_terminal and now - self._drawn >= SECONDS:
            self._drawn = now
            self._draw(self._line(batch + 1, now - self._began, logs))

    def on_epoch_end(self, epoch, logs=None):
        if self.console.is_terminal:
            self._draw("")
        figures = [f"{name} {float(x):.4g}" for name, x in logs.items()]
        line = ", ".join([*figures, self.speed.text()]).rstrip(", ")
        self.console.print(f"{self._title}: {line}")

    def _line(self, step, seconds, logs):
        steps = self.params.get("steps")
        parts = [self._title, str(step)]
        if steps:
            full = min(BAR, BAR * step // steps)
            bar = "#" * full + "." * (BAR - full)
            left = seconds * (steps - step) / step
            parts[1:] = [f"[{bar}] {step}/{steps}", f"{left:.0f} s left"]
        parts.append(f"loss {float(logs['loss']):.4g}")
        return "  ".join([*parts, self.speed.text()])

    def _draw(self, line):
        width = self.console.width - 1
        self.console.file.write("\r" + line[:width].ljust(width) + "\r")
        self.console.file.flush()
