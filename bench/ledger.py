#!/usr/bin/env python3
"""Trains recipes at one size and budget, measures each run, and writes tables of the outcomes.

    ledger.py --work FOLDER --data FOLDER --features FILE [--size 32] [--kimg 100] [--seeds 1,2] [--jobs 2] RECIPE...
    ledger.py --work FOLDER --avatars [--size 32] [--kimg 100] [--seeds 1,2] [--jobs 2] RECIPE...
    ledger.py --work FOLDER --write PAGE [--outcomes recipes]

With --avatars the recipes learn the avatars that the library draws; what is measured is how many styles they cover.

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
import re
import statistics
import subprocess
import sys
import tomllib

BATCH_SHARE, LEAST_BATCH, MOST_BATCH = 8, 16, 96
OWN_BATCH = {"faces", "avatars"}  # made for this budget
# A generator whose images are so much alike has collapsed: the mean distance of two fakes, as a share of that of two reals.
COLLAPSED = 0.5
# What the tables show: (metric, heading, digits). The first one orders the rows.
METRICS = (("fid", "FD", 1), ("kid", "KD x 1000", 1), ("precision", "precision", 2), ("recall", "recall", 3),
           ("density", "density", 2), ("coverage", "coverage", 2), ("one_nn", "1-NN", 2), ("diversity", "diversity", 2),
           ("state", "collapsed", None))
AVATAR_METRICS = (("styles", "styles", 0), ("mean distance", "mean distance of the attributes", 3),
                  ("farthest", "farthest attribute", 3), ("mean clear", "mean clear", 2))


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


def evaluate_command(arguments, run_folder):
    """What measures a run, but for the file of the outcome."""
    command = [arguments.programs / "evaluate", "--checkpoint", run_folder, "--count", arguments.count, "--threads",
               arguments.threads]
    if arguments.avatars:
        return command + ["--avatars"]
    return command + ["--data", arguments.data, "--partition", arguments.partition, "--features", arguments.features]


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
    if not arguments.avatars:
        common += ["--data", arguments.data]
    seconds_file = folder / "seconds.txt"
    before = seconds_file.read_text() if seconds_file.exists() else "unknown" if (folder / "run").exists() else "0"
    program = "quickstart" if arguments.avatars else "celeba_train"
    status, used = run([arguments.programs / program, *common], folder / "train.log")
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
        evaluated, _ = run([*evaluate_command(arguments, folder / "run"), "--json", metrics], folder / "evaluate.log")
        if evaluated != 0:
            sys.exit(f"{name}, seed {seed}: not measured; see {folder / 'evaluate.log'}")
        found = json.loads(metrics.read_text())
        if arguments.avatars:
            result["avatars"] = {key: found[key] for key in ("styles", "attributes")}
        else:
            result["metrics"] = {metric["key"]: metric for metric in found["metrics"]}
        result["count"] = arguments.count
    result_file.write_text(json.dumps(result, indent=1))
    return result


def avatar_value(avatars, key):
    """The number in a column of AVATAR_METRICS; None for others. Distance and clearness are those of docs/metrics.md."""
    distances = [attribute["distance"] for attribute in avatars["attributes"]]
    return {"styles": avatars["styles"]["found"], "mean distance": statistics.mean(distances), "farthest": max(distances),
            "mean clear": statistics.mean(attribute["clear"] for attribute in avatars["attributes"])}.get(key)


def value_of(result, key):
    """The number in the table's column, or None."""
    if "avatars" in result:
        return avatar_value(result["avatars"], key)
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


def cell_of(runs, key, digits):
    """One metric of all seeds of a recipe."""
    if key == "state":
        return ", ".join(state_of(result) for result in runs)
    return spread_text([value_of(result, key) for result in runs], digits)


def rows_of(results, metrics):
    """Markdown rows, the best by the first metric first; runs that failed last."""
    best, _, _ = metrics[0]

    def order(item):
        values = [value_of(result, best) for result in item[1]]
        known = [value for value in values if value is not None]
        return (len(known) < len(values), (statistics.mean(known) if known else 0) * (-1 if best == "styles" else 1))
    for recipe, runs in sorted(by_recipe(results).items(), key=order):
        first = runs[0]
        cells = [f"`{recipe}`", f"{first['parameters']['generator'] / 1e6:.2f} + {first['parameters']['discriminator'] / 1e6:.2f}",
                 str(first["batch"]), spread_text([result["seconds"] and result["seconds"] / 60 for result in runs], 1)]
        cells += [cell_of(runs, key, digits) for key, _, digits in metrics]
        yield "| " + " | ".join(cells) + " |"


