"""The program pixel_histogram as a user runs it: samples, the GAN's pictures beside them, the metrics of both.

usage: histogram.py FOLDER_OF_PROGRAMS [unittest options]
"""
import re
import shutil
import unittest

from support import SMALL, Case, png_rows, png_size, run


def table(text):
    """{metric: [a value for each kind of fakes]} and the names of the kinds."""
    lines = text[text.index("\nmetric") + 1:].splitlines()
    columns = lines[0].split()[1:-2]
    rows = {}
    for line in lines[1:]:
        name, *values = re.split(r"  +", line.strip())
        rows[name] = [float(value) for value in values[:len(columns)]]
    return columns, rows


class Histograms(Case):
    def setUp(self):
        super().setUp()
        self.out = self.folder / "histogram"

    def histogram(self, *arguments, data=True):
        return run("pixel_histogram", *(["--data", self.images] if data else []), "--out", self.out, "--cache", "none",
                   "--threads", 1, *arguments)

    def accepted(self, *arguments, **more):
        result = self.histogram(*arguments, **more)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result

    def metrics_of_evaluate(self, *arguments):
        """As `evaluate` prints them."""
        result = run("evaluate", "--cache", "none", "--threads", 1, *arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        lines = result.stdout.splitlines()[2:]
        return {name: float(value) for name, value in (re.split(r"  +", line)[:2] for line in lines)}

    def assert_same(self, found, expected):
        self.assertEqual(found.keys(), expected.keys())
        for name, value in found.items():
            self.assertAlmostEqual(value, expected[name], delta=1e-4 * max(1, abs(expected[name])), msg=name)

    def quickstart(self, *more):
        result = run("quickstart", "--out", self.folder / "run", *SMALL, "--set", "measure_attributes=0",
                     "--evaluate-every", 0, "--steps", 2, *more)
        self.assertEqual(result.returncode, 0, result.stderr)
        return self.folder / "run"

    def test_samples_are_written_and_the_mean_image_is_that_of_the_images(self):
        result = self.accepted("--image-size", 32, "--count", 5)
        self.assertIn("12 images counted", result.stdout)
        self.assertNotIn("metric", result.stdout)
        self.assertEqual(sorted(path.name for path in self.out.iterdir()),
                         ["mean.png"] + [f"sample-00000{i}.png" for i in range(5)] + ["samples.png"])
        self.assertEqual(png_size(self.out / "mean.png"), (32, 32))
        # At the images' own size nothing is resized. Their pixels depend on the column alone: see support.png.
        self.accepted("--image-size", 40, "--count", 5)
        for x, c in ((0, 0), (7, 1), (39, 2)):
            values = [(x * 5 + i * 31 + c * 70) % 256 for i in range(12)]
            mean = png_rows(self.out / "mean.png")[11][3 * x + c]
            self.assertLessEqual(abs(mean - sum(values) / 12), 0.51)
            for i in range(5):
                self.assertIn(png_rows(self.out / f"sample-00000{i}.png")[23][3 * x + c], values)

    def test_the_histogram_alone_has_the_metrics_of_its_files(self):
        result = self.accepted("--image-size", 32, "--count", 20, "--evaluate", 20)
        columns, found = table(result.stdout)
        self.assertEqual(columns, ["histogram"])
        samples = self.folder / "samples"
        samples.mkdir()
        for file in self.out.glob("sample-*.png"):
            shutil.copy(file, samples)
        expected = self.metrics_of_evaluate("--data", self.images, "--fake", samples, "--image-size", 32,
                                            "--metrics", "fid", "--count", 20)
        self.assert_same({"FD-builtin": found["FD-builtin"][0]}, expected)

    def test_the_gan_has_the_metrics_of_evaluate_and_its_pictures_are_in_the_middle(self):
        run_folder = self.quickstart("--seed", 3)
        result = self.accepted("--checkpoint", run_folder, "--seed", 5, "--evaluate", 30)
        columns, found = table(result.stdout)
        self.assertEqual(columns, ["GAN", "histogram"])
        expected = self.metrics_of_evaluate("--data", self.images, "--checkpoint", run_folder, "--seed", 5,
                                            "--count", 30)
        self.assert_same({name: values[0] for name, values in found.items()}, expected)
        self.assertNotEqual(found["FD-builtin"][0], found["FD-builtin"][1])
        self.assertEqual(len(result.stderr.splitlines()), len(set(result.stderr.splitlines())))

        # 32 pixels enlarged three times, with 2 around and between; 12 real images, then 64 of each other kind.
        self.assertEqual(png_size(self.out / "comparison.png"), (3 * (8 * 98 + 2) + 2 * 48, 8 * 98 + 2))
        rows = png_rows(self.out / "comparison.png")
        def image(block, row, column):
            left, top = block * (8 * 98 + 2 + 48) + 2 + column * 98, 2 + row * 98
            return [rows[top + 3 * y][3 * (left + 3 * x):3 * (left + 3 * x) + 3] for y in range(32) for x in range(32)]
        def file(path):
            return [row[3 * x:3 * x + 3] for row in png_rows(path) for x in range(32)]
        result = run("sample", "--checkpoint", run_folder, "--seed", 5, "--count", 9, "--out", self.folder / "gan")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(image(1, 1, 0), file(self.folder / "gan/sample-000008.png"))
        self.assertEqual(image(2, 1, 0), file(self.out / "sample-000008.png"))
        self.assertEqual(image(0, 7, 7)[0], bytes([20, 20, 20]))  # of 12 images none is left
        real = image(0, 0, 0)
        self.assertEqual(real[0], real[32])  # each row of a real image here is the same, to rounding

    def test_avatars_need_no_data(self):
        run_folder = self.quickstart()
        result = self.accepted("--avatars", 40, "--checkpoint", run_folder, "--evaluate", 0, data=False)
        self.assertIn("40 images counted", result.stdout)
        self.assertNotIn("metric", result.stdout)
        self.assertTrue((self.out / "comparison.png").exists())

    def test_an_image_that_cannot_be_read_is_named_and_left_out(self):
        (self.images / "05.png").write_bytes(b"\x89PNG\r\n\x1a\nand no more")
        result = self.accepted("--image-size", 32, "--count", 1)
        self.assertIn("11 images counted", result.stdout)
        self.assertIn("warning: '05.png' is left out", result.stderr)

    def test_what_cannot_be_compared_is_refused_in_a_line_before_anything_is_written(self):
        run_folder = self.quickstart()
        self.assert_refused(self.histogram("--checkpoint", run_folder, "--image-size", 64), 2, "--image-size 64",
                            "images of 32 pixels")
        self.assert_refused(self.histogram("--checkpoint", self.images / "00.png"), 1, "00.png")
        self.assert_refused(self.histogram("--checkpoint", self.folder / "nowhere"), 1, "nowhere")
        self.assert_refused(self.histogram("--evaluate", 1), 2, "--evaluate")
        self.assert_refused(self.histogram("--evaluate", 4), 2, "change --evaluate, or give more images")
        self.assert_refused(self.histogram("--avatars", 40), 2, "--data", "--avatars")
        self.assert_refused(self.histogram(data=False), 2, "--data", "--avatars")
        self.assert_refused(self.histogram("--evaluate", 20, "--features", self.folder / "none.pt"), 1, "none.pt")
        self.assert_refused(self.histogram("--count", 0), 2, "--count")
        self.assert_refused(self.histogram("--smoothing", -1), 2, "smoothing")
        for i in range(4, 12):
            (self.images / f"{i:02}.png").unlink()
        self.assert_refused(self.histogram("--checkpoint", run_folder), 2, "change --evaluate, or give more images")
        self.assertFalse(list(self.out.glob("*.png")) if self.out.exists() else [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
