"""The programs as a user runs them: exit codes, one-line errors, resume, pictures.

usage: programs.py FOLDER_OF_PROGRAMS [unittest options]
"""
import json
import os
import pathlib
import re
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import unittest
import zlib

PROGRAMS = pathlib.Path(sys.argv.pop(1)).resolve()
SMALL = ["--image-size", "32", "--batch-size", "4", "--threads", "1", "--set", "generator.base_channels=4",
         "--set", "generator.max_channels=16", "--set", "discriminator.base_channels=4",
         "--set", "discriminator.max_channels=16", "--set", "samples.count=4", "--set", "samples.columns=2"]


def run(program, *arguments):
    return subprocess.run([PROGRAMS / program, *map(str, arguments)], capture_output=True, text=True, timeout=300)


def png(path, size=40, value=0):
    rows = b"".join(b"\0" + bytes((x * 5 + value * 31 + c * 70) % 256 for x in range(size) for c in range(3)) for _ in range(size))
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0))
                     + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def png_size(path):
    data = path.read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n", path
    return struct.unpack(">II", data[16:24])


def png_rows(path):
    """The rows of an RGB PNG of one data chunk, each as bytes."""
    data, (width, height) = path.read_bytes(), png_size(path)
    at = data.index(b"IDAT")
    raw = zlib.decompress(data[at + 4:at + 4 + struct.unpack(">I", data[at - 4:at])[0]])
    rows, above = [], bytes(3 * width)
    for start in range(0, len(raw), 3 * width + 1):
        row = bytearray(raw[start + 1:start + 1 + 3 * width])
        for i, value in enumerate(row):
            left, up, corner = (row[i - 3], above[i], above[i - 3]) if i > 2 else (0, above[i], 0)
            paeth = min((left, up, corner), key=lambda near: abs(left + up - corner - near))
            row[i] = value + (0, left, up, (left + up) // 2, paeth)[raw[start]] & 255
        rows.append(above := bytes(row))
    assert len(rows) == height, path
    return rows


def frames(path):
    """Frames of a GIF by their control blocks, of a WebP by its chunks."""
    data = path.read_bytes()
    if data[:6] == b"GIF89a":
        return len(re.findall(rb"\x21\xf9\x04.{4}\x00[\x21\x2c]", data, re.DOTALL))  # not within compressed data
    count, place = 0, 12
    while place < len(data):
        kind, length = data[place:place + 4], struct.unpack("<I", data[place + 4:place + 8])[0]
        count += kind == b"ANMF"
        place += 8 + length + length % 2
    return count


def film_size(path):
    data = path.read_bytes()
    if data[:6] == b"GIF89a":
        return struct.unpack("<HH", data[6:10])
    assert data[12:16] == b"VP8X", path
    return tuple(1 + int.from_bytes(data[place:place + 3], "little") for place in (24, 27))


def tensors(path):
    """name -> (dtype, shape, bytes) of a safetensors file."""
    data = path.read_bytes()
    length = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:8 + length])
    header.pop("__metadata__", None)
    return {name: (entry["dtype"], entry["shape"], data[8 + length:][slice(*entry["data_offsets"])])
            for name, entry in header.items()}


class Case(unittest.TestCase):
    def setUp(self):
        self.folder_object = tempfile.TemporaryDirectory(prefix="cspgan-programs-")
        self.folder = pathlib.Path(self.folder_object.name)
        self.images = self.folder / "images"
        self.images.mkdir()
        for i in range(12):
            png(self.images / f"{i:02}.png", value=i)

    def tearDown(self):
        self.folder_object.cleanup()

    def train(self, *more, data=None, out=None):
        return run("celeba_train", "--data", data or self.images, "--out", out or self.folder / "run", *SMALL, *more)

    def assert_refused(self, result, code, *words):
        lines = result.stderr.strip().splitlines()
        self.assertEqual(result.returncode, code, result.stderr + result.stdout)
        self.assertEqual(len(lines), 1, result.stderr)
        self.assertRegex(lines[0], r"^\w+: error: ")
        for word in words:
            self.assertIn(word, lines[0])


