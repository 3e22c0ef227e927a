#!/usr/bin/env python3
"""Seconds of an evaluation: ours against the usual Python programs, both alternated in one run.

usage: evaluation.py EVALUATE_PROGRAM BENCH_EVALUATION_PROGRAM [--only end-to-end | --only frechet] [--threads 2 1]
                     [--rounds 7] [--markdown FILE]

End to end: the program evaluate against torch-fidelity with the same folders of PNGs, extractor, batch size and
threads: Fréchet and kernel distance, precision and recall; ours also computes density and coverage. Both are timed as a
user experiences them, from the start of a process to its end, including the start of our program and that of the
interpreter with its imports. A column says how long each takes to start. Both may use as many cores as threads. Needs
pictures and a TorchScript network (--pictures, --features).

The Fréchet distance at 2,048 dimensions, from means and covariances: ours against pytorch-fid's, which
uses scipy.linalg.sqrtm. Features are normally distributed, with variances that fall by a factor of 3,000.

Both must find the same values. Each round is reported on standard error as it ends; if interrupted after three rounds
or more, the table is printed for those. scripts/setup.sh installs the programs that are compared with ours.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
import warnings

import sides

ROOT = pathlib.Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared" / "data"
SAME_FRECHET = 1e-4  # relative
DIMENSIONS = 2048
NEIGHBORS, SUBSETS, SUBSET_SHARE = 3, 100, 2  # torch-fidelity's defaults; subsets of half the images


def may_use(cores):
    """For a new process: allows only so many of the cores that this one may use."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cores])


# ---- end to end


class WholeProcess(sides.Side):
    """A step is a process from its start to its end. It writes its metrics to a JSON file."""

    def __init__(self, name, command, only_start, threads):
        self.name, self.times, self.memory, self.failure = name, [], None, None
        self.command, self.only_start, self.threads, self.peak, self.work = command, only_start, threads, 0, []

    def ask(self, request):
        if request == "memory":
            return str(self.peak)
        seconds, usage = self.run(self.only_start if request == "start" else self.command)
        if request == "step":
            self.work.append(usage.ru_utime + usage.ru_stime)  # including its child processes
        self.peak = max(self.peak, usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024))
        return str(seconds)

    def run(self, command):
        threads = {"OMP_NUM_THREADS": str(self.threads), "MKL_NUM_THREADS": str(self.threads)}
        with tempfile.TemporaryFile() as said:
            start = time.perf_counter()
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=said, env={**os.environ, **threads},
                                       preexec_fn=lambda: may_use(self.threads), start_new_session=True)
            try:
                _, status, usage = os.wait4(process.pid, 0)
            except KeyboardInterrupt:
                process.kill()
                raise
            seconds = time.perf_counter() - start
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode != 0:
                said.seek(0)
                lines = said.read().decode(errors="replace").strip().splitlines()
                raise sides.CannotRun(lines[-1] if lines else f"ended with {process.returncode}")
        return seconds, usage