def table_of(folder):
    """(heading, text) of the table of one data set, size and budget, as Markdown; None without results."""
    results = results_in(folder)
    if not results:
        return None
    first = results[0]
    count = next((result["count"] for result in results if "count" in result), "?")
    drawn = next((result["avatars"]["styles"] for result in results if "avatars" in result), None)
    if drawn:
        metrics = AVATAR_METRICS
        told = f"{count:,} fakes; as many true avatars have {drawn['expected']:,.0f} of the {drawn['possible']:,} styles."
    else:
        metrics = METRICS
        reals = next((result["metrics"]["fid"]["real_count"] for result in results if "metrics" in result), "?")
        told = f"{count:,} fakes against {reals:,} reals; FD and KD take all of them, the other metrics as many of both kinds."
    head = ["recipe", "G + D (M weights)", "batch", "processor minutes", *(heading for _, heading, _ in metrics)]
    heading = f"## {first['data']}, {first['size']} pixels, {first['kimg']:g} kimg"
    return heading, "\n".join([heading, "", told, "", "| " + " | ".join(head) + " |", "|" + "---|" * len(head),
                               *rows_of(results, metrics), ""])


def write(arguments):
    """Puts the tables of all that is in the work folder between the marks of the page; tables of other data, sizes and lengths stay."""
    page = arguments.write.read_text()
    begin, end = "<!-- ledger -->", "<!-- end of ledger -->"
    if begin not in page or end not in page:
        sys.exit(f"{arguments.write} has no '{begin}' ... '{end}' for the tables")
    old = page[page.index(begin) + len(begin):page.index(end)]
    tables = {part.splitlines()[0]: part.strip() + "\n" for part in re.split("^(?=## )", old, flags=re.MULTILINE) if part.strip()}
    new = dict(table for folder in sorted(arguments.work.iterdir()) if (table := table_of(folder)))
    tables |= new
    arguments.write.write_text(page[:page.index(begin)] + begin + "\n\n" + "\n".join(tables.values()) + "\n" + page[page.index(end):])
    print(f"{arguments.write}: {len(new)} table(s)")


def outcome_of(runs):
    """A recipe's outcome at one size and length, as its file holds it: include/cspgan/recipes/outcome.hpp."""
    first = runs[0]
    states = [state_of(result) for result in runs]
    remarks = [state if states.count(state) == len(runs) else f"{state} in {states.count(state)} of {len(runs)}"
               for state in sorted(set(states) - {"no"})]
    outcome = {"data": first["data"], "images": first["images"], "image_size": first["size"], "kimg": first["kimg"],
               "batch_size": first["batch"]}
    if any("avatars" in result for result in runs):
        outcome["styles"] = [value_of(result, "styles") for result in runs if "avatars" in result]
    else:
        for name, key, digits in (("distance", "fid", 1), ("recall", "recall", 3)):
            outcome[name] = [round(value, digits) for result in runs if (value := value_of(result, key)) is not None]
    return outcome | ({"remark": ", ".join(remarks)} if remarks else {})


def toml_table(outcome):
    return "\n[[measured]]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in outcome.items())


def write_outcomes(arguments):
    """Sets the [[measured]] tables of the recipes, the last of their files; those of other data, sizes and lengths stay."""
    def subject(outcome):
        return outcome["data"], outcome["image_size"], float(outcome["kimg"])

    found = {}
    for folder in sorted(arguments.work.iterdir()):
        for recipe, runs in by_recipe(results_in(folder)).items():
            found.setdefault(recipe, []).append(outcome_of(runs))
    for recipe, measured in found.items():
        file = arguments.outcomes / f"{recipe}.toml"
        if not file.exists():  # a recipe from elsewhere
            continue
        text = file.read_text()
        outcomes = {subject(outcome): outcome for outcome in tomllib.loads(text).get("measured", []) + measured}
        file.write_text(text.split("\n[[measured]]")[0].rstrip() + "\n" +
                        "".join(toml_table(outcomes[key]) for key in sorted(outcomes)))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0], epilog=__doc__.split("\n\n", 1)[1],
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recipes", nargs="*", metavar="RECIPE", help="a built-in recipe or the path of one")
    parser.add_argument("--work", type=pathlib.Path, required=True, help="folder that keeps the runs and results")
    parser.add_argument("--programs", type=pathlib.Path, default=pathlib.Path("build/release/bin"), help="folder of celeba_train and evaluate")
    parser.add_argument("--data", type=pathlib.Path, help="folder of CelebA, or of any images")
    parser.add_argument("--avatars", action="store_true", help="learn the avatars that the library draws; needs no --data and no --features")
    parser.add_argument("--label", help="what the tables call the data; by default CelebA, or avatars")
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
    arguments.label = arguments.label or ("avatars" if arguments.avatars else "CelebA")
    if arguments.recipes:
        if not arguments.avatars and (arguments.data is None or arguments.features is None):
            parser.error("recipes are run on --data and measured with --features, or run on --avatars")
        runs = [(name, int(seed)) for seed in arguments.seeds.split(",") for name in arguments.recipes]
        with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
            pending = {pool.submit(measure, arguments, name, seed): (name, seed) for name, seed in runs}
            for number, done in enumerate(concurrent.futures.as_completed(pending), 1):
                name, seed = pending[done]
                result = done.result()
                value = value_of(result, "styles" if arguments.avatars else "fid")
                told = result["failed"] if value is None else f"{value} styles" if arguments.avatars else f"FD {value:.1f}"
                print(f"{number} of {len(runs)}: {name}, seed {seed}: {told}", flush=True)
    if arguments.write:
        write(arguments)
    if arguments.outcomes:
        write_outcomes(arguments)


if __name__ == "__main__":
    main()