class Errors(Case):
    def test_a_missing_folder_is_named(self):
        self.assert_refused(self.train("--steps", 1, data=self.folder / "nowhere"), 1, "nowhere")

    def test_an_empty_folder_is_named(self):
        (self.folder / "empty").mkdir()
        self.assert_refused(self.train("--steps", 1, data=self.folder / "empty"), 1, "empty")

    def test_a_folder_without_images_is_named(self):
        (self.folder / "texts").mkdir()
        (self.folder / "texts" / "a.txt").write_text("no image")
        self.assert_refused(self.train("--steps", 1, data=self.folder / "texts"), 1, "texts")

    def test_an_unreadable_file_among_good_ones_is_skipped_named_and_counted(self):
        (self.images / "05.png").write_bytes(b"\x89PNG\r\n\x1a\n torn")
        result = self.train("--steps", 6)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(result.stderr.count("05.png"), 1, result.stderr)
        self.assertIn("1 image(s) skipped", result.stdout)
        self.assertIn("05.png", (self.folder / "run" / "warnings.jsonl").read_text())

    def test_an_image_size_that_is_no_power_of_two_is_refused(self):
        self.assert_refused(self.train("--steps", 1, "--image-size", 48), 2, "image_size", "48", "power of two")

    def test_a_batch_larger_than_the_data_is_refused_with_both_numbers(self):
        self.assert_refused(self.train("--steps", 1, "--batch-size", 13), 2, "13", "12")

    def test_a_misspelt_key_in_a_recipe_is_refused_with_the_nearest(self):
        recipe = self.folder / "mine.toml"
        recipe.write_text("[training.average]\nhalf_life_kmg = 2.0\n")
        self.assert_refused(self.train("--steps", 1, "--recipe", recipe), 2, "half_life_kmg", "half_life_kimg")

    def test_a_recipe_that_is_no_toml_is_refused_with_its_line(self):
        recipe = self.folder / "mine.toml"
        recipe.write_text("image_size = 32\nkimg = = 2\n")
        self.assert_refused(self.train("--recipe", recipe), 2, "mine.toml:2")

    def test_an_unknown_recipe_is_refused_with_the_nearest(self):
        self.assert_refused(self.train("--recipe", "face"), 2, "'faces'")

    def test_a_misspelt_option_is_refused_with_the_nearest(self):
        self.assert_refused(self.train("--step", 1), 2, "--step", "--steps")

    def test_a_misspelt_policy_is_refused_with_the_nearest(self):
        self.assert_refused(self.train("--steps", 1, "--set", "policies=[{name='soft_label'}]"), 2, "soft_labels")

    def test_label_policies_with_a_loss_without_targets_are_refused(self):
        self.assert_refused(self.train("--steps", 1, "--set", "policies=[{name='soft_labels'}]", "--set", "loss=hinge"), 2,
                            "soft_labels", "hinge")

    def test_two_lengths_are_refused(self):
        self.assert_refused(self.train("--steps", 1, "--kimg", 1), 2, "--steps", "--kimg")

    def test_a_checkpoint_of_another_shape_is_refused_with_both_shapes(self):
        self.assertEqual(self.train("--steps", 1).returncode, 0)
        before = tensors(self.folder / "run/checkpoints/step-00000001.safetensors")
        self.assert_refused(self.train("--steps", 2, "--set", "generator.max_channels=24"), 1, "generator", "[", "shape")
        self.assertEqual(before, tensors(self.folder / "run/checkpoints/step-00000001.safetensors"))

    def test_a_file_that_is_no_checkpoint_is_refused(self):
        path = self.folder / "fake.safetensors"
        path.write_bytes(b"nothing of the kind")
        self.assert_refused(self.train("--steps", 1, "--resume", path), 1, "fake.safetensors")
        self.assert_refused(run("sample", "--checkpoint", path, "--out", self.folder / "s"), 1, "fake.safetensors")

    def test_an_output_folder_that_cannot_be_written_is_named(self):
        blocker = self.folder / "file"
        blocker.write_text("")
        self.assert_refused(self.train("--steps", 1, out=blocker / "run"), 1, str(blocker / "run"))

    def test_resume_with_nothing_to_resume_is_refused(self):
        self.assert_refused(self.train("--steps", 1, "--resume"), 2, "nothing to resume")
        self.assert_refused(self.train("--steps", 1, "--resume", self.folder / "gone.safetensors"), 1, "gone.safetensors")

    def test_a_run_is_not_overwritten(self):
        self.assertEqual(self.train("--steps", 1).returncode, 0)
        self.assert_refused(self.train("--steps", 1, "--resume", "never"), 2, "already holds a run")

    def test_missing_data_is_asked_for(self):
        self.assert_refused(run("celeba_train", "--steps", 1), 2, "--data")

    def test_lengths_threads_and_seeds_beyond_reason_are_refused(self):
        self.assert_refused(self.train("--kimg", "1e17"), 2, "length")
        self.assert_refused(self.train("--steps", 1, "--threads", 100000), 2, "threads", "100000")
        self.assert_refused(self.train("--steps", 1, "--seed", -1), 2, "seed")

    def test_a_recipe_that_is_its_own_parent_is_refused(self):
        recipe = self.folder / "self.toml"
        recipe.write_text(f'parent = "{recipe}"\n')
        self.assert_refused(self.train("--recipe", recipe), 2, "its own parent")

    def test_a_checkpoint_with_a_hostile_header_is_refused(self):
        path = self.folder / "deep.safetensors"
        header = b"[" * 2_000_000
        path.write_bytes(struct.pack("<Q", len(header)) + header)
        self.assert_refused(run("sample", "--checkpoint", path, "--out", self.folder / "s"), 1, "deep.safetensors")
        header = b'{"a": {"dtype": "F32", "shape": [1e999], "data_offsets": [0, 4]}}'
        path.write_bytes(struct.pack("<Q", len(header)) + header + b"abcd")
        self.assert_refused(run("sample", "--checkpoint", path, "--out", self.folder / "s"), 1, "deep.safetensors")

    def test_a_misspelt_network_option_is_refused_before_the_recipe_is_printed(self):
        self.assert_refused(self.train("--set", "generator.normm=batch", "--print-recipe"), 2, "normm")

    def test_a_device_that_is_not_there_is_refused(self):
        self.assert_refused(self.train("--steps", 1, "--device", "cuda:99"), 2, "cuda:99")


