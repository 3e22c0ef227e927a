"""The program export_generator as a user runs it; tests/parity/export.py runs what it writes.

usage: export.py FOLDER_OF_PROGRAMS [unittest options]
"""
import os
import shutil
import subprocess
import unittest

from support import PROGRAMS, Case, run


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
        self.assertEqual(sorted(file.name for file in self.out.iterdir()), ["generator.cspgan", "generator.hpp", "generator.html", "generator.onnx", "generator.py", "generator.safetensors", "generator.weights"])
        for file in self.out.iterdir():
            self.assertIn(str(file), result.stdout)
        weights = (self.out / "generator.safetensors").read_bytes()
        for private in (str(self.folder).encode(), b"optimizer", b"discriminator"):
            self.assertNotIn(private, weights)
        page = (self.out / "generator.html").read_bytes()
        self.assertIn(b"<title>Pictures by run</title>", page)
        self.assertNotIn(str(self.folder).encode(), page)
        pictures = []
        for number, checkpoint in enumerate((self.folder / "run", self.out / "generator.safetensors")):
            drawn = run("sample", "--checkpoint", checkpoint, "--out", self.folder / f"drawn{number}", "--count", 2)
            self.assertEqual(drawn.returncode, 0, drawn.stderr)
            pictures.append((self.folder / f"drawn{number}/sample-000001.png").read_bytes())
        self.assertEqual(*pictures)
        shipped = self.out / "generator.safetensors"
        self.assert_refused(run("sample", "--checkpoint", shipped, "--weights", "latest", "--out", self.folder / "none"), 1,
                            "holds the averaged weights alone")
        tuned = self.train("--steps", 1, "--init", shipped, out=self.folder / "tuned")
        self.assertEqual(tuned.returncode, 0, tuned.stderr)

    def test_the_header_draws_in_a_program_of_its_own_and_refuses_other_weights(self):
        self.assertEqual(self.export("--header").returncode, 0)
        (self.out / "main.cpp").write_text("""#include "generator.hpp"
#include <iostream>
int main(int, char** arguments) {
  try {
    const cspgan_generator::Generator generator(arguments[1]);
    cspgan_generator::Workspace workspace;
    std::vector<std::uint8_t> picture(cspgan_generator::image_size);
    generator.draw_bytes(cspgan_generator::random_latents(42).data(), picture.data(), workspace);
    std::cout << int(picture[0]);
  } catch (const std::runtime_error& error) { std::cerr << error.what(); return 1; }
}
""")
        subprocess.run([os.environ.get("CXX", "c++"), "-std=c++17", "-O0", "main.cpp", "-o", "main"], cwd=self.out, check=True)
        def draw(weights):
            return subprocess.run(["./main", weights], cwd=self.out, capture_output=True, text=True)
        drawn = draw("generator.weights")
        self.assertEqual(drawn.returncode, 0, drawn.stderr)
        self.assertIn(int(drawn.stdout), range(256))
        whole = (self.out / "generator.weights").read_bytes()
        for name, content in (("cut", whole[:-4]), ("longer", whole + b"1234"), ("altered", bytes([whole[0] ^ 1]) + whole[1:])):
            (self.out / name).write_bytes(content)
            self.assertIn(f"'{name}' does not hold the weights", draw(name).stderr)
        self.assertIn("'none' cannot be read", draw("none").stderr)

    def test_a_page_is_named_by_the_folder_of_the_run_or_by_the_file(self):
        self.assertEqual(self.export("--weights").returncode, 0)
        checkpoint = next((self.folder / "run" / "checkpoints").iterdir())
        for source, name in ((f"{self.folder}/run/", b"run"), (checkpoint, b"run"), (self.out / "generator.safetensors", b"generator")):
            self.assertEqual(self.export("--page", checkpoint=source).returncode, 0)
            self.assertIn(b"<h1>Pictures by " + name + b"</h1>", (self.out / "generator.html").read_bytes())

    def test_two_headers_in_one_program_have_two_namespaces(self):
        self.assertEqual(self.export("--header").returncode, 0)
        (self.out / "generator.hpp").rename(self.folder / "first.hpp")
        self.assertEqual(self.export("--header", "--namespace", "faces").returncode, 0)
        (self.folder / "main.cpp").write_text("""#include "first.hpp"
#include "shipped/generator.hpp"
int main() {
  const faces::Generator second("shipped/generator.weights");
  const cspgan_generator::Generator first("shipped/generator.weights");
  return faces::random_latents(1) == cspgan_generator::random_latents(1) ? 0 : 1;
}
""")
        subprocess.run([os.environ.get("CXX", "c++"), "-std=c++17", "-O0", "main.cpp", "-o", "main"], cwd=self.folder, check=True)
        subprocess.run(["./main"], cwd=self.folder, check=True)
        self.assert_refused(self.export("--header", "--namespace", "a-b"), 2, "identifier", "a-b")
        self.assert_refused(self.export("--namespace", "faces"), 2, "add --header")

    def test_a_checkpoint_is_not_overwritten_by_its_own_export(self):
        self.assertEqual(self.train("--steps", 2).returncode, 0)
        folder = self.folder / "copy"
        folder.mkdir()
        for name, program, more in (("generator.safetensors", "export_generator", ["--weights"]), ("directions.safetensors", "directions", []),
                                    ("latents.safetensors", "project", ["--image", self.images / "00.png"])):
            file = folder / name
            shutil.copy(next((self.folder / "run/checkpoints").iterdir()), file)
            before = file.read_bytes()
            self.assert_refused(run(program, "--checkpoint", file, "--out", folder, *more), 2, "--out", name, "is not overwritten")
            self.assertEqual(file.read_bytes(), before)
        for _ in range(2):  # an earlier export is
            self.assertEqual(run("export_generator", "--checkpoint", self.folder / "run", "--out", self.folder / "shipped", "--weights").returncode, 0)

    def test_what_cannot_be_written_whole_leaves_an_earlier_set_as_it_was(self):
        self.assertEqual(self.export("--all").returncode, 0)
        before = {file.name: file.read_bytes() for file in self.out.iterdir()}
        self.assertEqual(self.train("--steps", 4).returncode, 0)  # other weights
        largest = min(len(before["generator.html"]), len(before["generator.onnx"])) // 1024  # KiB: some fit and some do not
        limited = subprocess.run(["sh", "-c", f'trap "" XFSZ; ulimit -f {largest}; exec "$@"', "sh", PROGRAMS / "export_generator",
                                  "--checkpoint", self.folder / "run", "--out", self.out, "--all"], capture_output=True, text=True)
        self.assert_refused(limited, 1, "cannot write")
        self.assertEqual({file.name: file.read_bytes() for file in self.out.iterdir()}, before)

    def test_half_weights_take_half_the_space(self):
        self.assertEqual(self.export().returncode, 0)
        whole = (self.out / "generator.onnx").stat().st_size
        self.assertEqual(self.export("--fp16", "--uint8").returncode, 0)
        self.assertLess((self.out / "generator.onnx").stat().st_size, 0.75 * whole)  # a small network, many names

    def test_what_cannot_be_exported_is_refused_in_a_line_and_nothing_is_written(self):
        self.assert_refused(self.export("--opset", 12), 2, "opset")
        self.assert_refused(self.export(checkpoint=self.folder / "none"), 1, "none")
        self.assert_refused(self.export("--weights", "--fp16"), 2, "--fp16 is of ONNX")
        other = self.folder / "other.safetensors"
        other.write_bytes(b"not a checkpoint")
        self.assert_refused(self.export(checkpoint=other), 1, "other.safetensors")
        self.assertFalse(self.out.exists())
        (self.out / "generator.safetensors").mkdir(parents=True)
        self.assert_refused(self.export("--all"), 1, "is a folder")
        self.assertEqual([file.name for file in self.out.iterdir()], ["generator.safetensors"])
        shutil.rmtree(self.out)
        self.out.write_text("a file")
        self.assert_refused(self.export(), 1, "cannot be made a folder")


if __name__ == "__main__":
    unittest.main(verbosity=2)
