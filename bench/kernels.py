#!/usr/bin/env python3
"""Each convolution of the reference generator and of the strided3 discriminator at 128 pixels: ours against LibTorch's
faster layout for the pass.

usage: kernels.py BENCH_KERNELS_PROGRAM [--batch 32] [--threads 2] [--rounds 7] [--layer PART_OF_A_NAME]
                  [--markdown FILE]

The program does the work in one process; this script prints its lines as a table, with the sums over each network's
layers. Errors are relative L2 errors against float64.
"""
import argparse
import collections
import os
import subprocess

import sides

FIELDS = ("network", "layer", "count", "pass_name", "our_minimum", "our_median", "layout", "their_minimum",
          "their_median", "our_error", "their_error")
Line = collections.namedtuple("Line", FIELDS)
NUMBERS = [field for field in FIELDS if field not in ("network", "layer", "pass_name", "layout")]


def parse(text):
    line = Line(*text.rstrip("\n").split("\t"))
    return line._replace(**{field: float(getattr(line, field)) for field in NUMBERS})


def cells(network, layer, pass_name, ours, theirs, layout="", errors=("", "", "")):
    """Times are (minimum, median) in milliseconds."""
    return [network, layer, pass_name, sides.two(*ours), sides.two(*theirs), layout,
            sides.two(*(their / our for our, their in zip(ours, theirs))), *errors]


def row(line):
    times = f" (x{line.count:.0f})" if line.count > 1 else ""
    errors = (f"{line.our_error:.1e}", f"{line.their_error:.1e}",
              f"{line.our_error / line.their_error:.1f}" if line.their_error > 0 else "")
    return cells(line.network, line.layer + times, line.pass_name, (line.our_minimum, line.our_median),
                 (line.their_minimum, line.their_median), line.layout, errors)


def sums(lines):
    """Rows with the cost of all layers of a network, each as often as the network has it: per pass, and in total."""
    for network in dict.fromkeys(line.network for line in lines):
        for pass_name in [*dict.fromkeys(line.pass_name for line in lines), "all passes"]:
            counted = [line for line in lines if line.network == network
                       and pass_name in (line.pass_name, "all passes")]

            def total(field):
                return sum(line.count * getattr(line, field) for line in counted)
            yield cells(network, "all layers", pass_name, (total("our_minimum"), total("our_median")),
                        (total("their_minimum"), total("their_median")))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", help="bench_kernels")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--layer", default="", help="only layers whose name contains this, such as '3x3 stride 2'")
    parser.add_argument("--markdown", metavar="FILE", help="append the table")
    arguments = parser.parse_args()

    introduction = (f"{sides.machine()}; {sides.versions('torch')}; batch {arguments.batch}, "
                    f"{arguments.threads} threads; {arguments.rounds} rounds; milliseconds, minimum / median")
    table = sides.Table("Kernels", introduction,
                        ["network", "layer and input side", "pass", "cspgan", "LibTorch", "its layout", "ratio",
                         "our error", "its error", "ratio of errors"], arguments.markdown)
    command = [arguments.program, str(arguments.batch), str(arguments.threads), str(arguments.rounds), arguments.layer]
    environment = {**os.environ, "OMP_NUM_THREADS": str(arguments.threads), "MKL_NUM_THREADS": str(arguments.threads)}
    lines = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        for text in process.stdout:
            lines.append(parse(text))
            table.row(row(lines[-1]))
    if process.returncode != 0:
        raise SystemExit(f"{arguments.program} failed")
    for summed in sums(lines):
        table.row(summed)


if __name__ == "__main__":
    main()
