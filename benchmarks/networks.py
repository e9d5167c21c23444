"""Time kvideo's networks beside plain Keras and PyTorch, on this machine.

    python benchmarks/networks.py                      # all networks: hours
    python benchmarks/networks.py x3d_m tsm_resnet50   # these
    python benchmarks/networks.py x3d_m --modes forward --forms torch_cl keras
    python benchmarks/networks.py --write-docs         # docs/speed.md

A forward pass takes one clip, a training step (forward, loss, gradients, SGD
with momentum) two. Each form of a network runs in a fresh process; kvideo's
takes turns with a few others at a time, round by round, and each is compared
with what kvideo took in those rounds. Results add up in
`benchmarks/results/networks.json`, so that networks can be run one by one.

On a machine that is busy with other things, `--cpu-time` counts what the
threads of a process work, and not how long it takes; those results go to
`networks_cpu.json`.
"""

import argparse
import importlib.util
import json
import os
import pathlib
import sys
import time

import network_report
from network_calls import FORMS, MODES, OURS, matmul_call, network_call
from workers import (
    Worker,
    WorkerError,
    peak_memory,
    serve,
    set_threads,
    time_call,
)

FOLDER = pathlib.Path(__file__).resolve().parent
BATCH = {"forward": 1, "training": 2}
# BTSNet needs more than eight frames.
QUICK_CLIP = (16, 32, 32)
# Milliseconds a call from which two rounds are enough.
SLOW = 5000
# The square matrices whose product gives the machine's rate.
MATRIX_SIDE, QUICK_SIDE = 4096, 256


def work(case):
    """Build what `case` says and answer "start", "time" and "memory"."""
    set_threads(case["library"], case["threads"])
    call = None

    def answer(question):
        nonlocal call
        if question == "memory":
            return peak_memory()
        if question == "start":
            call = _make_call(case)
            for _ in range(2):
                call()
            return None
        return time_call(call, 0, case["cpu_time"])

    serve(answer)


def _make_call(case):
    if "side" in case:
        return matmul_call(case["library"], case["dtype"], case["side"])
    form = FORMS[case["form"]]
    return network_call(form, case["mode"], case["layout"], case["batch"])


class Race:
    """Workers that take turns; one that fails leaves with its reason."""

    def __init__(self, patience):
        self.patience = patience
        self.workers, self.errors = {}, {}

    def enter(self, name, case):
        self.workers[name] = Worker(__file__, "--worker", json.dumps(case))
        self._ask(name, "start")

    def run(self, names, rounds):
        """Milliseconds of each call of each of `names`."""
        times = {name: [] for name in names}
        for _ in range(rounds):
            for name in names:
                done = times[name]
                if len(done) >= 2 and done[-1] > SLOW:
                    continue
                milliseconds = self._ask(name, "time")
                if milliseconds is not None:
                    done.append(milliseconds)
        return {name: done for name, done in times.items() if done}

    def leave(self, name):
        """End a worker; its peak memory in MB."""
        memory = self._ask(name, "memory")
        if name in self.workers:
            self.workers.pop(name).close()
        return memory

    def _ask(self, name, question):
        if name not in self.workers:
            return None
        try:
            return self.workers[name].ask(question, self.patience)
        except WorkerError as error:
            self.errors[name] = str(error)
            self.workers.pop(name).close()
            return None


def measure_rates(options):
    """GFLOP/s of a large matrix product, the faster library's, by dtype."""
    race, side = Race(options.patience), options.side
    names = []
    for library in ("tensorflow", "torch") if has_torch() else ("tensorflow",):
        for dtype in ("float32", "bfloat16"):
            case = {"library": library, "dtype": dtype, "side": side}
            race.enter((library, dtype), case | common(options))
            names.append((library, dtype))
    times = race.run(names, options.rounds)
    for name in names:
        race.leave(name)
    rates = {}
    for (_, dtype), values in times.items():
        rate = 2 * side**3 / min(values) / 1e6
        rates[dtype] = max(rate, rates.get(dtype, 0))
    return rates


