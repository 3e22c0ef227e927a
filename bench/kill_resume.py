#!/usr/bin/env python3
"""Ends a run again and again, resumes it each time, and compares what it leaves with what an undisturbed run leaves.

    kill_resume.py [--programs build/release/bin] [--runs 10] [--ends 10] [--seed 1]

Each end is kill -9, SIGTERM, or SIGINT twice, at a random moment after the start: in a step, within the writing of a
checkpoint, a grid or the log. Every step is logged: a row that means more steps than one would mean fewer of them after a
resume. Compared are all tensors of the last checkpoint, the rows of metrics.jsonl but for their clock times, and the
sample grids; and nothing may be left that was set aside. Exits with 1 if a run differs.
"""
import argparse
import json
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tests" / "support"))
from safetensors_file import tensors  # noqa: E402

STEPS = 400
SETTINGS = ["--image-size", 32, "--batch-size", 4, "--threads", 1, "--steps", STEPS, "--set", "log_every=1"] + [
    word for setting in ("generator.base_channels=4", "generator.max_channels=16", "discriminator.base_channels=4",
                         "discriminator.max_channels=16", "source.count=100", "samples.count=4", "samples.every_kimg=0.02",
                         "checkpoints.every_kimg=0.04", "evaluation.every_kimg=0", "measure_attributes=0")
    for word in ("--set", setting)]
CLOCKS = {"images_per_second", "wait_share", "observer_share"}
ENDS = {"kill -9": [signal.SIGKILL], "SIGTERM": [signal.SIGTERM], "SIGINT twice": [signal.SIGINT, signal.SIGINT]}


def command(programs, out):
    return [str(word) for word in (programs / "quickstart", *SETTINGS, "--out", out)]


def finish(programs, out):
    ended = subprocess.run(command(programs, out), capture_output=True, text=True)
    if ended.returncode != 0:
        sys.exit(f"{out}: {ended.stderr.strip()}")


def end_once(programs, out, how, life):
    """Starts the run, lets it live for `life` seconds from the moment at which it goes on, and ends it."""
    log = out / "metrics.jsonl"
    before = log.stat().st_mtime_ns if log.exists() else 0
    process = subprocess.Popen(command(programs, out), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.poll() is None and (not log.exists() or log.stat().st_mtime_ns == before):
        time.sleep(0.001)
    time.sleep(life)
    for number in ENDS[how]:
        process.send_signal(number)
    process.wait()
    return process.returncode


def rows(folder):
    return [{key: value for key, value in json.loads(line).items() if key not in CLOCKS}
            for line in (folder / "metrics.jsonl").read_text().splitlines()]


def differences(whole, other):
    last = f"checkpoints/step-{STEPS:08}.safetensors"
    if tensors(whole / last) != tensors(other / last):
        yield "the last checkpoint"
    if rows(whole) != rows(other):
        yield "metrics.jsonl"
    for grid in sorted((whole / "samples").glob("*.png")):  # a run that was asked to stop has one more for each stop
        there = other / "samples" / grid.name
        if not there.exists() or there.read_bytes() != grid.read_bytes():
            yield f"samples/{grid.name}"
    for aside in sorted(other.rglob("*.replaced*")):  # what a killed run had done, the next one does again
        yield str(aside.relative_to(other))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0], epilog=__doc__.split("\n\n", 2)[2])
    parser.add_argument("--programs", type=pathlib.Path, default=pathlib.Path("build/release/bin"), help="folder of quickstart")
    parser.add_argument("--runs", type=int, default=10, help="runs that are disturbed")
    parser.add_argument("--ends", type=int, default=10, help="ends of each run")
    parser.add_argument("--seed", type=int, default=1, help="seed of the moments")
    arguments = parser.parse_args()
    moments = random.Random(arguments.seed)
    differing, ends = 0, dict.fromkeys(ENDS, 0)
    with tempfile.TemporaryDirectory() as folder:
        whole = pathlib.Path(folder) / "whole"
        finish(arguments.programs, whole)
        for run in range(arguments.runs):
            out = pathlib.Path(folder) / f"run-{run}"
            for number in range(arguments.ends):
                how = list(ENDS)[number % len(ENDS)]
                code = end_once(arguments.programs, out, how, moments.uniform(0, 0.15))
                if code == 0:
                    break  # it was over before
                if code not in (-ENDS[how][0], 128 + ENDS[how][0]):
                    sys.exit(f"{out}: ended by itself with {code}")
                ends[how] += 1
            finish(arguments.programs, out)
            found = list(differences(whole, out))
            differing += bool(found)
            if found:
                print(f"run {run} differs: {', '.join(found)}", flush=True)
            shutil.rmtree(out)
    print(f"{arguments.runs} runs, {sum(ends.values())} ends ({', '.join(f'{count} by {how}' for how, count in ends.items())}): "
          f"{differing} differ")
    sys.exit(1 if differing or sum(ends.values()) < arguments.runs * arguments.ends / 2 else 0)


if __name__ == "__main__":
    main()
