#!/usr/bin/env python3
"""Checks that includes point downwards, that public headers stay narrow, and that docs/architecture.md says the same.

    check_includes.py ROOT        prints each offense as file:line: sentence; exits 1 if there is one
    check_includes.py --draw      prints the table of rooms that docs/architecture.md shows
    check_includes.py --prove     shows, on small trees made for it, that each rule catches what it is for
"""
import pathlib
import re
import sys

import proving

# The rooms from the top down: folders of src/ and of include/cspgan/, what they are for, and which others they may
# include. A room stands above all that it includes.
ROOMS = [
    ("programs", "options, wiring and output, one file a program", "terminal recipes evaluation avatars detection density runs report "
     "metrics data training policies losses export models nn core"),
    ("terminal", "command line, progress, messages, signals", "training core"),
    ("recipes", "recipes as TOML and as typed options; the built-in ones", "evaluation runs data training policies "
     "losses models nn core"),
    ("evaluation", "images to features to metrics; metrics while a run trains; prints nothing", "avatars runs report "
     "metrics data training models core"),
    ("avatars", "the drawn data set, and the classifier that reads its attributes", "drawing density data training losses nn core"),
    ("detection", "autoencoders and detectors: is this picture like the good ones?", "drawing runs report metrics data "
     "training policies losses models nn core"),
    ("runs", "a run's folder, and the observers that write it", "report data training models core"),
    ("report", "pictures, curves, event logs, the HTML page", "core"),
    ("metrics", "numbers about two sets of images, and feature extractors", "core"),
    ("density", "small explicit models: styles of counted features, histograms of pixels", "data core"),
    ("data", "sources, decoding, resizing, the loader", "training core"),
    ("training", "one step; optimizers, schedules, EMA; the fit loop; checkpoints", "policies losses models nn core"),
    ("policies", "what changes one aspect of a step", "losses core"),
    ("losses", "what each network minimizes", "core"),
    ("export", "a generator as a graph of operators, ONNX, C++ or Python", "models nn runtime core"),
    ("models", "Generator, Discriminator, presets, Sampler, load_generator", "nn core"),
    ("nn", "blocks, normalization, spectral norm, noise, initialization", "kernels core"),
    ("runtime", "an exported generator on plain memory", "kernels core"),
    ("drawing", "src/ only: a canvas on which shapes are painted by their signed distances", ""),
    ("kernels", "src/ only: convolutions and batch norm for the CPU on plain memory; `tensors/`: on LibTorch's", ""),
    ("core", "errors, options, values, random streams, files, safetensors", ""),
]
MAY_INCLUDE = {name: set(below.split()) for name, _, below in ROOMS}
ORDER = {name: position for position, (name, _, _) in enumerate(ROOMS)}
# cspgan.hpp brings what trains a network and draws from it; these rooms are included by themselves.
NOT_IN_UMBRELLA = {"export", "runtime", "programs", "terminal", "recipes", "evaluation", "runs", "report", "metrics", "detection"}
# Known to .cpp files alone: no user of a public header has to have them.
PRIVATE_LIBRARIES = ("fmt/", "nlohmann/", "stb_image", "stb/", "CLI/", "toml++/", "recipes/toml.hpp", "xxhash.h", "gif_lib.h",
                     "webp/", "cairo", "hwy/", "jpeglib.h", "png.h", "libheif/", "zip.h")
# What is compiled into cspgan::runtime, for programs that have no LibTorch.
WITHOUT_TORCH = ("include/cspgan/runtime/", "src/runtime/", "src/kernels/")
TORCH = ("ATen/", "torch/", "c10/", "cspgan/core/tensor.hpp", "kernels/tensors/")
# Each pulls in all of LibTorch: 15 s for every file that includes it.
WIDE_HEADERS = ("torch/torch.h", "torch/all.h", "torch/nn.h", "torch/extension.h", "ATen/ATen.h", "torch/types.h")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
TABLE_BEGIN, TABLE_END = "<!-- rooms: made by tests/layout/check_includes.py --draw -->", "<!-- end of rooms -->"


