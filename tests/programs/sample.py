"""The programs sample, directions and project as a user runs them: files, grids, animations, rows along directions.

usage: sample.py FOLDER_OF_PROGRAMS [unittest options]
"""
import re
import unittest

from support import Case, run, png, png_rows, png_size, frames, animation_size, tensors


class Sampling(Case):
    """A run of two steps to draw from."""

    def setUp(self):
        super().setUp()
        self.assertEqual(self.train("--steps", 2).returncode, 0)
        self.checkpoint = self.folder / "run/checkpoints/step-00000002.safetensors"
        self.out = self.folder / "samples"

    def sample(self, *arguments, checkpoint=None, out=None):
        result = run("sample", "--checkpoint", checkpoint or self.checkpoint, "--out", out or self.out, *arguments)
        self.assertEqual(result.returncode, 0, result.stderr)

    def picture(self, name, *arguments):
        """The bytes of the only picture that a call writes, or of the one of this name."""
        out = self.folder / f"out{len(list(self.folder.iterdir()))}"
        self.sample(*arguments, out=out)
        return (out / name).read_bytes()


class Samples(Sampling):
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

    def test_an_image_is_the_same_without_those_before_it_and_from_a_file_of_its_latent(self):
        singles = self.picture("sample-000004.png", "--count", 5, "--seed", 3)
        self.assertEqual(self.picture("sample-000004.png", "--count", 1, "--first", 4, "--seed", 3), singles)
        for file in (self.folder / "z.npy", self.folder / "z.safetensors"):
            self.picture("grid.png", "--grid", "5x1", "--seed", 3, "--save-latents", file)
            self.assertEqual(self.picture("sample-000004.png", "--latents", file), singles)
            self.assertEqual(self.picture("sample-000004.png", "--latents", file, "--truncation", 1), singles)
            self.assertNotEqual(self.picture("sample-000004.png", "--latents", file, "--truncation", 0.7), singles)
        self.assertEqual(tensors(self.folder / "z.safetensors")["latents"][1], [5, 128])
        self.assertEqual((self.folder / "z.npy").read_bytes()[128:], tensors(self.folder / "z.safetensors")["latents"][2])

    def test_seeds_have_a_picture_each_and_an_animation_goes_through_them(self):
        self.sample("--seeds", "3,17,5-6")
        self.assertEqual(sorted(file.name for file in self.out.iterdir()),
                         ["seed-17.png", "seed-3.png", "seed-5.png", "seed-6.png"])
        self.assertEqual(self.picture("sample-000000.png", "--count", 1, "--seed", 17), (self.out / "seed-17.png").read_bytes())
        self.sample("--seeds", "3,17,5", "--animation", "gif", "--frames", 4)
        self.assertEqual(frames(self.out / "interpolation.gif"), 3 * 4)
        self.assertEqual(animation_size(self.out / "interpolation.gif"), (32 + 4, 32 + 4))
        self.sample("--seeds", "1-4", "--interpolate", 3)
        self.assertEqual(png_size(self.out / "interpolation.png"), (3 * 34 + 2, 2 * 34 + 2))

    def test_wrong_options_are_refused(self):
        for arguments, word in ((["--grid", "8"], "8x8"), (["--interpolate", 1], "2"), (["--count", -3], "-3"),
                                (["--animation", "mp4"], "mp4"), (["--animation", "gif", "--keyframes", 1], "not 1"),
                                (["--seeds", "3,x"], "3,x"), (["--seeds", "5-3"], "5-3"), (["--seeds", "1", "--seed", 2], "excludes"),
                                (["--seeds", "1", "--latents", "z.npy"], "excludes"), (["--seeds", "1", "--first", 2], "excludes"),
                                (["--seeds", "1-3", "--grid", "2x2"], "4 latents are needed, and there are 3"),
                                (["--seeds", "1-3", "--animation", "gif", "--grid", "2x1"], "no whole number"),
                                (["--seeds", "1-3", "--interpolate", 4], "and 3 have none"),
                                (["--direction", 1, "--grid", "2x2"], "excludes"), (["--columns", 3], "requires --direction"),
                                (["--direction", 0], "from 1 to 128"), (["--direction", "smile"], "smile"),
                                (["--truncation", -1], "-1"), (["--truncation", "1e300"], "0 to 1000"), (["--direction", 1, "--to", "1e308"], "-1000 to 1000"), (["--save-latents", "z.bin"], "must end in .npy"),
                                (["--film", "gif"], "--animation"), (["--film=gif"], "--animation"),
                                (["--animation", "gif", "--stops", 3], "--keyframes"), (["--weights", "averaged"], "now called --weights ema"),
                                (["--weights=averaged"], "now called --weights ema"), (["--device", "gpu"], "gpu")):
            result = run("sample", "--checkpoint", self.checkpoint, "--out", self.out, *arguments)
            self.assert_refused(result, 2, word)