def measure(layout, mode, forms, options):
    """Results of all `forms` of one network in one mode, as plain data."""
    race = Race(options.patience)
    case = {"layout": layout, "mode": mode, **common(options)}
    case["batch"] = options.batch or BATCH[mode]

    def enter(form):
        library = FORMS[form].library
        race.enter(form, case | {"form": form, "library": library})

    enter(OURS)
    results, ours = {}, []
    for heat in heats(forms, options.at_once - 1):
        for form in heat:
            enter(form)
        times = race.run([OURS, *heat], options.rounds)
        beside = times.pop(OURS, None)
        ours += beside or []
        for form in heat:
            memory = race.leave(form)
            results[form] = result(times.get(form), beside, memory, race, form)
            print(mode, form, results[form], file=sys.stderr, flush=True)
    if not forms:
        ours = race.run([OURS], options.rounds).get(OURS)
    memory = race.leave(OURS)
    return {OURS: result(ours, ours, memory, race, OURS)} | results


def common(options):
    """What all cases have in common."""
    return {"threads": options.threads, "cpu_time": options.cpu_time}


def heats(forms, size):
    """The forms that run beside kvideo, a few at a time."""
    return [forms[i : i + size] for i in range(0, len(forms), size)]


def result(times, ours, memory, race, form):
    if form in race.errors or not ours:
        return {"error": race.errors.get(form, "kvideo itself failed")}
    return {
        "ms": min(times),
        "ratio": min(times) / min(ours),
        "memory_mb": memory,
    }


def has_torch():
    return importlib.util.find_spec("torch") is not None


def run_network(name, options):
    """Time one network and enter the results into the file."""
    import layouts

    clip = layouts.default_clip(name) if not options.quick else QUICK_CLIP
    layout = layouts.layout(name, layouts.build_ours(name, clip))
    rates = measure_rates(options)
    for mode in options.modes:
        forms = [
            form
            for form in options.forms
            if form != OURS and mode in FORMS[form].modes
        ]
        entry = {
            "clip": list(clip),
            "batch": options.batch or BATCH[mode],
            "macs": layout["macs"],
            "threads": options.threads,
            "rounds": options.rounds,
            "date": time.strftime("%Y-%m-%d"),
            "machine": network_report.machine(),
            "forms": measure(layout, mode, forms, options),
        }
        for form, values in entry["forms"].items():
            values["product_gflops"] = rates[FORMS[form].precision]
        network_report.add(options.results, name, mode, entry)
        print(network_report.table({name: {mode: entry}}, mode), flush=True)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("networks", nargs="*", help="default: all")
    parser.add_argument("--forms", nargs="+", choices=FORMS, default=None)
    parser.add_argument("--modes", nargs="+", choices=MODES, default=MODES)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--batch", type=int, help="instead of 1 and 2 clips")
    parser.add_argument(
        "--cpu-time",
        action="store_true",
        help="processor time of all threads instead of elapsed time",
    )
    parser.add_argument(
        "--at-once",
        type=int,
        default=3,
        help="processes that are held in memory, kvideo's among them",
    )
    parser.add_argument(
        "--patience",
        type=int,
        default=900,
        help="seconds in which a form must compile, or answer",
    )
    parser.add_argument(
        "--results",
        type=pathlib.Path,
        help="default: a file in benchmarks/results",
    )
    parser.add_argument(
        "--quick", action="store_true", help="small clips, two rounds"
    )
    parser.add_argument(
        "--write-docs",
        action="store_true",
        help="run nothing; write the results into docs/speed.md",
    )
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.side = QUICK_SIDE if options.quick else MATRIX_SIDE
    options.rounds = 2 if options.quick else options.rounds
    kind = "_quick" * options.quick + "_cpu" * options.cpu_time
    file = FOLDER / "results" / f"networks{kind}.json"
    options.results = options.results or file
    return options


def main():
    options = parse_arguments()
    if options.worker:
        return work(json.loads(options.worker))
    if options.write_docs:
        return network_report.write_docs(options.results)
    if options.cpu_time:
        # PyTorch's threads would spin while they wait.
        os.environ["OMP_WAIT_POLICY"] = "passive"
    import layouts

    options.forms = options.forms or [
        name
        for name, form in FORMS.items()
        if form.library == "tensorflow" or has_torch()
    ]
    unknown = set(options.networks) - set(layouts.KNOWN)
    if unknown:
        known = ", ".join(layouts.KNOWN)
        sys.exit(f"Unknown: {', '.join(sorted(unknown))}. Known: {known}")
    for name in options.networks or layouts.NETWORKS:
        run_network(name, options)


if __name__ == "__main__":
    main()