def write_pictures(source, folder, count, size):
    """Two folders of `count` PNGs: squares from the first files, and from the next ones at half the sharpness."""
    from PIL import Image
    files = sorted(file for file in source.iterdir() if file.suffix.lower() in (".jpg", ".jpeg", ".png"))
    if len(files) < 2 * count:
        raise SystemExit(f"{source} holds {len(files)} pictures; {2 * count} are needed (--count)")
    for kind, chosen in (("real", files[:count]), ("fake", files[count:2 * count])):
        (folder / kind).mkdir()
        for number, file in enumerate(chosen):
            sides.progress(f"pictures: {kind} {number + 1} of {count}")
            image = Image.open(file).convert("RGB")
            side = min(image.size)
            left, top = (image.width - side) // 2, (image.height - side) // 2
            image = image.crop((left, top, left + side, top + side)).resize((size, size), Image.Resampling.LANCZOS)
            if kind == "fake":
                image = image.resize((size // 2, size // 2)).resize((size, size), Image.Resampling.BICUBIC)
            image.save(folder / kind / f"{number:05}.png")
    sides.progress("")


def fidelity(work, threads):
    """torch-fidelity's metrics of the folders, named as in our program."""
    sys.path.insert(0, str(ROOT / "tests" / "parity"))
    import absent_torchvision  # noqa: F401
    import numpy
    import torch
    import torch_fidelity
    from torch_fidelity.datasets import ImagesPathDataset
    from torch_fidelity.feature_extractor_base import FeatureExtractorBase
    torch.set_num_threads(threads)

    class Network(FeatureExtractorBase):
        def __init__(self, name, features_list, **_):
            super().__init__(name, features_list)
            self.network = torch.jit.load(work["features"])

        @staticmethod
        def get_provided_features_list():
            return ("rows",)

        @staticmethod
        def get_default_feature_layer_for_metric(metric):
            return "rows"

        @staticmethod
        def can_be_compiled():
            return False

        @staticmethod
        def get_dummy_input_for_compile():
            return None

        def forward(self, images):
            return (self.network(images, return_features=True),)

    def to_tensor(image):  # as torchvision does
        return torch.from_numpy(numpy.array(image)).permute(2, 0, 1).contiguous()

    def folder(kind):
        return ImagesPathDataset(sorted(pathlib.Path(work[kind]).iterdir()), to_tensor)

    torch_fidelity.register_feature_extractor("network", Network)

    def metrics():
        found = torch_fidelity.calculate_metrics(
            input1=folder("fake"), input2=folder("real"), feature_extractor="network", cuda=False, cache=False,
            fid=True, kid=True, prc=True, kid_subsets=SUBSETS, kid_subset_size=work["subset_size"],
            prc_neighborhood=NEIGHBORS, batch_size=work["batch"], verbose=False)
        return {"fid": found["frechet_inception_distance"], "kid": found["kernel_inception_distance_mean"],
                "precision": found["precision"], "recall": found["recall"]}

    return metrics


def fidelity_side(work, threads, only_start):
    warnings.simplefilter("ignore")  # DataLoader warns about the number of its processes
    metrics = fidelity(work, threads)
    if not only_start:
        with open(work["theirs"], "w") as file:
            json.dump(metrics(), file)


def check_metrics(ours, theirs, count):
    """Images, network and definitions are the same; only rounding and, for the kernel distance, the subsets differ."""
    found = {metric["key"]: metric for metric in json.loads(pathlib.Path(ours).read_text())["metrics"]}
    elsewhere = json.loads(pathlib.Path(theirs).read_text())
    allowed = {"fid": SAME_FRECHET * abs(elsewhere["fid"]), "kid": found["kid"]["spread"], "precision": 2.5 / count,
               "recall": 2.5 / count}
    for key, tolerance in allowed.items():
        if not abs(found[key]["value"] - elsewhere[key]) <= tolerance:
            raise SystemExit(f"{key}: {found[key]['value']}, but {elsewhere[key]} of torch-fidelity")
    return ", ".join(f"{key} {found[key]['value']:.6g} and {elsewhere[key]:.6g}" for key in allowed)


def compare_end_to_end(arguments, work, threads):
    """Returns both sides, and the seconds that each takes to start."""
    ours_json = work["ours"]
    ours = WholeProcess("evaluate", [
        arguments.evaluate, "--fake", work["fake"], "--data", work["real"], "--features", work["features"],
        "--metrics", "fid,kid,prdc", "--cache", "none", "--batch-size", str(work["batch"]), "--neighbors",
        str(NEIGHBORS), "--subsets", str(SUBSETS), "--subset-size", str(work["subset_size"]), "--device", "cpu",
        "--threads", str(threads), "--json", ours_json], [arguments.evaluate, "--version"], threads)
    script = [sys.executable, os.path.abspath(__file__), arguments.evaluate, arguments.frechet, "--threads",
              str(threads), "--work", json.dumps(work), "--serve"]
    theirs = WholeProcess("torch-fidelity", [*script, "metrics"], [*script, "start"], threads)
    measured = [ours, theirs]

    def first_step(side):
        side.ask("step")
        if side is theirs:
            metrics = check_metrics(ours_json, work["theirs"], arguments.count)
            print(f"metrics of ours and theirs: {metrics}", file=sys.stderr, flush=True)

    sides.alternate(measured, arguments.rounds, first_step)
    return measured, [min(float(side.ask("start")) for _ in range(3)) if side.times else None for side in measured]


def end_to_end(arguments):
    for path, option in ((arguments.pictures, "--pictures"), (arguments.features, "--features")):
        if not path.exists():
            print(f"End to end: skipped, there is no {path}; {option} names another")
            return
    introduction = (f"{sides.machine()}; {sides.versions('torch', 'torch-fidelity')}; 2 x {arguments.count} PNGs of "
                    f"{arguments.size} pixels, batches of {arguments.batch}, {arguments.features.name}; "
                    "whole processes; seconds, minimum / median")
    table = sides.Table("Evaluation, end to end", introduction,
                        ["threads", "rounds", "evaluate", "torch-fidelity", "share of torch-fidelity's time",
                         "start alone, ours / theirs", "least processor seconds, ours / theirs",
                         "memory, ours / theirs, MiB"], arguments.markdown)
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        write_pictures(arguments.pictures, folder, arguments.count, arguments.size)
        work = {"real": str(folder / "real"), "fake": str(folder / "fake"), "features": str(arguments.features),
                "batch": arguments.batch, "subset_size": arguments.count // SUBSET_SHARE,
                "ours": str(folder / "ours.json"), "theirs": str(folder / "theirs.json")}
        for threads in arguments.threads:
            measured, starts = compare_end_to_end(arguments, work, threads)
            ours, theirs = measured
            table.row([threads, len(ours.times), seconds(ours), seconds(theirs), f"**{quotients(ours, theirs)}**",
                       " / ".join("-" if start is None else f"{start:.2f}" for start in starts),
                       " / ".join(f"{min(side.work):.2f}" if side.times else "-" for side in measured),
                       " / ".join(f"{side.memory / 2**20:.0f}" if side.memory else "-" for side in measured)])
            stop_where_interrupted(arguments, ours)


# ---- the Fréchet distance


def pytorch_fid_side(file, threads):
    """Answers like bench_evaluation."""
    sys.path.insert(0, str(ROOT / "tests" / "parity"))
    import absent_torchvision  # noqa: F401
    import numpy
    import torch
    from pytorch_fid.fid_score import calculate_frechet_distance
    from safetensors.torch import load_file
    torch.set_num_threads(threads)
    gathered, distance = [], None
    features = {name: rows.double().numpy() for name, rows in load_file(file).items()}

    def gather():
        gathered[:] = [(rows.mean(axis=0), numpy.cov(rows, rowvar=False)) for rows in features.values()]

    def step():
        nonlocal distance
        distance = calculate_frechet_distance(*gathered[0], *gathered[1])

    gather()
    sides.serve({"step": sides.timed(step), "gather": sides.timed(gather), "distance": lambda rest: str(float(distance))})


def write_features(file, samples):
    import torch
    from safetensors.torch import save_file
    torch.manual_seed(samples)
    rotation = torch.linalg.qr(torch.randn(DIMENSIONS, DIMENSIONS))[0]
    deviations = torch.linspace(0, -4, DIMENSIONS).exp()
    rows = {name: (torch.randn(samples, DIMENSIONS) * deviations * scale) @ rotation + shift
            for name, scale, shift in (("real", 1.0, 0.0), ("fake", 1.1, 0.01))}
    rows["fake"] = rows["fake"].roll(1, dims=1)  # so that the covariances do not commute
    save_file(rows, file)


def compare_frechet(arguments, file, threads):
    def side(name, command):
        # For all matrix libraries that either side may use.
        return sides.Side(name, command, threads, {"OPENBLAS_NUM_THREADS": str(threads)})

    measured = [side("cspgan", [arguments.frechet, file, str(threads)]),
                side("pytorch-fid", [sys.executable, os.path.abspath(__file__), arguments.evaluate, arguments.frechet,
                                     "--threads", str(threads), "--work", file, "--serve", "frechet"])]
    found = {}

    def first_step(side):
        side.ask("step")
        found[side.name] = float(side.ask("distance"))
        if not abs(found[side.name] - found["cspgan"]) <= SAME_FRECHET * found["cspgan"]:
            raise SystemExit(f"{found['cspgan']}, but {found[side.name]} of {side.name}")

    with sides.closing(measured):
        sides.alternate(measured, arguments.rounds, first_step)
        gathered = [min(float(side.ask("gather")) for _ in range(2)) if side.times else None for side in measured]
    return measured, gathered, found


def frechet(arguments):
    introduction = (f"{sides.machine()}; {sides.versions('torch', 'pytorch-fid', 'scipy', 'numpy')}; "
                    f"{DIMENSIONS} dimensions; seconds, minimum / median")
    table = sides.Table("The Fréchet distance", introduction,
                        ["samples", "threads", "rounds", "cspgan", "pytorch-fid", "times as fast",
                         "means and covariances before it, ours / theirs", "distance, ours / theirs"],
                        arguments.markdown)
    with tempfile.TemporaryDirectory() as folder:
        for samples in arguments.samples:
            file = os.path.join(folder, f"{samples}.safetensors")
            write_features(file, samples)
            for threads in arguments.threads:
                measured, gathered, found = compare_frechet(arguments, file, threads)
                ours, theirs = measured
                table.row([samples, threads, len(ours.times), seconds(ours), seconds(theirs),
                           f"**{quotients(theirs, ours)}**",
                           " / ".join("-" if value is None else f"{value:.2f}" for value in gathered),
                           " / ".join(f"{value:.6f}" for value in found.values())])
                stop_where_interrupted(arguments, ours)


# ---- rows and cells


def stop_where_interrupted(arguments, ours):
    if len(ours.times) < arguments.rounds:
        raise SystemExit(f"interrupted after {len(ours.times)} of {arguments.rounds} rounds")


def seconds(side):
    return sides.two(min(side.times), statistics.median(side.times)) if side.times else sides.absence(side)


def quotients(first, second):
    if not first.times or not second.times:
        return ""
    return sides.two(*(summary(first.times) / summary(second.times) for summary in (min, statistics.median)))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("evaluate", help="the program evaluate")
    parser.add_argument("frechet", help="bench_evaluation")
    parser.add_argument("--only", choices=("end-to-end", "frechet"))
    parser.add_argument("--threads", type=int, nargs="+", default=[2, 1])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--pictures", type=pathlib.Path, default=SHARED / "celeba" / "img_align_celeba",
                        metavar="FOLDER", help="JPEG or PNG files, twice --count")
    parser.add_argument("--features", type=pathlib.Path, default=SHARED / "features" / "resnet50_thin.pt",
                        metavar="FILE.pt", help="called as network(images, return_features=True)")
    parser.add_argument("--count", type=int, default=128, help="pictures in each folder")
    parser.add_argument("--size", type=int, default=128, help="their side, in pixels")
    parser.add_argument("--batch", type=int, default=64, help="pictures per batch, for both")
    parser.add_argument("--samples", type=int, nargs="+", default=[2100, 10000],
                        help="numbers of samples for the Fréchet distance")
    parser.add_argument("--markdown", metavar="FILE", help="append the tables")
    parser.add_argument("--serve", choices=("metrics", "start", "frechet"), help=argparse.SUPPRESS)
    parser.add_argument("--work", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve == "frechet":
        pytorch_fid_side(arguments.work, arguments.threads[0])
    elif arguments.serve:
        fidelity_side(json.loads(arguments.work), arguments.threads[0], arguments.serve == "start")
    else:
        if arguments.only != "frechet":
            end_to_end(arguments)
        if arguments.only != "end-to-end":
            frechet(arguments)


if __name__ == "__main__":
    main()
