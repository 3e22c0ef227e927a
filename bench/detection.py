#!/usr/bin/env python3
"""Trains every detector on drawn wells with several seeds, and prints the table of docs/detection.md.

    detection.py --programs FOLDER --work FOLDER [--seeds 1,2,3] [--kimg 100]

What is done is kept in the work folder: an interrupted bench goes on where it stopped. The numbers of pictures are those
of reference systems D and E: 10,000 good ones to train, 154 bad ones for the threshold, 3,794 to test, of which 129 are
bad. Each seed also draws wells of its own.
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import sys

DETECTORS = {  # name in the table, arguments of detect_train
    "dense, 512-2-512": ["--model", "dense"],
    "dense, 512-128-32-512": ["--model", "dense", "--set", "model.widths=[512,128,32,512]"],
    "convolutional": ["--model", "convolutional"],
    "variational": ["--model", "variational"],
    "f-AnoGAN": ["--model", "f_anogan"],
}
# The reference systems' two rules, and the true-negative rate that one of them reports: (rule, value, score).
CHOICES = {"max": ("bad_max_share", "0.56", "mse"), "mean": ("bad_mean", "0", "mse"),
           "rate": ("true_negative_rate", "0.747", "mse"), "patch": ("true_negative_rate", "0.747", "worst_patch")}
TESTS = {  # name, difficulty, how likely a leak, a chip, a missing lid and a hair are
    "leaks of difficulty 0.7": ("0.7", "1,0,0,0"),
    "all defects, difficulty 1": ("1", "1,1,1,1"),
}


def run(folder, *command):
    """Runs a program unless it was run before; `folder` is where it leaves detection.json or its checkpoint."""
    done = folder / "done"
    if done.exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "log.txt", "w") as log:
        result = subprocess.run(list(map(str, command)), stdout=log, stderr=subprocess.STDOUT)
    if result.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\nended with {result.returncode}; see {folder / 'log.txt'}")
    done.touch()


def numbers(folder):
    return json.loads((folder / "detection.json").read_text())


def measure(arguments, name, extra, seed, test):
    """The results of one detector: {choice: detection.json}."""
    slug = name.replace(",", "").replace(" ", "-")
    folder = arguments.work / f"{slug}-seed{seed}"
    if name == "f-AnoGAN":
        gan = arguments.work / f"gan-seed{seed}"
        run(gan, arguments.programs / "wells_train", "--crop", "pad", "--seed", seed, "--out", gan / "run",
            "--evaluate-every", 1000)
        extra = extra + ["--gan", gan / "run"]
    # The defects have no part in the training.
    run(folder, arguments.programs / "detect_train", *extra, "--seed", seed, "--kimg", arguments.kimg,
        "--out", folder / "run", "--set", f"pictures.wells_seed={seed}")
    difficulty, weights = TESTS[test]
    results = {}
    for choice, (rule, value, score) in CHOICES.items():
        out = folder / f"{choice}-{difficulty}-{weights}"
        run(out, arguments.programs / "detect", "--detector", folder / "run", "--out", out, "--threshold-rule", rule,
            "--threshold-value", value, "--score", score, "--set", f"pictures.wells_difficulty={difficulty}",
            "--set", f"pictures.wells_defect_weights=[{weights}]")
        results[choice] = numbers(out)
    return results


def shown(values):
    return f"{statistics.mean(values):.3f} ({min(values):.3f} to {max(values):.3f})"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--programs", type=pathlib.Path, required=True, help="folder of detect_train and the others")
    parser.add_argument("--work", type=pathlib.Path, required=True, help="folder for the runs")
    parser.add_argument("--seeds", default="1,2,3", help="seeds of the wells and of the models")
    parser.add_argument("--kimg", default="100", help="thousands of pictures that each model is trained on")
    arguments = parser.parse_args()
    seeds = [int(seed) for seed in arguments.seeds.split(",")]
    for test in TESTS:
        print(f"\n{test}:\n\n| detector | AUC | AUC of pixels | TPR at a TNR of 0.747 | 0.56 x max: TPR | TNR | mean: TPR | TNR | "
              "worst patch: AUC |\n|---|---|---|---|---|---|---|---|---|")
        for name, extra in DETECTORS.items():
            results = [measure(arguments, name, extra, seed, test) for seed in seeds]

            def column(choice, number):
                values = [result[choice][number] for result in results]
                return shown([value["value"] if isinstance(value, dict) else value for value in values])

            rates = [column(choice, rate) for choice in ("max", "mean")
                     for rate in ("true_positive_rate", "true_negative_rate")]
            print(f"| {name} | {column('max', 'auc')} | {column('max', 'pixel_auc')} | {column('rate', 'true_positive_rate')} | "
                  f"{' | '.join(rates)} | {column('patch', 'auc')} |", flush=True)


if __name__ == "__main__":
    main()
