"""Stick figures that do parametric actions.

A figure is twelve capsules on joints. An action gives the joints' angles from
a clock: how far the movement has come, in cycles or, of what happens once, from
0 to 1. Angles are in radians from hanging down, positive to the front; the
figure looks to the right, and is mirrored to look to the left.
"""

import numpy as np

from kvideo.data.procedural.shapes import blend

# Lengths in heights of the figure.
TORSO, HEAD, UPPER_ARM, LOWER_ARM, THIGH, SHANK = (
    0.3,
    0.09,
    0.16,
    0.15,
    0.23,
    0.24,
)
HIP_HEIGHT = THIGH + SHANK
JOINTS = ("shoulders", "elbows", "hips", "knees")
# Of the limbs beside each other: torso, head, and each side's five.
_THICK = np.array([1.5, 2.0, *[0.9, 0.8, 1.2, 1.0, 0.8] * 2], np.float32)
# Box around a figure, in heights.
BOX = 1.5


def _pose(clock, **joints):
    """Arrays (T,) of all joints; a pair is (left, right), a value both."""
    pose = {"lean": 0.0, "rise": 0.0, "forward": 0.0, "width": 1.0}
    pose |= {f"{name}{side}": 0.0 for name in JOINTS for side in (0, 1)}
    for name, value in joints.items():
        if name in JOINTS:
            pair = value if isinstance(value, tuple) else (value, value)
            pose[f"{name}0"], pose[f"{name}1"] = pair
        else:
            pose[name] = value
    return {k: np.broadcast_to(v, clock.shape) for k, v in pose.items()}


def _stride(clock, hip, knee, arm, lean, pace):
    swing = np.sin(2 * np.pi * clock)
    lift = np.cos(2 * np.pi * clock)
    return _pose(
        clock,
        lean=lean,
        hips=(hip * swing, -hip * swing),
        knees=(-knee * np.maximum(lift, 0), -knee * np.maximum(-lift, 0)),
        shoulders=(-arm * swing, arm * swing),
        elbows=0.3 + arm / 2,
        forward=pace * clock,
    )


def walk(clock):
    return _stride(clock, hip=0.5, knee=0.7, arm=0.5, lean=0.05, pace=0.6)


def run(clock):
    return _stride(clock, hip=0.9, knee=1.6, arm=1.0, lean=0.25, pace=1.3)


def jump(clock):
    height = np.maximum(np.sin(2 * np.pi * clock), 0)
    bend = np.maximum(-np.sin(2 * np.pi * clock), 0)
    return _pose(
        clock,
        rise=0.35 * height - 0.16 * bend,
        hips=1.0 * bend,
        knees=-2.0 * bend,
        shoulders=2.4 * height - 0.6 * bend,
    )


def squat(clock):
    bend = 0.5 - 0.5 * np.cos(2 * np.pi * clock)
    return _pose(
        clock,
        rise=-0.2 * bend,
        hips=1.2 * bend,
        knees=-2.2 * bend,
        shoulders=1.4 * bend,
        lean=0.3 * bend,
    )


def wave(clock):
    side = np.sin(2 * np.pi * clock)
    return _pose(clock, shoulders=(2.6, -0.1), elbows=(0.3 + 0.7 * side, 0.2))


def clap(clock):
    apart = 0.5 + 0.5 * np.cos(2 * np.pi * clock)
    return _pose(
        clock, shoulders=(1.4 + 0.8 * apart, 1.4 - 0.8 * apart), elbows=0.1
    )


def reach(clock):
    done = _once(clock)
    return _pose(
        clock,
        shoulders=(2.9 * done, -0.1),
        elbows=(1.4 * (1 - done), 0.2),
        lean=0.15 * done,
    )


def push(clock):
    done = _once(clock)
    return _pose(
        clock,
        shoulders=0.4 + 1.1 * done,
        elbows=2.0 * (1 - done),
        lean=0.1 + 0.3 * done,
        hips=(0.3 * done, -0.4 * done),
        forward=0.2 * done,
    )


def fall(clock):
    done = _once(clock) ** 1.5
    return _pose(
        clock,
        lean=1.5 * done,
        hips=-1.3 * done,
        rise=-(HIP_HEIGHT - 0.1) * done,
        shoulders=1.5 * done,
    )


