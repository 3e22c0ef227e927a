#!/usr/bin/env python3
"""Trains recipes at one size and budget, measures each run, and writes tables of the outcomes.

    ledger.py --work FOLDER --data FOLDER --features FILE [--size 32] [--kimg 100] [--seeds 1,2] [--jobs 2] RECIPE...
    ledger.py --work FOLDER --write PAGE [--outcomes recipes]

What is done is kept in the work folder: an interrupted ledger goes on where it stopped, a finished run is not repeated,
and each call adds rows. A row is one recipe with all of its seeds.

So that recipes of very different sources can be compared, each trains with the networks of its own for the size and with
an eighth of its own batch, at least 16 and at most 96: the sources had 200,000 images and hours of a GPU. `faces` and
`avatars`, made for this budget, keep theirs. Nothing else of a recipe is changed.
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tomllib

BATCH_SHARE, LEAST_BATCH, MOST_BATCH = 8, 16, 96
OWN_BATCH = {"faces", "avatars"}  # made for this budget
# A generator whose images are so much alike has collapsed: the mean distance of two fakes, as a share of that of two reals.
COLLAPSED = 0.5
METRICS = ("fid", "kid", "precision", "recall", "density", "coverage", "one_nn", "diversity")
HEADINGS = ("FD", "KD x 1000", "precision", "recall", "density", "coverage", "1-NN", "diversity")


def run(command, log):
    """Runs a program to its end; its output goes to the file `log`. Returns its status and its processor seconds."""
    with open(log, "a") as file:
        started = subprocess.Popen(list(map(str, command)), stdout=file, stderr=subprocess.STDOUT)
        _, status, used = os.wait4(started.pid, 0)
    started.returncode = os.waitstatus_to_exitcode(status)
    return started.returncode, used.ru_utime + used.ru_stime


def recipe_of(programs, name):
    """The resolved recipe."""
    printed = subprocess.run([programs / "celeba_train", "--recipe", name, "--print-recipe"], capture_output=True,
                             text=True)
    if printed.returncode != 0:
        sys.exit(printed.stderr.strip())
    return tomllib.loads(printed.stdout)


def batch_of(recipe):
    """The batch size in the ledger, by the rule above."""
    own = recipe["batch_size"]
    return own if recipe["name"] in OWN_BATCH else min(MOST_BATCH, max(LEAST_BATCH, own // BATCH_SHARE))


def folder_of(arguments):
    """Of all runs on one data set at one size and length."""
    return arguments.work / f"{arguments.label}-{arguments.size}px-{arguments.kimg:g}kimg"


def results_in(folder):
    """The finished runs of such a folder."""
    return [json.loads(file.read_text()) for file in sorted(folder.glob("*/result.json"))]


def by_recipe(results):
    """{recipe: its results, in the order of their seeds}"""
    grouped = {}
    for result in sorted(results, key=lambda result: result["seed"]):
        grouped.setdefault(result["recipe"], []).append(result)
    return grouped


def measure(arguments, name, seed):
    """Trains and measures one recipe with one seed; returns its result, which is kept in the work folder."""
    folder = folder_of(arguments) / f"{pathlib.Path(name).stem}-{seed}"
    result_file = folder / "result.json"
    if result_file.exists():
        return json.loads(result_file.read_text())
    folder.mkdir(parents=True, exist_ok=True)
    recipe = recipe_of(arguments.programs, name)
    batch = batch_of(recipe)
    common = ["--recipe", name, "--image-size", arguments.size, "--kimg", arguments.kimg, "--batch-size", batch, "--seed",
              seed, "--out", folder / "run", "--set", f"threads={arguments.threads}", "--set", "evaluation.every_kimg=0",
              "--set", "measure_attributes=0", "--set", "samples.every_kimg=25", "--set", "checkpoints.every_kimg=25"]
    if arguments.data:
        common += ["--data", arguments.data]
    seconds_file = folder / "seconds.txt"
    before = seconds_file.read_text() if seconds_file.exists() else "unknown" if (folder / "run").exists() else "0"
    status, used = run([arguments.programs / "celeba_train", *common], folder / "train.log")
    seconds_file.write_text("unknown" if before == "unknown" else str(float(before) + used))
    result = {"recipe": pathlib.Path(name).stem, "seed": seed, "size": arguments.size, "kimg": arguments.kimg, "batch": batch,
              "data": arguments.label, "seconds": None if before == "unknown" else float(before) + used}
    described = json.loads((folder / "run" / "run.json").read_text())
    result["parameters"] = described["parameters"]
    result["images"] = described["data"]["images"]
    last_line = (folder / "train.log").read_text().strip().splitlines()[-1]
    if status == 1 and "is not finite" in last_line:  # which is a result, too
        result["failed"] = last_line
    elif status != 0:
        sys.exit(f"{name}, seed {seed}: {last_line}")
    else:
        metrics = folder / "metrics.json"
        evaluated, _ = run([arguments.programs / "evaluate", "--checkpoint", folder / "run", "--data", arguments.data,
                         "--partition", arguments.partition, "--features", arguments.features, "--count",
                         arguments.count, "--threads", arguments.threads, "--json", metrics], folder / "evaluate.log")
        if evaluated != 0:
            sys.exit(f"{name}, seed {seed}: not measured; see {folder / 'evaluate.log'}")
        found = json.loads(metrics.read_text())
        result["metrics"] = {metric["key"]: metric for metric in found["metrics"]}
        result["count"] = arguments.count
    result_file.write_text(json.dumps(result, indent=1))
    return result


def value_of(result, key):
    """The number in the table's column, or None."""
    metrics = result.get("metrics", {})
    if key == "kid":
        return metrics["kid"]["value"] * 1000 if "kid" in metrics else None
    if key == "diversity":  # fakes as a share of reals
        if "diversity_fake" not in metrics:
            return None
        return metrics["diversity_fake"]["value"] / metrics["diversity_real"]["value"]
    return metrics[key]["value"] if key in metrics else None


