#!/usr/bin/env python3
"""Checks that two builds compute the same: trains with both and compares the checkpoints, tensor by tensor.

    check_bits.py BEFORE AFTER [CASE...]    the folders of the programs, build/<preset>/bin, of both builds

For whoever changes code that must not change results: build the commit before in a worktree, then run this. Bits are
those of one machine with one number of threads, so there is nothing to compare with later. Needs no data: the avatars.
Prints a line for each case and exits with 1 if one differs.
"""
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from safetensors_file import tensors  # noqa: E402

STEPS = 200
SMALL = """
image_size = 32
batch_size = 8
[source]
count = 500
[generator]
{generator}
[discriminator]
{discriminator}
"""
PLAIN = SMALL.format(generator="preset = 'csp'\nbase_channels = 8\nmax_channels = 32",
                     discriminator="preset = 'plain'\nbase_channels = 16\nmax_channels = 32")
POLICY = "[[policies]]\nname = '{}'\n{}\n"


def policies(**options):
    return "".join(POLICY.format(name, "\n".join(f"{key} = {value}" for key, value in fields.items()))
                   for name, fields in options.items())


# Contiguous: in channels-last images that policies edited, a build of before November 2026 took LibTorch's convolution
# for the discriminator's first layer, whose rounding is another.
CONTIGUOUS = "[training]\nchannels_last = false\n"
CASES = {
    "avatars": "parent = 'avatars'\n",
    "b2": "parent = 'b2'\n" + SMALL.format(generator="channels = [64, 32, 16, 8]",
                                           discriminator="base_channels = 16\nmax_channels = 64"),
    "targets, replay and penalties": PLAIN + CONTIGUOUS + policies(
        soft_labels={}, label_flips={"probability": 0.1}, real_shown_as_fake={"probability": 0.1},
        label_noise={}, replay_buffer={"capacity": 64}, r1={"gamma": 0.1, "every": 4},
        r2={"gamma": 0.1, "every": 2}, gradient_penalty={"weight": 0.1, "every": 3}),
    "penalties in channels-last": PLAIN + policies(
        soft_labels={}, r1={"gamma": 0.1, "every": 4}, r2={"gamma": 0.1, "every": 2},
        gradient_penalty={"weight": 0.1, "every": 3}),
    "images and scores": PLAIN + CONTIGUOUS + policies(
        label_smoothing={}, instance_noise={"sigma": 0.1, "until_kimg": 1.0}, differentiable_augmentation={},
        replay_buffer={"capacity": 64}, lecam={}),
    "noise layers": SMALL.format(
        generator="preset = 'csp'\nbase_channels = 8\nmax_channels = 32\nblock = {noise_sigma = 0.1}",
        discriminator="preset = 'plain'\nbase_channels = 16\nmax_channels = 32\nblock = {noise_sigma = 0.1}") +
    CONTIGUOUS + policies(soft_labels={}, instance_noise={"sigma": 0.1}, replay_buffer={"capacity": 64}),
    "update ratio": PLAIN + "[training]\ndiscriminator_interval = 3\nema = {half_life_kimg = 1.0}\n",
}
# What options were called before, the latest change first; a build that does not know a word is given the older one.
OLDER_WORDS = [("[source]", "[loader]"), ("'b2'", "'r2-2'"), ("discriminator_interval", "discriminator_every"), ("\nema = ", "\naverage = ")]


def ever_older(recipe):
    yield recipe
    for word, before in OLDER_WORDS:
        if word in recipe:
            recipe = recipe.replace(word, before)
            yield recipe


def train(programs, recipe, folder):
    """The path of the last checkpoint."""
    for text in ever_older(recipe):
        file = folder / "recipe.toml"
        file.write_text(text)
        command = [programs / "quickstart", "--recipe", file, "--out", folder / "run", "--steps", STEPS, "--threads", 1,
                   "--set", "samples.every_kimg=1000", "--set", "evaluation.every_kimg=0"]
        ended = subprocess.run(list(map(str, command)), capture_output=True, text=True)
        if ended.returncode != 2:
            break
    if ended.returncode != 0:
        sys.exit(f"{programs}: {ended.stderr}")
    return max((folder / "run" / "checkpoints").glob("step-*.safetensors"))


def main():
    before, after = map(pathlib.Path, sys.argv[1:3])
    failed = False
    for name in sys.argv[3:] or CASES:
        with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
            first = tensors(train(before, CASES[name], pathlib.Path(one)))
            second = tensors(train(after, CASES[name], pathlib.Path(other)))
        names = sorted(tensor for tensor in first | second if first.get(tensor) != second.get(tensor))
        failed = failed or bool(names)
        print(f"{name}: " + (f"{len(names)} of {len(first)} tensors differ, the first {names[0]}" if names
                             else f"the same bits in {len(first)} tensors after {STEPS} steps"), flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
