"""The program export_generator as a user runs it; tests/parity/export.py runs what it writes.

usage: export.py FOLDER_OF_PROGRAMS [unittest options]
"""
import unittest

from support import Case, run


class Exports(Case):
    def setUp(self):
        super().setUp()
        self.assertEqual(self.train("--steps", 2).returncode, 0)
        self.out = self.folder / "shipped"

    def export(self, *arguments, checkpoint=None):
        return run("export_generator", "--checkpoint", checkpoint or self.folder / "run", "--out", self.out, *arguments)

    def test_everything_is_written_and_the_weights_alone_draw_the_same_pictures(self):
        result = self.export("--all")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(sorted(file.name for file in self.out.iterdir()), ["generator.onnx", "generator.safetensors"])
        for file in self.out.iterdir():
            self.assertIn(str(file), result.stdout)
        weights = (self.out / "generator.safetensors").read_bytes()
        for private in (str(self.folder).encode(), b"optimizer", b"discriminator"):
            self.assertNotIn(private, weights)
        pictures = []
        for number, checkpoint in enumerate((self.folder / "run", self.out / "generator.safetensors")):
            drawn = run("sample", "--checkpoint", checkpoint, "--out", self.folder / f"drawn{number}", "--count", 2)
            self.assertEqual(drawn.returncode, 0, drawn.stderr)
            pictures.append((self.folder / f"drawn{number}/sample-000001.png").read_bytes())
        self.assertEqual(*pictures)

    def test_half_weights_take_half_the_space(self):
        self.assertEqual(self.export().returncode, 0)
        whole = (self.out / "generator.onnx").stat().st_size
        self.assertEqual(self.export("--fp16", "--uint8").returncode, 0)
        self.assertLess((self.out / "generator.onnx").stat().st_size, 0.75 * whole)  # a small network, many names

    def test_what_cannot_be_exported_is_refused_in_a_line_and_nothing_is_written(self):
        self.assert_refused(self.export("--opset", 12), 2, "opset")
        self.assert_refused(self.export(checkpoint=self.folder / "none"), 1, "none")
        other = self.folder / "other.safetensors"
        other.write_bytes(b"not a checkpoint")
        self.assert_refused(self.export(checkpoint=other), 1, "other.safetensors")
        self.assertFalse(self.out.exists())
        self.out.write_text("a file")
        self.assert_refused(self.export(), 1, "cannot be made a folder")


if __name__ == "__main__":
    unittest.main(verbosity=2)