def state_of(result):
    """"failed", "collapsed", or "no" for a run with neither."""
    diversity = value_of(result, "diversity")
    return "failed" if "failed" in result else "collapsed" if diversity is not None and diversity < COLLAPSED else "no"


def spread_text(values, digits):
    """"32.6", or of several seeds "32.6, 35.9"."""
    return ", ".join("-" if value is None else f"{value:.{digits}f}" for value in values)


def rows_of(results):
    """Markdown rows, the best distance first; runs that failed last."""
    def order(item):
        distances = [value_of(result, "fid") for result in item[1]]
        known = [distance for distance in distances if distance is not None]
        return (len(known) < len(distances), statistics.mean(known) if known else 0)
    for recipe, runs in sorted(by_recipe(results).items(), key=order):
        first = runs[0]
        cells = [f"`{recipe}`", f"{first['parameters']['generator'] / 1e6:.2f} + {first['parameters']['discriminator'] / 1e6:.2f}",
                 str(first["batch"]), spread_text([result["seconds"] and result["seconds"] / 60 for result in runs], 1)]
        cells += [spread_text([value_of(result, key) for result in runs], digits)
                  for key, digits in zip(METRICS, (1, 1, 2, 3, 2, 2, 2, 2))]
        cells.append(", ".join(state_of(result) for result in runs))
        yield "| " + " | ".join(cells) + " |"


def table_of(folder):
    """The table of one data set, size and budget, as Markdown."""
    results = results_in(folder)
    if not results:
        return ""
    first = results[0]
    count = next((result["count"] for result in results if "count" in result), "?")
    reals = next((result["metrics"]["fid"]["real_count"] for result in results if "metrics" in result), "?")
    head = ["recipe", "G + D (M weights)", "batch", "processor minutes", *HEADINGS, "collapsed"]
    return "\n".join([f"## {first['data']}, {first['size']} pixels, {first['kimg']:g} kimg", "",
                      f"{count:,} fakes against {reals:,} reals; FD and KD take all of them, the other metrics as many of both kinds.", "",
                      "| " + " | ".join(head) + " |", "|" + "---|" * len(head), *rows_of(results), ""])


