"""The pictures of runs, and report_run and compare_runs, as a user runs them.

usage: run_pictures.py FOLDER_OF_PROGRAMS [unittest options]
"""
import json
import os
import unittest

from support import SMALL, Case, run, png_size, frames, animation_size


class Pages(Case):
    """Runs that finished, their pictures, and the pages made from their folders afterwards."""

    def setUp(self):
        super().setUp()
        # Large steps: libwebp makes one frame of two that differ by a few levels.
        often = ["--set", "samples.every_kimg=0.004", "--set", "log_every=1",
                 "--set", "training.generator_optimizer.learning_rate=0.05"]
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
        self.assertEqual(animation_size(self.run_folder / "animation.webp"), png_size(grids[0]))
        self.assertEqual(png_size(self.run_folder / "curves/losses.png"), (1520, 840))
        self.assertIn("</svg>", (self.run_folder / "curves/losses.svg").read_text())
        events, = (self.run_folder / "tensorboard").iterdir()
        for tag in (b"loss/d", b"speed/images_per_second", b"samples", b"recipe"):
            self.assertIn(tag, events.read_bytes())

    def test_the_report_says_what_the_command_line_changed_and_what_the_recipe_changed_in_its_parent(self):
        mine = self.folder / "mine.toml"
        mine.write_text('parent = "b1"\nbatch_size = 4\n[training]\ngenerator_optimizer = {learning_rate = 1e-3}\n')
        out = self.folder / "mine"
        result = run("celeba_train", "--recipe", mine, "--data", self.images, "--out", out, *SMALL, "--steps", 1, "--seed", 7)
        self.assertEqual(result.returncode, 0, result.stderr)
        origins = self.data_of(out / "report.html")["run"]["differs_from"]
        self.assertEqual([(origin["recipe"], origin["of"]) for origin in origins], [("mine", "this run"), ("b1", "mine")])
        run_changed, recipe_changed = ({row["option"]: (row["there"], row["here"]) for row in origin["options"]}
                                       for origin in origins)
        self.assertEqual(run_changed["seed"], (1, 7))
        self.assertEqual(run_changed["steps"], (None, 1))
        self.assertNotIn("batch_size", run_changed)
        self.assertEqual(recipe_changed, {"batch_size": (256, 4), "training.generator_optimizer.learning_rate": (2e-4, 1e-3)})

    def test_a_report_is_made_again_with_figures_that_came_later(self):
        for made in ("report.html", "animation.webp", "curves/losses.png", "curves/losses.svg"):
            (self.run_folder / made).unlink()
        metric = {"name": "FD", "value": 3.5, "fakes": 10, "reals": 12}
        with open(self.run_folder / "metrics.jsonl", "a") as metrics:
            metrics.write(json.dumps({"kind": "evaluation", "step": 5, "kimg": 0.02, "metrics": [metric]}) + "\n")
        result = run("report_run", self.run_folder, "--animation", "gif", "--frames", 3)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(frames(self.run_folder / "animation.gif"), 3)
        for kind in ("png", "svg"):
            self.assertTrue((self.run_folder / f"curves/losses.{kind}").exists())
        metrics = self.data_of(self.run_folder / "report.html")["metrics"]
        self.assertEqual([(found["name"], found["value"]) for found in metrics], [("FD", [3.5])])
        self.assert_refused(run("report_run", self.folder / "nowhere"), 1, "nowhere")
        self.assert_refused(run("report_run", self.run_folder, "--animation", "mp4"), 2, "mp4")
        self.assert_refused(run("report_run", self.images), 1, "images", "not the folder of a run")
        self.assertFalse((self.images / "report.html").exists())

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
        self.assert_refused(run("compare_runs", self.run_folder, self.folder / "other", "--grids", -1, "--out", page), 2, "grids")
        self.assert_refused(run("compare_runs", self.run_folder, self.images), 1, "images")
        self.assert_refused(run("compare_runs", self.run_folder, self.folder / "other", "--out", self.folder / "no/page.html"),
                            2, "--out", "no/page.html")
        os.mkfifo(self.folder / "pipe")
        self.assert_refused(run("compare_runs", self.run_folder, self.folder / "other", "--out", self.folder / "pipe"),
                            2, "is a pipe")
        self.assertTrue((self.folder / "pipe").is_fifo())
        notes = self.folder / "run.toml"
        notes.write_text("mine")
        self.assert_refused(run("compare_runs", self.run_folder, self.folder / "other", "--out", notes), 2, "--out", "run.toml", ".html")
        self.assertEqual(notes.read_text(), "mine")


if __name__ == "__main__":
    unittest.main(verbosity=2)