class Latents(Sampling):
    def test_rows_along_a_direction_have_the_image_itself_in_the_middle(self):
        row = ["--seeds", "9", "--columns", 5]
        self.sample(*row, "--direction", 2)
        self.assertEqual(png_size(self.out / "direction.png"), (5 * 34 + 2, 34 + 2))
        self.sample("--seeds", "9", "--grid", "1x1")
        cell = [line[3 * 2:3 * 34] for line in png_rows(self.out / "grid.png")[2:34]]
        middle = [line[3 * (2 + 2 * 34):3 * (2 + 2 * 34 + 32)] for line in png_rows(self.out / "direction.png")[2:34]]
        self.assertEqual(middle, cell)
        found = run("directions", "--checkpoint", self.checkpoint, "--out", self.folder / "found", "--main", 3)
        self.assertEqual(found.returncode, 0, found.stderr)
        self.assertRegex(found.stdout, r"(?m)^3 +\d")
        vectors = tensors(self.folder / "found/directions.safetensors")
        self.assertEqual({name: kind[:2] for name, kind in vectors.items()}, {name: ("F32", [128]) for name in "123"})
        self.assertEqual(png_size(self.folder / "found/directions.png"), (7 * 34 + 2, 3 * 34 + 2))
        file = self.folder / "found/directions.safetensors"
        self.assertEqual(self.picture("direction.png", *row, "--direction", 2, "--directions", file),
                         (self.out / "direction.png").read_bytes())
        self.assertNotEqual(self.picture("direction.png", *row, "--direction", 2, "--from", -1), (self.out / "direction.png").read_bytes())
        refused = run("sample", "--checkpoint", self.checkpoint, "--out", self.out, "--direction", "12", "--directions", file)
        self.assert_refused(refused, 2, "has no direction '12'")

    def test_a_picture_is_projected_to_latents_that_draw_it_again(self):
        self.sample("--count", 1, "--seed", 5)
        drawn, out = self.out / "sample-000000.png", self.folder / "projected"
        found = run("project", "--checkpoint", self.checkpoint, "--image", drawn, "--image", self.images / "01.png", "--out", out,
                    "--candidates", 64, "--starts", 2, "--steps", 10, "--threads", 1)
        self.assertEqual(found.returncode, 0, found.stderr)
        start, end = map(float, re.search(r"sample-000000.png +([\d.]+) +([\d.]+)", found.stdout).groups())
        self.assertLess(end, start)
        self.assertRegex(found.stdout, r"(?m)^mean ")
        self.assertEqual(png_size(out / "projection.png")[1] % 2, 0)
        values = tensors(out / "latents.safetensors")
        self.assertEqual(values["latents"][:2], ("F32", [2, 128]))
        self.assertEqual((out / "latents.npy").read_bytes()[128:], values["latents"][2])
        self.sample("--latents", out / "latents.npy", out=self.folder / "again")
        self.assertTrue((self.folder / "again/sample-000001.png").exists())
        for arguments, code, word in ((["--image", self.folder / "none.png"], 1, "none.png"), ([], 2, "--image FILE"),
                                      (["--image", drawn, "--starts", 0], 2, "starts"),
                                      (["--image", self.checkpoint], 1, "step-00000002"),
                                      (["--image", drawn, "--data", self.images], 2, "excludes")):
            self.assert_refused(run("project", "--checkpoint", self.checkpoint, "--out", out, *arguments), code, word)

    def test_a_damaged_picture_of_a_folder_is_left_out_of_a_projection_and_named(self):
        (self.folder / "faces").mkdir()
        for i in range(3):
            png(self.folder / "faces" / f"{i}.png", value=i)
        (self.folder / "faces/1.png").write_bytes(b"torn")
        project = ["--checkpoint", self.checkpoint, "--data", self.folder / "faces", "--candidates", 8, "--starts", 1, "--steps", 2]
        found = run("project", *project, "--out", self.folder / "out")
        self.assertEqual(found.returncode, 0, found.stderr)
        self.assertRegex(found.stderr, "skipped 1.png: ")
        self.assertEqual(tensors(self.folder / "out/latents.safetensors")["latents"][:2], ("F32", [2, 128]))
        for i in (0, 2):
            (self.folder / "faces" / f"{i}.png").write_bytes(b"torn")
        refused = run("project", *project, "--out", self.folder / "none")
        self.assertEqual(refused.returncode, 1)
        self.assertIn("error: none of 3 pictures of", refused.stderr)

    def test_labels_of_real_images_give_directions_with_scores(self):
        for name in ("dark", "light"):
            (self.folder / "labeled" / name).mkdir(parents=True)
            for i in range(30):
                png(self.folder / "labeled" / name / f"{i}.png", value=i if name == "dark" else 100 + i)
        (self.folder / "labeled/dark/30.png").write_bytes(b"torn")
        found = run("directions", "--checkpoint", self.checkpoint, "--out", self.out, "--data", self.folder / "labeled",
                    "--main", 2, "--count", 100, "--test-count", 8)
        self.assertEqual(found.returncode, 0, found.stderr)
        self.assertRegex(found.stdout, r"(?m)^random +\w+ +[\d.]+ % +[\d.]+ %")
        self.assertIn("50 % by chance", found.stdout)
        self.assertIn("'dark/30.png' is left out: ", found.stderr)
        self.assert_refused(run("directions", "--checkpoint", self.checkpoint, "--out", self.out, "--data", self.images), 2,
                            "no labels")


if __name__ == "__main__":
    unittest.main(verbosity=2)