def includes(file):
    """(line number, whether quoted, what is included) for each include of the file."""
    for number, line in enumerate(file.read_text().splitlines(), 1):
        found = INCLUDE.match(line)
        if found:
            yield number, found.group(1) == '"', found.group(2)


def room_of(file, root):
    """The room that a file of the library lies in; None if it is in none."""
    for base in (root / "include" / "cspgan", root / "src"):
        if file.is_relative_to(base):
            parts = file.relative_to(base).parts
            return parts[0] if len(parts) > 1 else None
    return None


def resolved(what, quoted, file, root):
    """The file that an include names, as the compiler finds it; None for a header of another library."""
    bases = ([file.parent] if quoted else []) + [root / "src", root / "include"]
    return next((base / what for base in bases if (base / what).is_file()), None)


def offenses(root):
    root = pathlib.Path(root).resolve()
    public = root / "include" / "cspgan"
    headers = sorted(public.rglob("*.hpp"))
    sources = sorted(file for kind in ("*.hpp", "*.cpp", "*.inc") for file in (root / "src").rglob(kind))
    for file in headers + sources:
        room = room_of(file, root)
        name = file.relative_to(root)
        if room is not None and room not in MAY_INCLUDE:
            yield f"{name}:1: the folder {room} has no rule in {pathlib.Path(__file__).name}"
            continue
        for line, quoted, what in includes(file):
            if what == "cspgan/cspgan.hpp":
                yield f"{name}:{line}: cspgan.hpp is for users; the library includes what it needs"
            found = resolved(what, quoted, file, root)
            if found is None and (what.startswith("cspgan/") or quoted and not what.startswith("embedded/")):
                yield f"{name}:{line}: there is no {what}"
            if found is not None:
                found = found.resolve()
                target = room_of(found, root)
                if "examples" in found.relative_to(root).parts[:1] or "tests" in found.relative_to(root).parts[:1]:
                    yield f"{name}:{line}: the library includes no example and no test ({what})"
                elif room and target and target != room and target not in MAY_INCLUDE[room]:
                    allowed = ", ".join(sorted(MAY_INCLUDE[room])) or "nothing else of cspgan"
                    yield f"{name}:{line}: {room} may include {allowed}, but not {target} ({what})"
            if what.startswith(TORCH) and str(name).startswith(WITHOUT_TORCH) and not str(name).startswith("src/kernels/tensors/"):
                yield f"{name}:{line}: cspgan::runtime knows no LibTorch ({what})"
            if file in headers:
                if what.startswith(PRIVATE_LIBRARIES):
                    yield f"{name}:{line}: a public header must not show {what} to its users"
                if what in WIDE_HEADERS:
                    yield f"{name}:{line}: {what} includes all of LibTorch; use the narrowest header that does"
        if file in headers and re.search(r"^namespace cspgan", file.read_text(), re.M):
            yield f"{name}:1: a public header opens its namespace as namespace [[gnu::visibility(\"default\")]] cspgan"
        if file.suffix == ".hpp" and "#pragma once" not in file.read_text():
            yield f"{name}:1: #pragma once is missing"

    for room, below in MAY_INCLUDE.items():
        for other in below:
            if ORDER[other] <= ORDER[room]:
                yield f"{pathlib.Path(__file__).name}:1: {room} may include {other}, which stands above it"

    umbrella = public / "cspgan.hpp"
    if not umbrella.exists():
        yield "include/cspgan/cspgan.hpp:1: is missing"
        return
    reached, waiting = set(), [umbrella]
    while waiting:
        file = waiting.pop()
        if file in reached or not file.exists():
            continue
        reached.add(file)
        waiting += [root / "include" / what for _, _, what in includes(file) if what.startswith("cspgan/")]
    for header in headers:
        if header not in reached and header.relative_to(public).parts[0] not in NOT_IN_UMBRELLA:
            yield f"include/cspgan/cspgan.hpp:1: does not bring {header.relative_to(root)}"
        if header in reached and header.relative_to(public).parts[0] in NOT_IN_UMBRELLA:
            yield f"include/cspgan/cspgan.hpp:1: brings {header.relative_to(root)}, which is included by name"

    page = root / "docs" / "architecture.md"
    if page.exists() and table() not in page.read_text():
        yield "docs/architecture.md:1: does not show the rooms as this check has them; paste what --draw prints"


