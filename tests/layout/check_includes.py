#!/usr/bin/env python3
"""Checks that includes point one way, as docs/architecture.md draws it, and that public headers stay narrow.

    check_includes.py ROOT        prints each offence as file:line: sentence; exits 1 where there is one
    check_includes.py --prove     shows, on small trees made for it, that each rule catches what it is for
"""
import pathlib
import re
import sys
import tempfile

# What the files of each folder, in include/cspgan/ and in src/, may include besides their own folder: folders, or single
# headers.
MAY_INCLUDE = {
    "core": set(),
    "kernels": set(),  # private: they know LibTorch and nothing of ours
    "nn": {"core", "kernels"},
    "models": {"core", "nn"},
    "losses": {"core"},
    "policies": {"core", "losses"},
    "data": {"core"},
    "metrics": {"core"},
    "report": {"core"},
    "training": {"core", "nn", "models", "losses", "policies", "report", "data/batch_source.hpp"},  # the concept alone
    "probes": {"core", "nn", "data", "training"},
    "programs": {"core", "nn", "models", "losses", "policies", "data", "metrics", "report", "training", "probes"},
}
# Known to .cpp files alone: no user of a public header has to have them.
PRIVATE_LIBRARIES = ("fmt/", "nlohmann/", "stb_image", "stb/", "CLI/", "toml++/", "recipes/toml.hpp", "xxhash.h", "gif_lib.h",
                     "webp/", "cairo")
# Each pulls in all of LibTorch: 15 s for every file that includes it.
WIDE_HEADERS = ("torch/torch.h", "torch/all.h", "torch/nn.h", "torch/extension.h", "ATen/ATen.h", "torch/types.h")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def includes(file):
    """(line number, what is included) for each include of the file."""
    for number, line in enumerate(file.read_text().splitlines(), 1):
        found = INCLUDE.match(line)
        if found:
            yield number, found.group(2)


def offences(root):
    root = pathlib.Path(root)
    public = root / "include" / "cspgan"
    headers = sorted(public.rglob("*.hpp"))
    sources = sorted(file for kind in ("*.hpp", "*.cpp", "*.inc") for file in (root / "src").rglob(kind))
    for file in headers + sources:
        base = public if file in headers else root / "src"
        parts = file.relative_to(base).parts
        folder = parts[0] if len(parts) > 1 else None
        name = file.relative_to(root)
        if folder is not None and folder not in MAY_INCLUDE:
            yield f"{name}:1: the folder {folder} has no rule in {pathlib.Path(__file__).name}"
            continue
        for line, what in includes(file):
            target = what.split("/")[1] if what.startswith("cspgan/") and what.count("/") > 1 else None
            if what == "cspgan/cspgan.hpp":
                yield f"{name}:{line}: cspgan.hpp is for users; the library includes what it needs"
            if what.startswith("kernels/"):
                target = "kernels"
            known = folder and MAY_INCLUDE[folder] | {folder}
            if folder and target and target not in known and what.removeprefix("cspgan/") not in known:
                allowed = ", ".join(sorted(MAY_INCLUDE[folder])) or "nothing else of cspgan"
                yield f"{name}:{line}: {folder} may include {allowed}, but not {target} ({what})"
            if "examples/" in what or "tests/" in what:
                yield f"{name}:{line}: the library includes no example and no test ({what})"
            if file in headers:
                if what.startswith(PRIVATE_LIBRARIES):
                    yield f"{name}:{line}: a public header must not show {what} to its users"
                if what in WIDE_HEADERS:
                    yield f"{name}:{line}: {what} includes all of LibTorch; use the narrowest header that does"
                if what.startswith("cspgan/") and not (root / "include" / what).exists():
                    yield f"{name}:{line}: there is no {what}"
        # What is included once for each instruction set (-inl) guards itself.
        if file.suffix == ".hpp" and not file.stem.endswith("-inl") and "#pragma once" not in file.read_text():
            yield f"{name}:1: #pragma once is missing"

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
        waiting += [root / "include" / what for _, what in includes(file) if what.startswith("cspgan/")]
    for header in headers:
        # The programs' own parts are a library apart: cspgan::programs.
        if header not in reached and header.relative_to(public).parts[0] != "programs":
            yield f"include/cspgan/cspgan.hpp:1: does not bring {header.relative_to(root)}"


def prove():
    """Each tree breaks one rule; the sentence that is to come is named beside it."""
    good = {
        "include/cspgan/cspgan.hpp": '#include "cspgan/losses/hinge.hpp"\n',
        "include/cspgan/core/error.hpp": "",
        "include/cspgan/losses/hinge.hpp": '#include "cspgan/core/error.hpp"\n',
        "src/losses/hinge.cpp": '#include "cspgan/losses/hinge.hpp"\n#include <fmt/format.h>\n',
    }
    broken = {
        "core may include nothing else": {"include/cspgan/core/error.hpp": '#include "cspgan/losses/hinge.hpp"\n'},
        "losses may include core": {"src/losses/hinge.cpp": '#include "cspgan/training/trainer.hpp"\n'},
        "losses may include core, but not kernels": {"src/losses/hinge.cpp": '#include "kernels/convolution.hpp"\n'},
        "must not show fmt": {"include/cspgan/losses/hinge.hpp": "#include <fmt/format.h>\n"},
        "must not show nlohmann": {"include/cspgan/losses/hinge.hpp": " # include <nlohmann/json.hpp>\n"},
        "includes all of LibTorch": {"include/cspgan/losses/hinge.hpp": "#include <torch/torch.h>\n"},
        "does not bring": {"include/cspgan/data/zip.hpp": ""},
        "has no rule": {"include/cspgan/misc/helpers.hpp": ""},
        "#pragma once is missing": {"include/cspgan/core/error.hpp": None},
        "there is no cspgan/core/gone.hpp": {"include/cspgan/core/error.hpp": '#include "cspgan/core/gone.hpp"\n'},
        "is for users": {"src/losses/hinge.cpp": '#include "cspgan/cspgan.hpp"\n'},
    }
    for expected, change in [(None, {}), *broken.items()]:
        with tempfile.TemporaryDirectory() as folder:
            for name, text in {**good, **change}.items():
                file = pathlib.Path(folder) / name
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text("" if text is None else "#pragma once\n" + text)
            found = list(offences(folder))
            if expected is None and found:
                sys.exit(f"a good tree is refused: {found}")
            if expected is not None and not any(expected in sentence for sentence in found):
                sys.exit(f"not caught: {expected!r}; found {found}")
    print(f"{len(broken)} broken trees caught, the good one let through")


if __name__ == "__main__":
    if sys.argv[1:] == ["--prove"]:
        prove()
    else:
        found = list(offences(sys.argv[1]))
        print("\n".join(found))
        sys.exit(1 if found else 0)