def write(arguments):
    """Puts the tables of all that is in the work folder between the marks of the page."""
    page = arguments.write.read_text()
    begin, end = "<!-- ledger -->", "<!-- end of ledger -->"
    if begin not in page or end not in page:
        sys.exit(f"{arguments.write} has no '{begin}' ... '{end}' for the tables")
    tables = [table_of(folder) for folder in sorted(arguments.work.iterdir()) if folder.is_dir()]
    text = "\n".join(table for table in tables if table)
    arguments.write.write_text(page[:page.index(begin) + len(begin)] + "\n\n" + text + "\n" + page[page.index(end):])
    print(f"{arguments.write}: {len([table for table in tables if table])} table(s)")


def outcome_of(runs):
    """A recipe's outcome at one size and length, as its file holds it: include/cspgan/recipes/outcome.hpp."""
    first = runs[0]
    states = [state_of(result) for result in runs]
    remarks = [state if states.count(state) == len(runs) else f"{state} in {states.count(state)} of {len(runs)}"
               for state in sorted(set(states) - {"no"})]
    outcome = {"data": first["data"], "images": first["images"], "image_size": first["size"], "kimg": first["kimg"],
               "batch_size": first["batch"]}
    for name, key, digits in (("distance", "fid", 1), ("recall", "recall", 3)):
        outcome[name] = [round(value, digits) for result in runs if (value := value_of(result, key)) is not None]
    return outcome | ({"remark": ", ".join(remarks)} if remarks else {})


def write_outcomes(arguments):
    """Sets the [[measured]] tables of the recipes, the last of their files, to all outcomes of the work folder."""
    outcomes = {}
    for folder in sorted(arguments.work.iterdir()):
        for recipe, runs in by_recipe(results_in(folder)).items():
            outcomes.setdefault(recipe, []).append(outcome_of(runs))
    for recipe, measured in outcomes.items():
        file = arguments.outcomes / f"{recipe}.toml"
        if not file.exists():  # a recipe from elsewhere
            continue
        text = file.read_text().split("\n[[measured]]")[0].rstrip() + "\n"
        for outcome in sorted(measured, key=lambda outcome: (outcome["data"], outcome["image_size"], outcome["kimg"])):
            text += "\n[[measured]]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in outcome.items())
        file.write_text(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0], epilog=__doc__.split("\n\n", 1)[1],
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recipes", nargs="*", metavar="RECIPE", help="a built-in recipe or the path of one")
    parser.add_argument("--work", type=pathlib.Path, required=True, help="folder that keeps the runs and results")
    parser.add_argument("--programs", type=pathlib.Path, default=pathlib.Path("build/release/bin"), help="folder of celeba_train and evaluate")
    parser.add_argument("--data", type=pathlib.Path, help="folder of CelebA, or of any images")
    parser.add_argument("--label", default="CelebA", help="what the tables call the data")
    parser.add_argument("--partition", default="train", help="part of CelebA or FFHQ that fakes are measured against")
    parser.add_argument("--features", type=pathlib.Path, help="TorchScript network that makes the features")
    parser.add_argument("--size", type=int, default=32, help="pixels")
    parser.add_argument("--kimg", type=float, default=100, help="thousands of real images shown to each run")
    parser.add_argument("--seeds", default="1,2", help="separated by commas")
    parser.add_argument("--count", type=int, default=2000, help="fakes that are measured")
    parser.add_argument("--jobs", type=int, default=2, help="runs at a time")
    parser.add_argument("--threads", type=int, default=1, help="threads of a run")
    parser.add_argument("--write", type=pathlib.Path, help="page whose tables are written anew")
    parser.add_argument("--outcomes", type=pathlib.Path, help="folder of recipes, whose files are told what they reached")
    arguments = parser.parse_args()
    if arguments.recipes:
        if arguments.data is None or arguments.features is None:
            parser.error("recipes are run on --data and measured with --features")
        runs = [(name, int(seed)) for seed in arguments.seeds.split(",") for name in arguments.recipes]
        with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
            pending = {pool.submit(measure, arguments, name, seed): (name, seed) for name, seed in runs}
            for number, done in enumerate(concurrent.futures.as_completed(pending), 1):
                name, seed = pending[done]
                distance = value_of(done.result(), "fid")
                print(f"{number} of {len(runs)}: {name}, seed {seed}: " +
                      (done.result()["failed"] if distance is None else f"FD {distance:.1f}"), flush=True)
    if arguments.write:
        write(arguments)
    if arguments.outcomes:
        write_outcomes(arguments)


if __name__ == "__main__":
    main()
