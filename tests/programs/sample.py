"""The program sample as a user runs it: files, grids, interpolations, animations.

usage: sample.py FOLDER_OF_PROGRAMS [unittest options]
"""
import unittest

from support import Case, run, png_size, frames, animation_size


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

    def test_files_of_an_earlier_call_are_named_and_grids_are_no_fakes(self):
        self.sample("--count", 12)
        again = run("sample", "--checkpoint", self.checkpoint, "--out", self.out, "--count", 9, "--grid", "2x2")
        self.assertIn("holds 3 more single images, from 'sample-000009.png' on", again.stderr)
        evaluated = run("evaluate", "--fake", self.out, "--data", self.images, "--image-size", 32, "--metrics", "fid",
                        "--cache", "none")
        self.assertEqual(evaluated.returncode, 0, evaluated.stderr)
        self.assertIn("1 grid is left out", evaluated.stderr)
        self.assertRegex(evaluated.stdout, r"\b12\n")  # fakes
        refused = run("sample", "--checkpoint", self.checkpoint, "--out", self.out, "--interpolate", 9999, "--rows", 1)
        self.assert_refused(refused, 2, "the interpolation: 9999 x 1 images of 32 pixels make a picture of")

    def test_a_grid_has_the_shape_asked_for(self):
        self.sample("--grid", "3x2")
        self.assertEqual(png_size(self.out / "grid.png"), (3 * 34 + 2, 2 * 34 + 2))

    def test_interpolation_rows_are_linear_or_spherical(self):
        for kind in ("linear", "spherical"):
            self.sample("--interpolate", 5, "--rows", 2, "--interpolation", kind, out=self.folder / kind)
        self.assertEqual(png_size(self.folder / "linear/interpolation.png"), (5 * 34 + 2, 2 * 34 + 2))
        self.assertNotEqual((self.folder / "linear/interpolation.png").read_bytes(),
                            (self.folder / "spherical/interpolation.png").read_bytes())

    def test_an_animation_goes_through_its_keyframes_and_back_to_the_first(self):
        for kind in ("gif", "webp"):
            self.sample("--animation", kind, "--grid", "3x2", "--keyframes", 3, "--frames", 4)
            animation = self.out / f"interpolation.{kind}"
            self.assertEqual(frames(animation), 3 * 4)
            self.assertEqual(animation_size(animation), (3 * 34 + 2, 2 * 34 + 2))
        self.sample("--animation", "gif", "--keyframes", 2, "--frames", 3, "--interpolation", "linear", out=self.folder / "linear")
        self.sample("--animation", "gif", "--keyframes", 2, "--frames", 3, out=self.folder / "spherical")
        animations = [(self.folder / name / "interpolation.gif").read_bytes() for name in ("linear", "spherical")]
        self.assertNotEqual(*animations)

    def test_averaged_weights_are_the_default(self):
        for name, more in (("default", []), ("ema", ["--weights", "ema"]), ("latest", ["--weights", "latest"])):
            self.sample("--grid", "2x2", *more, out=self.folder / name)
        pictures = [(self.folder / name / "grid.png").read_bytes() for name in ("default", "ema", "latest")]
        self.assertEqual(pictures[0], pictures[1])
        self.assertNotEqual(pictures[0], pictures[2])

    def test_a_run_folder_stands_for_its_newest_checkpoint(self):
        self.sample("--grid", "2x2", checkpoint=self.folder / "run")
        self.assertTrue((self.out / "grid.png").exists())

    def test_a_damaged_checkpoint_is_named_and_the_one_before_it_is_used_as_in_training(self):
        trained = self.train("--steps", 3, "--set", "checkpoints.every_kimg=0.004")
        self.assertEqual(trained.returncode, 0, trained.stderr)
        newest = self.folder / "run/checkpoints/step-00000003.safetensors"
        newest.write_bytes(newest.read_bytes()[:-100])
        whole = self.folder / "run/checkpoints/step-00000002.safetensors"
        for number, checkpoint in enumerate((self.folder / "run", whole)):
            drawn = run("sample", "--checkpoint", checkpoint, "--count", 2, "--out", self.folder / f"drawn{number}")
            self.assertEqual(drawn.returncode, 0, drawn.stderr)
            self.assertEqual(newest.name in drawn.stderr, number == 0, drawn.stderr)
        self.assertEqual(*({file.name: file.read_bytes() for file in (self.folder / f"drawn{number}").iterdir()}
                           for number in (0, 1)))
        evaluated = run("evaluate", "--checkpoint", self.folder / "run", "--data", self.images, "--count", 8,
                        "--metrics", "diversity", "--threads", 1)
        self.assertEqual(evaluated.returncode, 0, evaluated.stderr)
        self.assertIn(newest.name, evaluated.stderr)

    def test_wrong_options_are_refused(self):
        for arguments, word in ((["--grid", "8"], "8x8"), (["--interpolate", 1], "2"), (["--count", -3], "-3"),
                                (["--animation", "mp4"], "mp4"), (["--animation", "gif", "--keyframes", 1], "not 1"),
                                (["--film", "gif"], "--animation"), (["--film=gif"], "--animation"),
                                (["--animation", "gif", "--stops", 3], "--keyframes"), (["--weights", "averaged"], "now called --weights ema"),
                                (["--weights=averaged"], "now called --weights ema"), (["--device", "gpu"], "gpu")):
            result = run("sample", "--checkpoint", self.checkpoint, "--out", self.out, *arguments)
            self.assert_refused(result, 2, word)


if __name__ == "__main__":
    unittest.main(verbosity=2)
