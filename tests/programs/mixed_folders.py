"""Folders in which other runs' checkpoints lie among a run's own, or that do not say whose they are.

usage: mixed_folders.py FOLDER_OF_PROGRAMS [unittest options]
"""
import shutil
import unittest

from support import OFTEN, SavingOften, has_rows, run, wait_until


class MixedFolders(SavingOften):
    def with_foreign(self, step=40, into=None):
        """Another run's checkpoint under the name of a step of the run's."""
        if not (other := self.folder / "other").exists():
            self.begin(40, other, "--seed", 9)
        foreign = (into or self.out) / f"checkpoints/step-{step:08}.safetensors"
        shutil.copy(other / "checkpoints/step-00000040.safetensors", foreign)
        return foreign

    def test_another_runs_checkpoint_among_a_runs_own_is_left_alone(self):
        self.begin(20)
        foreign = self.with_foreign()
        content = foreign.read_bytes()
        self.assert_refused(self.train("--steps", 50, *OFTEN, "--resume", foreign), 1, foreign.name, "of another run than the folder's")
        for name, checkpoint in (("of the run", f"{self.out}/checkpoints/"), ("of the file", self.out / "checkpoints/step-00000020.safetensors")):
            run("sample", "--checkpoint", checkpoint, "--count", 1, "--out", self.folder / name)
        self.assertEqual(*((self.folder / name / "sample-000000.png").read_bytes() for name in ("of the run", "of the file")))
        for steps, missing, resume in ((25, (), ()), (30, ["run.json"], ["--resume"]), (35, [".saved"], ["--resume", self.out])):
            for name in missing:
                (self.out / name).unlink()
            result = self.train("--steps", steps, *OFTEN, *resume)
            self.assertIn(f"(step {steps - 5},", result.stdout, result.stderr)
            self.assertIn(f"not this run's, by their run_id or their step: {foreign.name}", result.stderr)
            self.assertEqual(foreign.read_bytes(), content)
        self.begin(45)  # which comes to its name
        self.assertEqual(foreign.with_name(foreign.name + ".replaced").read_bytes(), content)
        self.assertEqual((self.steps(self.out), self.rows(self.out)), ([35, 40, 45], list(range(5, 50, 5))))

    def test_a_mark_that_stayed_behind_stops_no_run(self):
        self.begin(20)
        kept = self.out.rename(self.folder / "kept")
        self.begin(20, self.out, "--seed", 9)
        for copied in (["run.json", "metrics.jsonl", "checkpoints"], ["checkpoints"]):
            for path in self.out.glob("[!.]*"):  # as rm -rf run/* does
                shutil.rmtree(path) if path.is_dir() else path.unlink()
            self.assertTrue((self.out / ".saved").exists())
            for name in copied:
                (shutil.copytree if (kept / name).is_dir() else shutil.copy)(kept / name, self.out / name)
            drawn = run("sample", "--checkpoint", self.out, "--count", 1, "--out", self.folder / "drawn")
            self.assertEqual(drawn.returncode, 0, drawn.stderr)
            again = self.train("--steps", 25, *OFTEN)
            self.assertIn("(step 20,", again.stdout, again.stderr)
        for path in self.out.glob("[!.]*"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        process = self.start("--steps", 100000, "--set", "checkpoints.every_kimg=1000", out=self.out)
        wait_until(lambda: has_rows(self.out))
        process.kill()
        process.communicate()
        self.begin(10)

    def test_checkpoints_of_several_runs_are_refused_if_nothing_says_whose_the_folder_is(self):
        self.begin(20)
        self.with_foreign()
        for name in ("run.json", ".saved"):
            (self.out / name).unlink()
        before = self.contents(self.out)
        self.assert_refused(self.train("--steps", 50), 1, "checkpoints of 2 runs", "move the others elsewhere")
        self.assertEqual(self.contents(self.out), before)

    def test_checkpoints_that_are_put_into_a_running_run_take_nothing_from_it(self):
        process = self.start("--steps", 100000, *OFTEN, out=self.out)
        wait_until(lambda: self.steps(self.out))
        for step in (190000, 195000, 200000):
            self.with_foreign(step)
        rows = lambda: len((self.out / "metrics.jsonl").read_text().splitlines())
        before = rows()
        wait_until(lambda: rows() > before + 5)
        process.terminate()
        process.communicate(timeout=60)
        own = [step for step in self.steps(self.out) if step < 190000]
        self.assertEqual((len(own), len(self.steps(self.out))), (3, 6))

    def test_a_copy_under_the_name_of_a_later_step_is_not_that_step(self):
        self.begin(20)
        shutil.copy(self.out / "checkpoints/step-00000010.safetensors", self.out / "checkpoints/step-00000099.safetensors")
        result = self.train("--steps", 25, *OFTEN)
        self.assertIn("(step 20,", result.stdout)
        self.assertIn("step-00000099.safetensors", result.stderr)

    def test_another_runs_best_checkpoint_is_kept_aside(self):
        measured = ["--evaluate-every", 0.04, "--set", "evaluation.count=20", "--set", "evaluation.real_count=10"]
        self.begin(20, self.out, *measured)
        self.begin(20, self.folder / "other", "--seed", 9, *measured)
        best = self.out / "checkpoints/best.safetensors"
        shutil.copy(self.folder / "other/checkpoints/best.safetensors", best)
        content = best.read_bytes()
        result = self.train("--steps", 40, *OFTEN, *measured)
        self.assertIn("the best checkpoint is another run's", result.stderr)
        self.assertEqual(best.with_name("best.safetensors.replaced").read_bytes(), content)

    def test_a_branch_goes_on_with_no_checkpoint_of_a_folder_that_is_nobodys(self):
        self.begin(20)
        own, other = self.folder / "own", self.folder / "other"
        self.assertEqual(self.train("--steps", 30, "--resume", self.out, *OFTEN, out=own).returncode, 0)
        self.begin(25, other, "--seed", 9)
        shutil.copy(own / "checkpoints/step-00000030.safetensors", other / "checkpoints")
        for name in ("run.json", ".saved"):  # as a copy, or a setting aside that was killed, leaves it
            (other / name).unlink()
        branch = self.train("--steps", 30, "--resume", self.out, *OFTEN, out=other)
        self.assertEqual(branch.returncode, 0, branch.stderr)
        self.assertIn("its checkpoints are of several runs", branch.stderr)
        self.assertIn("run/checkpoints/step-00000020.safetensors (step 20", branch.stdout)
        self.assertTrue((other / "checkpoints.replaced/step-00000030.safetensors").exists())

    def test_a_copy_without_hidden_files_is_marked_again(self):
        self.begin(20)
        (self.out / ".saved").unlink()
        over = self.train("--steps", 20, *OFTEN)
        self.assertIn("this run is over", over.stdout)
        self.assertTrue((self.out / ".saved").exists())

    def test_a_branch_knows_its_own_whatever_came_between(self):
        self.begin(20)
        branch, options = self.folder / "branch", ["--resume", self.out]
        self.begin(30, branch, *options)
        self.with_foreign(into=branch)
        self.assertIn("(step 30,", self.train("--steps", 35, *OFTEN, *options, out=branch).stdout)
        self.begin(40, branch, "--resume", branch)
        self.begin(45, branch, "--resume", branch / "checkpoints/step-00000035.safetensors")
        for steps, start in ((50, self.out), (55, branch / "checkpoints/step-00000035.safetensors")):
            again = self.train("--steps", steps, *OFTEN, "--resume", start, out=branch)
            self.assertIn(f"(step {steps - 5},", again.stdout, again.stderr)
            for word in ("set aside", "another run than"):
                self.assertNotIn(word, again.stderr)
        self.assertIn("went back to", again.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
