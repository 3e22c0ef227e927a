"""Runs that begin at a checkpoint of another one, or go back to one of their own (--resume FILE).

usage: branches.py FOLDER_OF_PROGRAMS [unittest options]
"""
import json
import os
import shutil
import subprocess
import unittest

from support import OFTEN, PROGRAMS, SMALL, SavingOften, png, run


class Branches(SavingOften):
    def test_a_path_that_is_not_utf8_resumes_as_any_other(self):
        self.begin(20)
        start = os.fsencode(self.folder) + b"/q\xff"
        shutil.copytree(os.fsencode(self.out), start)
        command = [PROGRAMS / "celeba_train", "--data", self.images, "--out", self.folder / "branch", *SMALL, "--steps", "30", "--resume", start]
        first = subprocess.run(command, capture_output=True, timeout=120)
        self.assertEqual(first.returncode, 0, first.stderr)
        self.assertIn(b"this run is over", subprocess.run(command, capture_output=True, timeout=120).stdout)

    def test_a_branch_that_is_passed_over_is_named_with_the_reason(self):
        self.begin(20)
        base = self.out / "checkpoints/step-00000020.safetensors"
        branch = self.folder / "branch"
        self.assertEqual(self.train("--steps", 30, "--resume", base, out=branch).returncode, 0)
        png(self.images / "new.png", value=3)  # neither this nor other threads make it another run
        again = self.train("--steps", 30, "--resume", base, "--threads", 2, out=branch)
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertIn("step-00000030.safetensors (step 30", again.stdout)
        for word in ("their fingerprint", "2 threads and had 1"):
            self.assertIn(word, again.stderr)
        again = self.train("--steps", 30, "--resume", base, "--set", "policies.r1.gamma=0.5", out=branch)
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertIn("holds a run of its own, which is set aside", again.stderr)
        self.assertIn("policies", again.stderr)
        self.assertTrue((branch / "checkpoints.replaced/step-00000030.safetensors").exists())

    def test_going_back_that_was_killed_and_a_start_without_resume_says_which_rows_are_where(self):
        self.begin(40)
        log = self.out / "metrics.jsonl"
        rows = log.read_text().splitlines(keepends=True)
        (self.out / "metrics.jsonl.replaced").write_text("".join(rows))
        log.write_text("".join(rows[:3]))  # as a run that goes back to step 15 leaves it, and its checkpoints
        result = self.train("--steps", 45, *OFTEN)
        self.assertIn("has no rows of the steps from 16 to 40", result.stderr)
        self.assertIn("metrics.jsonl.replaced', which was set aside, goes that far", result.stderr)
        self.assertNotIn("has no rows", self.train("--steps", 50, "--set", "log_every=20").stderr)

    def test_a_branch_whose_newest_checkpoint_cannot_be_read_now_does_not_begin_again(self):
        self.begin(20)
        base, branch = self.out / "checkpoints/step-00000020.safetensors", self.folder / "branch"
        options = ["--steps", 30, "--resume", base]
        self.assertEqual(self.train(*options, out=branch).returncode, 0)
        newest = branch / "checkpoints/step-00000030.safetensors"
        newest.chmod(0)
        subprocess.run(["chmod", "-R", "a+rwX", self.folder])
        newest.chmod(0)
        user = ["setpriv", "--reuid", "65534", "--clear-groups", "--bounding-set=-all"] if os.geteuid() == 0 else []
        result = subprocess.run([*user, PROGRAMS / "celeba_train", "--data", self.images, "--out", branch, *SMALL, *map(str, options)],
                                capture_output=True, text=True)
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertIn("no older one takes its place", result.stderr)
        self.assertTrue(newest.exists())

    def test_going_back_keeps_the_later_rows_aside(self):
        self.begin()
        rows = (self.out / "metrics.jsonl").read_text()
        result = self.train("--steps", 40, "--resume", self.out / "checkpoints/step-00000030.safetensors", "--set", "log_every=5")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual((self.out / "metrics.jsonl.replaced").read_text(), rows)

    def test_a_branch_has_a_checkpoint_from_the_start_and_goes_on_without_what_it_began_at(self):
        self.begin(20)
        begun = self.out / "checkpoints/step-00000020.safetensors"
        over = self.folder / "over"  # what was asked for is there at once
        self.begin(10, over, "--seed", 9)
        self.assertEqual(self.train("--steps", 20, "--resume", begun, out=over).returncode, 0)
        self.assertEqual(self.steps(over), [20])
        begun.unlink()
        longer = self.train("--steps", 30, out=over)
        self.assertEqual(longer.returncode, 0, longer.stderr)
        self.assertIn("(step 20,", longer.stdout)

    def test_a_branch_goes_back_to_where_it_began_if_a_value_is_not_finite(self):
        self.begin(20)
        result = self.train("--steps", 40, "--resume", self.out, "--on-nonfinite", "rollback", "--set",
                            "training.generator_optimizer.learning_rate=1e30", out=self.folder / "branch")
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertIn("back to", result.stderr)
        self.assertNotIn("no checkpoint yet", result.stderr)

    def test_a_branch_whose_checkpoints_are_gone_is_refused_and_left_as_it_is(self):
        self.begin(20)
        branch = self.folder / "branch"
        options = ["--steps", 40, "--resume", self.out / "checkpoints/step-00000020.safetensors"]
        self.assertEqual(self.train("--steps", 30, *options[2:], out=branch).returncode, 0)
        (branch / "checkpoints").rename(self.folder / "disk")
        place = branch / "checkpoints"
        for make, undo in ((place.mkdir, place.rmdir), (lambda: place.symlink_to(self.folder / "gone"), place.unlink)):
            make()
            before = self.contents(branch)
            self.assert_refused(self.train(*options, out=branch), 1, "bring them back")
            self.assertEqual(self.contents(branch), before)
            undo()
        (self.folder / "disk").rename(place)
        self.assertIn("(step 30,", self.train(*options, out=branch).stdout)

    def test_a_branch_goes_on_after_its_folders_were_moved(self):
        folder = self.folder / "project"
        self.begin(20, folder / "base")
        for place in ("", "/"):
            options = ["--steps", 30, "--resume", f"{folder}/base{place}"]
            self.assertEqual(self.train(*options, out=folder / "branch").returncode, 0)
            moved = self.folder / "moved"
            folder.rename(moved)
            options[-1] = moved / "base/checkpoints/step-00000020.safetensors"
            again = self.train("--steps", 35, *options[2:], out=moved / "branch")
            self.assertIn("(step 30,", again.stdout, again.stderr)
            moved.rename(folder)
            shutil.rmtree(folder / "branch")

    def test_a_branch_of_a_folder_goes_on_after_both_were_moved_and_the_other_run_was_trained_on(self):
        folder, moved = self.folder / "project", self.folder / "moved"
        self.begin(20, folder / "base")
        self.begin(30, folder / "branch", "--resume", folder / "base")
        self.begin(25, folder / "base")
        folder.rename(moved)
        again = self.train("--steps", 35, "--resume", moved / "base", out=moved / "branch")
        self.assertIn("(step 30,", again.stdout, again.stderr)
        self.assertEqual(again.stderr.count("set aside"), 0)

    def test_a_branch_of_a_run_of_the_same_seed_and_second_is_another(self):
        bases = [self.folder / "a", self.folder / "b"]
        for process in [self.start("--steps", 20, *OFTEN, out=base) for base in bases]:
            process.communicate(timeout=60)
        branch = self.folder / "branch"
        files = [base / "checkpoints/step-00000020.safetensors" for base in bases]
        self.begin(30, branch, "--resume", files[0])
        again = self.train("--steps", 30, *OFTEN, "--resume", files[1], out=branch)
        self.assertIn("it did not begin there", again.stderr)
        self.assertTrue((branch / "checkpoints.replaced/step-00000030.safetensors").exists())

    def test_a_branch_says_if_another_run_is_where_it_began(self):
        self.begin(20)
        file, branch = self.out / "checkpoints/step-00000020.safetensors", self.folder / "branch"
        self.begin(30, branch, "--resume", file)
        shutil.rmtree(self.out)
        self.begin(20, self.out, "--seed", 9)
        again = self.train("--steps", 35, *OFTEN, "--resume", file, out=branch)
        self.assertIn("holds another run than the one that", again.stderr)
        self.assertIn("(step 30,", again.stdout)

    def test_a_copy_of_a_run_goes_its_own_way(self):
        self.begin(20)
        branch, copy = self.folder / "branch", self.folder / "copy"
        shutil.copytree(self.out, copy)
        self.begin(40, copy, "--set", "policies.r1.gamma=0.5")
        self.begin(30, branch, "--resume", self.out)
        again = self.train("--steps", 45, *OFTEN, "--set", "policies.r1.gamma=0.5", "--resume", copy, out=branch)
        self.assertIn("it did not begin there", again.stderr)
        self.assertIn("(step 40,", again.stdout)

    def test_a_run_that_went_back_goes_on_after_its_folder_was_moved(self):
        self.begin(20)
        back = "checkpoints/step-00000010.safetensors"
        self.begin(30, self.out, "--resume", self.out / back)
        moved = self.out.rename(self.folder / "moved")
        again = self.train("--steps", 35, *OFTEN, "--resume", moved / back, out=moved)
        self.assertIn("(step 30,", again.stdout, again.stderr)

    def test_going_back_keeps_what_tells_of_the_end(self):
        self.begin(20)
        kept = {name: (self.out / name).read_bytes() for name in ("run.json", "report.html", "animation.webp", "curves/losses.png")}
        self.begin(20, self.out, "--resume", self.out / "checkpoints/step-00000010.safetensors")
        for name, content in kept.items():
            first, *rest = name.split("/")
            self.assertEqual((self.out / (first + ".replaced")).joinpath(*rest).read_bytes(), content, name)

    def test_a_branch_measures_its_time_anew_and_adds_it(self):
        base, branch = self.folder / "base", self.folder / "branch"
        time = ["--time", "3s", "--set", "checkpoints.every_kimg=1000"]
        self.assertEqual(self.train(*time, out=base).returncode, 0)
        total = lambda run: json.loads((run / "run.json").read_text())["total_kimg"]
        first = self.train(*time, "--resume", base, out=branch)
        self.assertEqual(first.returncode, 0, first.stderr)
        self.assertIn("images/s: in the time", first.stdout)
        self.assertGreater(total(branch), total(base))
        again = self.train(*time, "--resume", base, out=branch)
        self.assertIn("as was measured when this run began", again.stdout)
        self.assertIn("this run is over", again.stdout)

    def test_checkpoints_behind_a_link_are_the_runs_own(self):
        self.begin(20)
        (self.out / "checkpoints").rename(self.folder / "disk")
        (self.out / "checkpoints").symlink_to(self.folder / "disk")
        newest = self.out / "checkpoints/step-00000020.safetensors"
        before = newest.read_bytes()
        (self.folder / "latest.safetensors").symlink_to(newest)
        for path in (newest, self.folder / "disk/step-00000020.safetensors", self.folder / "latest.safetensors"):
            refused = run("sample", "--checkpoint", self.out, "--count", 1, "--out", self.folder / "drawn", "--save-latents", path)
            self.assert_refused(refused, 2, "is a run's own file")
        back = self.train("--steps", 20, *OFTEN, "--resume", self.out / "checkpoints/step-00000015.safetensors")
        self.assertEqual(back.returncode, 0, back.stderr)
        self.assertTrue((self.out / "checkpoints").is_symlink())
        self.assertEqual((self.folder / "disk/step-00000020.safetensors.replaced").read_bytes(), before)
        self.assertFalse((self.out / "checkpoints.replaced").exists())

    def test_a_branch_misses_no_rows_of_the_run_that_it_left(self):
        self.begin(50)
        branch = self.folder / "branch"
        start = self.out / "checkpoints/step-00000050.safetensors"
        for steps in (51, 60):
            result = self.train("--steps", steps, "--resume", start, "--set", "log_every=20", out=branch)
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertNotIn("has no rows", result.stderr)

    def test_a_branch_renames_nothing_in_a_folder_without_a_run(self):
        self.begin(20)
        branch = self.folder / "branch"
        branch.mkdir()
        (branch / "scores.csv").write_text("mine")
        self.assertEqual(self.train("--steps", 30, "--resume", self.out, out=branch).returncode, 0)
        self.assertEqual((branch / "scores.csv").read_text(), "mine")


if __name__ == "__main__":
    unittest.main(verbosity=2)
