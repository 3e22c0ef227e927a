"""What bench/ledger.py writes of finished runs; the runs themselves are the business of the other tests.

usage: ledger.py FOLDER_OF_PROGRAMS [unittest options]
"""
import json
import pathlib
import subprocess
import sys
import unittest

from support import PROGRAMS, Case

LEDGER = pathlib.Path(__file__).resolve().parents[2] / "bench" / "ledger.py"


class Ledger(Case):
    def setUp(self):
        super().setUp()
        self.page, self.recipes = self.folder / "page.md", self.folder / "recipes"
        self.page.write_text("before\n<!-- ledger -->\n<!-- end of ledger -->\nafter\n")
        self.recipes.mkdir()
        for name in ("faces", "e4"):
            (self.recipes / f"{name}.toml").write_text(f'summary = "{name}"\n')

    def finished(self, work, recipe, seed, data, size=32, **found):
        """Leaves the result of a run in a work folder."""
        folder = self.folder / work / f"{data}-{size}px-100kimg" / f"{recipe}-{seed}"
        folder.mkdir(parents=True)
        result = {"recipe": recipe, "seed": seed, "size": size, "kimg": 100.0, "batch": 8, "data": data, "seconds": 90.0,
                  "parameters": {"generator": 600_000, "discriminator": 1_250_000}, "images": 4400, "count": 2000}
        (folder / "result.json").write_text(json.dumps(result | found))

    def with_distance(self, distance, diversity=0.9):
        values = {"fid": distance, "kid": 0.02, "precision": 0.9, "recall": 0.25, "density": 1.0, "coverage": 0.9, "one_nn": 0.7,
                  "diversity_fake": diversity, "diversity_real": 1.0}
        return {"metrics": {key: {"value": value, "real_count": 4400} for key, value in values.items()}}

    def with_styles(self, styles):
        return {"avatars": {"styles": {"found": styles, "expected": 1577.4, "possible": 4032},
                            "attributes": [{"distance": 0.02, "clear": 0.9}, {"distance": 0.1, "clear": 0.5}]}}

    def write(self, work):
        written = subprocess.run([sys.executable, LEDGER, "--work", self.folder / work, "--programs", PROGRAMS, "--write", self.page,
                                  "--outcomes", self.recipes], capture_output=True, text=True)
        self.assertEqual(written.returncode, 0, written.stderr)
        return self.page.read_text().splitlines()

    def test_a_table_for_each_data_set_and_size_with_the_best_recipe_first(self):
        self.finished("work", "e4", 1, "CelebA", **self.with_distance(33.06, diversity=0.3))
        self.finished("work", "faces", 2, "CelebA", **self.with_distance(14.2))
        self.finished("work", "faces", 1, "CelebA", **self.with_distance(13.26))
        self.finished("work", "e4", 1, "avatars", **self.with_styles(980))
        self.finished("work", "faces", 1, "avatars", **self.with_styles(1505))
        lines = self.write("work")
        self.assertEqual([line for line in lines if line.startswith("## ")],
                         ["## CelebA, 32 pixels, 100 kimg", "## avatars, 32 pixels, 100 kimg"])
        self.assertEqual([line for line in lines if line.startswith("| `")],
                         ["| `faces` | 0.60 + 1.25 | 8 | 1.5, 1.5 | 13.3, 14.2 | 20.0, 20.0 | 0.90, 0.90 | 0.250, 0.250 | 1.00, 1.00 "
                          "| 0.90, 0.90 | 0.70, 0.70 | 0.90, 0.90 | no, no |",
                          "| `e4` | 0.60 + 1.25 | 8 | 1.5 | 33.1 | 20.0 | 0.90 | 0.250 | 1.00 | 0.90 | 0.70 | 0.30 | collapsed |",
                          "| `faces` | 0.60 + 1.25 | 8 | 1.5 | 1505 | 0.060 | 0.100 | 0.70 |",
                          "| `e4` | 0.60 + 1.25 | 8 | 1.5 | 980 | 0.060 | 0.100 | 0.70 |"])
        self.assertIn("2,000 fakes; as many true avatars have 1,577 of the 4,032 styles.", lines)
        self.assertEqual((lines[0], lines[-1]), ("before", "after"))

    def test_what_another_work_folder_wrote_stays(self):
        self.finished("first", "faces", 1, "CelebA", **self.with_distance(13.26))
        self.finished("first", "faces", 1, "CelebA", size=64, **self.with_distance(20))
        first = self.write("first")
        self.finished("second", "faces", 1, "CelebA", **self.with_distance(12))
        self.finished("second", "faces", 1, "avatars", **self.with_styles(1505))
        second = self.write("second")
        self.assertEqual(self.write("second"), second)
        self.assertEqual([line.replace("| 13.3 |", "| 12.0 |") for line in first][:-2], second[:len(first) - 2])
        self.assertEqual(sum("`faces`" in line for line in second), 3)
        recipe = (self.recipes / "faces.toml").read_text()
        self.assertEqual(recipe.count("[[measured]]"), 3)
        self.assertIn("distance = [12]\n", recipe)
        self.assertIn("styles = [1505]\n", recipe)
        self.assertIn("distance = [20]\n", recipe)
        self.assertNotIn("13.3", recipe)

    def test_recipes_need_something_to_learn(self):
        asked = subprocess.run([sys.executable, LEDGER, "--work", self.folder / "work", "faces"], capture_output=True, text=True)
        self.assertEqual(asked.returncode, 2)
        self.assertIn("--avatars", asked.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