class Runs(Case):
    def last(self, out):
        return sorted((out / "checkpoints").iterdir())[-1]

    def test_a_run_fills_its_folder(self):
        result = self.train("--steps", 7, "--set", "log_every=2")
        self.assertEqual(result.returncode, 0, result.stderr)
        out = self.folder / "run"
        record = json.loads((out / "run.json").read_text())
        self.assertEqual((record["status"], record["step"], record["recipe"]["batch_size"]), ("finished", 7, 4))
        rows = [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]
        self.assertEqual([row["step"] for row in rows], [2, 4, 6, 7])
        self.assertTrue(all(key in rows[0] for key in ("loss_d", "loss_g", "score_real", "score_fake", "penalty_r1")))
        self.assertEqual(sorted(p.name for p in (out / "samples").iterdir()), ["step-00000000.png", "step-00000007.png"])
        self.assertIn("<html", (out / "report.html").read_text().lower())
        self.assertFalse(list(out.rglob("*.part")))

    def test_a_finished_run_is_not_trained_again(self):
        self.assertEqual(self.train("--steps", 2).returncode, 0)
        before = tensors(self.last(self.folder / "run"))
        again = self.train("--steps", 2)
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertEqual(before, tensors(self.last(self.folder / "run")))

    def stop_and_resume(self, number, code):
        whole = self.folder / "whole"
        self.assertEqual(self.train("--steps", 400, "--set", "checkpoints.every_kimg=0.2", out=whole).returncode, 0)
        out = self.folder / "run"
        arguments = ["--data", self.images, "--out", out, *SMALL, "--steps", 400, "--set", "checkpoints.every_kimg=0.2"]
        process = subprocess.Popen([PROGRAMS / "celeba_train", *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        deadline = time.monotonic() + 120
        while not list(out.glob("checkpoints/*.safetensors")) and time.monotonic() < deadline:
            time.sleep(0.01)
        process.send_signal(number)
        process.communicate(timeout=60)
        self.assertEqual(process.returncode, code)
        stopped_at = int(self.last(out).stem.removeprefix("step-"))
        self.assertLess(stopped_at, 400, "the run ended before the signal came")
        resumed = self.train("--steps", 400, "--set", "checkpoints.every_kimg=0.2")
        self.assertEqual(resumed.returncode, 0, resumed.stderr)
        self.assertIn(f"(step {stopped_at},", resumed.stdout)
        self.assertEqual(tensors(self.last(whole)), tensors(self.last(out)))
        steps = [json.loads(line)["step"] for line in (out / "metrics.jsonl").read_text().splitlines()]
        self.assertEqual(steps, sorted(set(steps)))

    def test_ctrl_c_saves_and_the_resumed_run_has_the_bits_of_the_unbroken_one(self):
        self.stop_and_resume(signal.SIGINT, 130)

    def test_sigterm_saves_and_the_resumed_run_has_the_bits_of_the_unbroken_one(self):
        self.stop_and_resume(signal.SIGTERM, 143)

    def test_a_closed_pipe_behind_the_output_ends_no_run(self):
        out = self.folder / "run"
        arguments = ["--data", self.images, "--out", out, *SMALL, "--steps", 50, "--set", "log_every=1"]
        process = subprocess.Popen([PROGRAMS / "celeba_train", *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        process.stdout.close()
        self.assertEqual(process.wait(timeout=120), 0)
        self.assertTrue((out / "checkpoints/step-00000050.safetensors").exists())

    def test_a_closed_terminal_saves(self):
        self.stop_and_resume(signal.SIGHUP, 129)

    def test_going_on_from_an_older_checkpoint_starts_a_branch_and_keeps_the_old_one_aside(self):
        often = ["--set", "checkpoints.every_kimg=0.004", "--set", "checkpoints.keep=9"]
        self.assertEqual(self.train("--steps", 8, *often).returncode, 0)
        checkpoints = self.folder / "run/checkpoints"
        branch = self.train("--steps", 6, *often, "--seed", 5, "--resume", checkpoints / "step-00000004.safetensors")
        self.assertEqual(branch.returncode, 0, branch.stderr)
        self.assertIn("step-00000006.safetensors", branch.stdout)
        self.assertIn("seed", branch.stderr)
        self.assertEqual(self.last(self.folder / "run").name, "step-00000008.safetensors.replaced")
        again = self.train("--steps", 9, *often, "--seed", 5)
        self.assertIn("(step 6,", again.stdout)

    def test_kill_9_loses_nothing_before_the_last_checkpoint(self):
        self.stop_and_resume(signal.SIGKILL, -signal.SIGKILL)

    def test_a_damaged_checkpoint_is_named_and_the_one_before_it_is_used(self):
        self.assertEqual(self.train("--steps", 3, "--set", "checkpoints.every_kimg=0.004").returncode, 0)
        newest = self.last(self.folder / "run")
        newest.write_bytes(newest.read_bytes()[:-100])
        result = self.train("--steps", 4)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn(newest.name, result.stderr)
        self.assertIn("(step 2,", result.stdout)

    def test_the_printed_recipe_describes_the_same_run(self):
        printed = run("celeba_train", "--data", self.images, *SMALL, "--steps", 3, "--print-recipe")
        self.assertEqual(printed.returncode, 0, printed.stderr)
        recipe = self.folder / "printed.toml"
        recipe.write_text(printed.stdout)
        self.assertEqual(self.train("--steps", 3).returncode, 0)
        out = self.folder / "again"
        again = run("celeba_train", "--recipe", recipe, "--out", out)
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertEqual(tensors(self.last(self.folder / "run")), tensors(self.last(out)))

    def test_every_built_in_recipe_can_be_printed(self):
        listed = run("celeba_train", "--list-recipes")
        names = [line.split()[0] for line in listed.stdout.splitlines()]
        self.assertTrue({"faces", "avatars", "r1-1", "r2-1", "r2-2"} <= set(names), names)
        for name in names:
            self.assertEqual(run("celeba_train", "--recipe", name, "--print-recipe").returncode, 0, name)

    def test_every_built_in_recipe_takes_a_step_at_32_pixels(self):
        for line in run("celeba_train", "--list-recipes").stdout.splitlines():
            name = line.split()[0]
            result = run("celeba_train", "--recipe", name, "--data", self.images, "--out", self.folder / name,
                         "--image-size", 32, "--batch-size", 4, "--steps", 1, "--threads", 1, "--set", "samples.count=4")
            self.assertEqual(result.returncode, 0, name + result.stderr)

    def test_workers_change_no_bit(self):
        for workers in (0, 3):
            self.assertEqual(self.train("--steps", 5, "--set", f"loader.workers={workers}", out=self.folder / f"w{workers}").returncode, 0)
        self.assertEqual(tensors(self.last(self.folder / "w0")), tensors(self.last(self.folder / "w3")))


class Pages(Case):
    """Runs that finished, their pictures, and the pages made from their folders afterwards."""

    def setUp(self):
        super().setUp()
        often = ["--set", "samples.every_kimg=0.004", "--set", "log_every=1"]
        self.assertEqual(self.train("--steps", 5, *often).returncode, 0)
        self.assertEqual(self.train("--steps", 3, *often, "--set", "policies=[{name='r1', gamma=0.5}]",
                                    out=self.folder / "other").returncode, 0)
        self.run_folder = self.folder / "run"

    def data_of(self, page):
        text = page.read_text()
        begin = text.index('id="data">') + len('id="data">')
        return json.loads(text[begin:text.index("</script>", begin)])

    def test_a_finished_run_has_an_animation_of_its_grids_and_curves_and_tensorboard_files(self):
        grids = sorted((self.run_folder / "samples").glob("step-*.png"))
        self.assertEqual(frames(self.run_folder / "animation.webp"), len(grids))
        self.assertEqual(film_size(self.run_folder / "animation.webp"), png_size(grids[0]))
        self.assertEqual(png_size(self.run_folder / "curves/losses.png"), (1520, 840))
        self.assertIn("</svg>", (self.run_folder / "curves/losses.svg").read_text())
        events, = (self.run_folder / "tensorboard").iterdir()
        for tag in (b"loss/d", b"speed/images_per_second", b"samples", b"recipe"):
            self.assertIn(tag, events.read_bytes())

    def test_the_report_says_what_the_command_line_changed_and_what_the_recipe_changed_in_its_parent(self):
        mine = self.folder / "mine.toml"
        mine.write_text('parent = "r2-1"\nbatch_size = 4\n[training]\ngenerator_optimizer = {learning_rate = 1e-3}\n')
        out = self.folder / "mine"
        result = run("celeba_train", "--recipe", mine, "--data", self.images, "--out", out, *SMALL, "--steps", 1, "--seed", 7)
        self.assertEqual(result.returncode, 0, result.stderr)
        origins = self.data_of(out / "report.html")["run"]["differs_from"]
        self.assertEqual([(origin["recipe"], origin["of"]) for origin in origins], [("mine", "this run"), ("r2-1", "mine")])
        run_changed, recipe_changed = ({row["option"]: (row["there"], row["here"]) for row in origin["options"]}
                                       for origin in origins)
        self.assertEqual(run_changed["seed"], (1, 7))
        self.assertEqual(run_changed["steps"], (None, 1))
        self.assertNotIn("batch_size", run_changed)
        self.assertEqual(recipe_changed, {"batch_size": (256, 4), "training.generator_optimizer.learning_rate": (2e-4, 1e-3)})

    def test_a_report_is_made_again_with_figures_that_came_later(self):
        for made in ("report.html", "animation.webp", "curves/losses.png", "curves/losses.svg"):
            (self.run_folder / made).unlink()
        figure = {"name": "FD", "value": 3.5, "fakes": 10, "reals": 12}
        with open(self.run_folder / "metrics.jsonl", "a") as metrics:
            metrics.write(json.dumps({"kind": "evaluation", "step": 5, "kimg": 0.02, "figures": [figure]}) + "\n")
        result = run("report_run", self.run_folder, "--animation", "gif", "--frames", 3)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(frames(self.run_folder / "animation.gif"), 3)
        for kind in ("png", "svg"):
            self.assertTrue((self.run_folder / f"curves/losses.{kind}").exists())
        figures = self.data_of(self.run_folder / "report.html")["figures"]
        self.assertEqual([(found["name"], found["value"]) for found in figures], [("FD", [3.5])])
        self.assert_refused(run("report_run", self.folder / "nowhere"), 1, "nowhere")
        self.assert_refused(run("report_run", self.run_folder, "--animation", "mp4"), 2, "mp4")

    def test_a_torn_grid_is_left_out_of_the_animation(self):
        grids = sorted((self.run_folder / "samples").glob("step-*.png"))
        for torn in (grids[1], grids[-1]):
            torn.write_bytes(torn.read_bytes()[:100])
        self.assertEqual(run("report_run", self.run_folder).returncode, 0)
        self.assertEqual(frames(self.run_folder / "animation.webp"), len(grids) - 2)

    def test_runs_are_compared_on_one_page(self):
        page = self.folder / "comparison.html"
        result = run("compare_runs", self.run_folder, self.folder / "other", "--out", page)
        self.assertEqual(result.returncode, 0, result.stderr)
        data = self.data_of(page)
        self.assertEqual([found["label"] for found in data["runs"]], ["run", "other"])
        options = {row["option"]: row["values"] for row in data["options"]}
        self.assertEqual(options["steps"], [5, 3])
        self.assertEqual(options["policies.r1.gamma"][1], 0.5)
        self.assert_refused(run("compare_runs", self.run_folder, "--out", page), 2, "two or more")
        self.assert_refused(run("compare_runs", self.run_folder, self.images), 1, "images")
        self.assert_refused(run("compare_runs", self.run_folder, self.folder / "other", "--out", self.folder / "no/page.html"),
                            1, "no/page.html")


class Samples(Case):
    def setUp(self):
        super().setUp()
        self.assertEqual(self.train("--steps", 2).returncode, 0)
        self.checkpoint = self.folder / "run/checkpoints/step-00000002.safetensors"
        self.out = self.folder / "samples"

    def sample(self, *arguments, checkpoint=None, out=None):
        result = run("sample", "--checkpoint", checkpoint or self.checkpoint, "--out", out or self.out, *arguments)
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_single_files_are_functions_of_seed_and_index(self):
        self.sample("--count", 5, "--seed", 1)
        self.assertEqual(len(list(self.out.iterdir())), 5)
        self.assertEqual(png_size(self.out / "sample-000004.png"), (32, 32))
        self.sample("--count", 3, "--seed", 1, out=self.folder / "fewer")
        self.sample("--count", 3, "--seed", 2, out=self.folder / "other")
        first = [(self.folder / name / "sample-000000.png").read_bytes() for name in ("samples", "fewer", "other")]
        self.assertEqual(first[0], first[1])
        self.assertNotEqual(first[0], first[2])

    def test_a_grid_has_the_shape_asked_for(self):
        self.sample("--grid", "3x2")
        self.assertEqual(png_size(self.out / "grid.png"), (3 * 34 + 2, 2 * 34 + 2))

    def test_interpolation_rows_are_linear_or_spherical(self):
        for kind in ("linear", "spherical"):
            self.sample("--interpolate", 5, "--rows", 2, "--interpolation", kind, out=self.folder / kind)
        self.assertEqual(png_size(self.folder / "linear/interpolation.png"), (5 * 34 + 2, 2 * 34 + 2))
        self.assertNotEqual((self.folder / "linear/interpolation.png").read_bytes(),
                            (self.folder / "spherical/interpolation.png").read_bytes())

    def test_a_film_goes_through_its_stops_and_back_to_the_first(self):
        for kind in ("gif", "webp"):
            self.sample("--film", kind, "--grid", "3x2", "--stops", 3, "--frames", 4)
            film = self.out / f"interpolation.{kind}"
            self.assertEqual(frames(film), 3 * 4)
            self.assertEqual(film_size(film), (3 * 34 + 2, 2 * 34 + 2))
        self.sample("--film", "gif", "--stops", 2, "--frames", 3, "--interpolation", "linear", out=self.folder / "linear")
        self.sample("--film", "gif", "--stops", 2, "--frames", 3, out=self.folder / "spherical")
        films = [(self.folder / name / "interpolation.gif").read_bytes() for name in ("linear", "spherical")]
        self.assertNotEqual(*films)

    def test_averaged_weights_are_the_default(self):
        for name, more in (("default", []), ("averaged", ["--weights", "averaged"]), ("latest", ["--weights", "latest"])):
            self.sample("--grid", "2x2", *more, out=self.folder / name)
        pictures = [(self.folder / name / "grid.png").read_bytes() for name in ("default", "averaged", "latest")]
        self.assertEqual(pictures[0], pictures[1])
        self.assertNotEqual(pictures[0], pictures[2])

    def test_a_run_folder_stands_for_its_newest_checkpoint(self):
        self.sample("--grid", "2x2", checkpoint=self.folder / "run")
        self.assertTrue((self.out / "grid.png").exists())

    def test_wrong_options_are_refused(self):
        for arguments, word in ((["--grid", "8"], "8x8"), (["--interpolate", 1], "2"), (["--count", -3], "-3"),
                                (["--film", "mp4"], "mp4"), (["--film", "gif", "--stops", 1], "not 1"), (["--device", "gpu"], "gpu")):
            result = run("sample", "--checkpoint", self.checkpoint, "--out", self.out, *arguments)
            self.assert_refused(result, 2, word)


class AvatarReading(Case):
    def test_the_quick_start_ends_with_what_its_generator_covers_and_evaluate_says_the_same(self):
        cache = {"XDG_CACHE_HOME": str(self.folder / "cache"), **{k: v for k, v in os.environ.items() if k != "XDG_CACHE_HOME"}}
        def call(program, *arguments):
            result = subprocess.run([PROGRAMS / program, *map(str, arguments), "--threads", "1"], env=cache,
                                    capture_output=True, text=True, timeout=1500)
            self.assertEqual(result.returncode, 0, result.stderr)
            return result
        out = self.folder / "run"
        small = [argument for argument in SMALL if argument not in ("--threads", "1")]
        first = call("quickstart", "--out", out, *small, "--steps", 3, "--set", "read_avatars=150")
        figures = json.loads((out / "avatars.json").read_text())
        self.assertEqual(figures["count"], 150)
        self.assertEqual(figures["checkpoint"], "step-00000003.safetensors")
        self.assertIn(f"{figures['styles']['found']} of 4032 styles", first.stdout)
        self.assertLess(figures["styles"]["found"], figures["styles"]["expected"])  # three steps: grey, all alike
        for attribute in figures["attributes"]:
            self.assertGreaterEqual(attribute["accuracy"], 0.99, attribute["name"])
            self.assertGreater(attribute["clear_of_true"], 0.9, attribute["name"])
            self.assertTrue(0 <= attribute["clear"] <= 1)
            self.assertIn(attribute["name"], first.stdout)
            self.assertEqual(sum(value["count"] for value in attribute["values"]), 150)
            self.assertAlmostEqual(attribute["distance"],
                                   sum(abs(value["share"] - value["truth"]) for value in attribute["values"]) / 2)

        (probe,) = (self.folder / "cache" / "cspgan" / "probes").iterdir()
        made = probe.stat().st_mtime_ns
        call("evaluate", "--avatars", "--checkpoint", out, "--count", 150, "--json", self.folder / "again.json")
        again = json.loads((self.folder / "again.json").read_text())
        again.pop("command")
        self.assertEqual(again, figures)
        self.assertEqual(probe.stat().st_mtime_ns, made)

    def test_wrong_usage_is_refused(self):
        self.assert_refused(run("evaluate", "--avatars"), 2, "--checkpoint")
        self.assert_refused(run("evaluate", "--avatars", "--checkpoint", "x", "--data", self.images), 2, "--data")
        self.assert_refused(run("evaluate", "--avatars", "--checkpoint", "x", "--pictures", self.folder), 2, "--pictures")
        self.assert_refused(run("evaluate", "--avatars", "--checkpoint", self.folder / "none"), 1, "none")
        self.assert_refused(run("evaluate", "--checkpoint", "x"), 2, "--data", "--avatars")
        self.assert_refused(run("quickstart", "--steps", 1, "--set", "read_avatars=-1"), 2, "read_avatars")


class EvaluatedRuns(Case):
    def rows(self):
        rows = [json.loads(line) for line in (self.folder / "run/metrics.jsonl").read_text().splitlines()]
        return [row for row in rows if row.get("kind") == "evaluation"]

    def test_figures_are_taken_while_a_run_trains_and_the_best_state_is_kept(self):
        result = self.train("--steps", 6, "--evaluate-every", 0.008, "--set", "evaluation.count=10",
                            "--set", "evaluation.metrics=['fid', 'kid']")
        self.assertEqual(result.returncode, 0, result.stderr)
        rows = self.rows()
        self.assertGreaterEqual(len(rows), 2)
        self.assertEqual(rows[-1]["step"], 6)
        self.assertEqual([figure["key"] for figure in rows[0]["figures"]], ["fid", "kid"])
        self.assertEqual((rows[0]["figures"][0]["fakes"], rows[0]["figures"][0]["reals"]), (10, 12))
        self.assertIn("FD-builtin", result.stdout)
        self.assertIn("FD-builtin", (self.folder / "run/report.html").read_text())
        best = self.folder / "run/checkpoints/best.safetensors"
        self.assertEqual(run("sample", "--checkpoint", best, "--out", self.folder / "best", "--count", 2).returncode, 0)

    def test_a_figure_that_is_not_taken_cannot_choose_the_best(self):
        result = self.train("--steps", 2, "--evaluate-every", 1, "--set", "evaluation.metrics=['kid']")
        self.assertEqual(result.returncode, 2)
        self.assertIn("none of the figures that are taken and have a better and a worse: kid", result.stderr)


class Figures(Case):
    def setUp(self):
        super().setUp()
        self.fakes = self.folder / "fakes"
        self.fakes.mkdir()
        for i in range(9):
            png(self.fakes / f"{i}.png", value=i + 20)
        self.json = self.folder / "figures.json"

    def evaluate(self, *arguments, cache=None, metrics="fid,kid,prdc,one_nn,diversity,nearest"):
        result = run("evaluate", "--data", self.images, "--metrics", metrics, "--json", self.json, "--threads", 1,
                     "--cache", cache or self.folder / "cache", *arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        report = json.loads(self.json.read_text())
        return result, {figure["key"]: figure for figure in report["figures"]}, report

    def test_two_folders_are_compared_with_the_counts_beside_the_figures(self):
        result, figures, report = self.evaluate("--fake", self.fakes)
        self.assertEqual(figures["fid"]["name"], "FD-builtin")
        self.assertEqual((figures["fid"]["real_count"], figures["fid"]["fake_count"]), (12, 9))
        self.assertEqual((figures["precision"]["real_count"], figures["one_nn"]["fake_count"]), (9, 9))
        self.assertIn("spread", figures["kid"])
        self.assertEqual(len(report["closest"]), 9)
        self.assertRegex(report["closest"][0]["real"], r"^\d\d.png$")
        self.assertIn("9 images in 256 dimensions", result.stderr)
        for figure in figures.values():
            self.assertIn(figure["name"], result.stdout)
        self.assertNotRegex(result.stdout + self.json.read_text(), r"\bFID\b|\bKID\b")

    def test_a_folder_against_itself_is_at_distance_0_and_all_copies(self):
        _, figures, _ = self.evaluate("--fake", self.images)
        self.assertLess(figures["fid"]["value"], 1e-6)
        self.assertEqual(figures["one_nn"]["value"], 0)
        self.assertEqual(figures["nearest"]["value"], 0)

    def test_a_checkpoint_gives_the_figures_of_the_files_that_sample_writes(self):
        self.assertEqual(self.train("--steps", 2).returncode, 0)
        checkpoint, files = self.folder / "run", self.folder / "samples"
        self.assertEqual(run("sample", "--checkpoint", checkpoint, "--out", files, "--count", 20).returncode, 0)
        _, direct, report = self.evaluate("--checkpoint", checkpoint, "--count", 20, metrics="fid,nearest")
        self.assertEqual(report["image_size"], 32)
        _, written, _ = self.evaluate("--fake", files, "--image-size", 32, metrics="fid,nearest")
        for key in ("fid", "nearest"):
            self.assertEqual(direct[key]["fake_count"], 20)
            self.assertAlmostEqual(direct[key]["value"] / written[key]["value"], 1, places=5)

    def test_the_cache_gives_the_same_figures_and_is_never_stale_or_damaged(self):
        first, made, _ = self.evaluate("--fake", self.fakes)
        self.assertNotIn("features of", first.stderr)
        again, known, _ = self.evaluate("--fake", self.fakes)
        self.assertIn("features of 12 images", again.stderr)
        self.assertEqual(made, known)
        self.assertNotIn("features of 12", self.evaluate("--fake", self.fakes, "--resizing", "clean-fid")[0].stderr)
        self.assertNotIn("features of 12", self.evaluate("--fake", self.fakes, "--image-size", 32)[0].stderr)

        for file in (self.folder / "cache").iterdir():
            content = bytearray(file.read_bytes())
            content[-20] ^= 1
            file.write_bytes(content)
        damaged, mended, _ = self.evaluate("--fake", self.fakes)
        self.assertIn("made anew", damaged.stderr)
        self.assertEqual(made, mended)

        file = self.images / "03.png"  # another picture, of the same name and the same time
        times = (file.stat().st_atime_ns, file.stat().st_mtime_ns)
        png(file, value=77)
        os.utime(file, ns=times)
        changed, other, _ = self.evaluate("--fake", self.fakes)
        self.assertNotIn("features of 12", changed.stderr)
        self.assertNotEqual(made["fid"]["value"], other["fid"]["value"])

    def test_an_unreadable_image_is_named_left_out_and_not_counted(self):
        (self.images / "05.png").write_bytes(b"no picture")
        result, figures, _ = self.evaluate("--fake", self.fakes)
        self.assertIn("'05.png' is left out", result.stderr)
        self.assertEqual(figures["fid"]["real_count"], 11)

    def test_images_of_another_size_are_warned_of(self):
        for i in range(9):
            png(self.fakes / f"{i}.png", size=24, value=i)
        self.assertIn("--image-size 24", self.evaluate("--fake", self.fakes)[0].stderr)

    def test_pictures_show_the_copies_first_and_a_map_of_all(self):
        pictures = self.folder / "some" / "pictures"
        shutil.copy(self.images / "07.png", self.fakes / "copy.png")
        self.evaluate("--fake", self.fakes, metrics="fid")
        drawn = self.evaluate("--fake", self.fakes, "--pictures", pictures, metrics="fid")[0]
        self.assertIn("features of 12 images", drawn.stderr)  # that they come from the cache takes no picture away
        self.assertIn("map.png", drawn.stdout)
        # A row for each fake: it and three reals, of 128 pixels where no size is given.
        self.assertEqual(png_size(pictures / "nearest.png"), (4 * 130 + 2, 10 * 130 + 2))
        self.assertEqual(png_size(pictures / "map.png"), (1600, 1600))
        self.evaluate("--fake", self.fakes, "--pictures", pictures, "--image-size", 40, metrics="fid")
        self.assertEqual(png_size(pictures / "nearest.png"), (4 * 82 + 2, 10 * 82 + 2))
        rows = png_rows(pictures / "nearest.png")
        first = [[row[3 * left:3 * (left + 80)] for row in rows[2:82]] for left in (2, 84, 166)]
        self.assertEqual(first[0], first[1])  # the copy and what it is a copy of
        self.assertNotEqual(first[0], first[2])

    def test_pictures_of_a_checkpoint_are_those_of_the_files_that_sample_writes(self):
        self.assertEqual(self.train("--steps", 2).returncode, 0)
        checkpoint, files = self.folder / "run", self.folder / "samples"
        self.assertEqual(run("sample", "--checkpoint", checkpoint, "--out", files, "--count", 4).returncode, 0)
        drawn = []
        for name, fakes in (("drawn", ["--checkpoint", checkpoint]), ("read", ["--fake", files, "--image-size", 32])):
            self.evaluate(*fakes, "--count", 4, "--pictures", self.folder / name, metrics="nearest")
            self.assertEqual(png_size(self.folder / name / "nearest.png"), (4 * 98 + 2, 4 * 98 + 2))  # 32 pixels, times 3
            drawn.append(b"".join(png_rows(self.folder / name / "nearest.png")[3::3]))
        apart = [abs(one - other) for one, other in zip(*drawn)]
        self.assertLessEqual(max(apart), 1)  # one image at a time rounds differently from many
        self.assertLess(sum(apart) / len(apart), 0.01)

    def test_wrong_usage_is_refused(self):
        good = ["--data", self.images, "--fake", self.fakes, "--cache", "none"]
        (self.folder / "text.pt").write_text("no network")
        for arguments, code, word in (
                (["--data", self.images], 2, "--checkpoint"), ([*good, "--checkpoint", "x"], 2, "--fake"),
                ([*good, "--metrics", "fdi"], 2, "fid"), ([*good, "--metrics", "fid,fid"], 2, "twice"),
                ([*good, "--fid"], 2, "Inception"), ([*good, "--resizing", "clean"], 2, "clean-fid"),
                ([*good, "--partition", "train"], 2, "CelebA"), ([*good, "--count", 1], 2, "--count"),
                ([*good, "--features", self.folder / "none.pt"], 1, "none.pt"),
                ([*good, "--features", self.folder / "text.pt"], 1, "TorchScript"),
                ([*good, "--metrics", "inception_score"], 1, "builtin"),
                ([*good, "--pictures", self.images / "00.png" / "seen"], 1, "00.png/seen"),
                (["--data", self.folder / "nowhere", "--fake", self.fakes, "--cache", "none"], 1, "nowhere")):
            self.assert_refused(run("evaluate", *arguments), code, word)


if __name__ == "__main__":
    unittest.main(verbosity=2)