def table():
    """The rooms as Markdown."""
    rows = [f"| `{name}` | {purpose} | {', '.join(below.split()) or '-'} |" for name, purpose, below in ROOMS]
    return "\n".join([TABLE_BEGIN, "| room | what it holds | includes |", "|---|---|---|", *rows, TABLE_END])


def prove():
    """Each tree breaks one rule; the sentence that is to come is named beside it."""
    good = {
        "include/cspgan/cspgan.hpp": '#include "cspgan/losses/hinge.hpp"\n',
        "include/cspgan/core/error.hpp": "",
        "include/cspgan/losses/hinge.hpp": '#include "cspgan/core/error.hpp"\n',
        "src/losses/hinge.cpp": '#include "cspgan/losses/hinge.hpp"\n#include <fmt/format.h>\n',
        "src/terminal/print.hpp": "",
        "src/kernels/table.hpp": "",
    }
    broken = {
        "core may include nothing else": {"include/cspgan/core/error.hpp": '#include "cspgan/losses/hinge.hpp"\n'},
        "losses may include core, but not training": {
            "include/cspgan/training/trainer.hpp": "", "include/cspgan/cspgan.hpp":
            '#include "cspgan/losses/hinge.hpp"\n#include "cspgan/training/trainer.hpp"\n',
            "src/losses/hinge.cpp": '#include "cspgan/training/trainer.hpp"\n'},
        "cspgan::runtime knows no LibTorch": {"src/kernels/table.hpp": '#pragma once\n#include <ATen/Parallel.h>\n'},
        "losses may include core, but not kernels": {"src/losses/hinge.cpp": '#include "kernels/table.hpp"\n'},
        "losses may include core, but not terminal": {"src/losses/hinge.cpp": '#include "../terminal/print.hpp"\n'},
        "core may include nothing else of cspgan, but not terminal": {
            "src/core/deep/files.cpp": '#include "../../terminal/print.hpp"\n'},
        "there is no ../terminal/gone.hpp": {"src/losses/hinge.cpp": '#include "../terminal/gone.hpp"\n'},
        "must not show fmt": {"include/cspgan/losses/hinge.hpp": "#include <fmt/format.h>\n"},
        "must not show nlohmann": {"include/cspgan/losses/hinge.hpp": " # include <nlohmann/json.hpp>\n"},
        "includes all of LibTorch": {"include/cspgan/losses/hinge.hpp": "#include <torch/torch.h>\n"},
        "which is included by name": {"include/cspgan/metrics/fid.hpp": "", "include/cspgan/cspgan.hpp":
                                      '#include "cspgan/losses/hinge.hpp"\n#include "cspgan/metrics/fid.hpp"\n'},
        "does not bring": {"include/cspgan/data/zip.hpp": ""},
        "has no rule": {"include/cspgan/misc/helpers.hpp": ""},
        "#pragma once is missing": {"include/cspgan/core/error.hpp": None},
        "there is no cspgan/core/gone.hpp": {"include/cspgan/core/error.hpp": '#include "cspgan/core/gone.hpp"\n'},
        "opens its namespace": {"include/cspgan/core/error.hpp": "namespace cspgan {}\n"},
        "is for users": {"src/losses/hinge.cpp": '#include "cspgan/cspgan.hpp"\n'},
        "does not show the rooms": {"docs/architecture.md": "an old drawing\n"},
    }
    def with_pragma(files):
        return {name: "" if text is None else "#pragma once\n" + text for name, text in files.items()}

    proving.prove(with_pragma(good), {sentence: with_pragma(files) for sentence, files in broken.items()}, offenses)


if __name__ == "__main__":
    if sys.argv[1:] == ["--prove"]:
        prove()
    elif sys.argv[1:] == ["--draw"]:
        print(table())
    else:
        found = list(offenses(sys.argv[1]))
        print("\n".join(found))
        sys.exit(1 if found else 0)