def turn(clock):
    return _pose(
        clock,
        width=np.cos(2 * np.pi * clock),
        shoulders=(0.9, -0.9),
        hips=(0.25, -0.25),
    )


# Action -> (pose of a clock, whether it happens once).
ACTIONS = {
    "walk": (walk, False),
    "run": (run, False),
    "jump": (jump, False),
    "squat": (squat, False),
    "wave": (wave, False),
    "clap": (clap, False),
    "turn": (turn, False),
    "reach": (reach, True),
    "push": (push, True),
    "fall": (fall, True),
}


def _once(clock):
    """A movement from 0 to 1 with a soft beginning and end."""
    share = np.clip(clock, 0, 1)
    return share * share * (3 - 2 * share)


def limbs(pose):
    """Ends of the twelve capsules, float32 `(12, 2, T, 2)`, y up.

    In heights of the figure, from the point on the ground below the hip.
    """
    height = HIP_HEIGHT + pose["rise"]
    hip = np.stack([np.zeros_like(height), height], axis=-1)
    neck = hip + _along(np.pi - pose["lean"], TORSO)
    crown = neck + _along(np.pi - pose["lean"], HEAD)
    parts = [(hip, neck), (neck, crown)]
    for side in (0, 1):
        shoulder = neck + (hip - neck) * 0.12
        upper = pose[f"shoulders{side}"] - pose["lean"] * 0.5
        elbow = shoulder + _along(upper, UPPER_ARM)
        hand = elbow + _along(upper + pose[f"elbows{side}"], LOWER_ARM)
        knee = hip + _along(pose[f"hips{side}"], THIGH)
        lower = pose[f"hips{side}"] + pose[f"knees{side}"]
        foot = knee + _along(lower, SHANK)
        toe = foot + _along(lower + np.pi / 2, 0.07)
        parts += [(shoulder, elbow), (elbow, hand)]
        parts += [(hip, knee), (knee, foot), (foot, toe)]
    ends = np.array(parts, np.float32)
    ends[..., 0] *= pose["width"]
    return ends


def _along(angle, length):
    """A step in the direction of an angle from hanging down, `(T, 2)`."""
    return length * np.stack([np.sin(angle), -np.cos(angle)], axis=-1)


def draw_figure(frames, pose, place, height, facing, colours, thickness):
    """Draws a figure into frames, in place; it wraps around.

    Args:
        frames: float32 `(T, S, S, 3)`, changed.
        pose: What an action returns.
        place: `(T, 2)`: x and y in pixels of the middle of the standing
            figure.
        height: In pixels.
        facing: 1 to look to the right, -1 to the left.
        colours: `(12, 3)`, of the limbs.
        thickness: Radius of the limbs, in heights.
    """
    middle = place.copy()
    middle[:, 0] += facing * height * pose["forward"]
    span = min(int(np.ceil(BOX * height)), frames.shape[1])
    corner = np.floor(middle - span / 2).astype(np.int64)
    x, y = (corner[:, axis, None] + np.arange(span) for axis in (0, 1))
    across = facing * (x - middle[:, 0, None]) / height
    up = 0.5 - (y - middle[:, 1, None]) / height
    across, up = across.astype(np.float32), up.astype(np.float32)
    radii = thickness * _THICK
    nearest = np.full((len(frames), span, span), np.inf, np.float32)
    owner = np.zeros(nearest.shape, np.uint8)
    for number, (start, end) in enumerate(limbs(pose)):
        away = _squared_distance(across, up, start, end)
        away *= 1 / radii[number] ** 2
        owner[away < nearest] = number
        np.minimum(nearest, away, out=nearest)
    inside = (1 - np.sqrt(nearest)) * radii[owner] * height
    share = np.clip(inside + 0.5, 0, 1)[..., None]
    blend(frames, x, y, colours[owner], share)


def _squared_distance(x, y, start, end):
    """From each pixel to a limb, `(T, h, w)`."""
    along = end - start
    dx = x[:, None, :] - start[:, 0, None, None]
    dy = y[:, :, None] - start[:, 1, None, None]
    ax, ay = (along[:, axis, None, None] for axis in (0, 1))
    share = dx * ax + dy * ay
    share /= np.maximum(ax * ax + ay * ay, 1e-6)
    np.clip(share, 0, 1, out=share)
    dx = dx - share * ax
    dy = dy - share * ay
    dx *= dx
    dy *= dy
    dx += dy
    return dx
