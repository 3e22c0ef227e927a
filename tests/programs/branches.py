"""Runs that begin at a checkpoint of another one, or go back to one of their own (--resume FILE).

usage: branches.py FOLDER_OF_PROGRAMS [unittest options]
"""
import json
import os
import resource
import shutil
import subprocess
import unittest

from support import PROGRAMS, SMALL, Case, png, run, wait_until

OFTEN = ["--set", "checkpoints.every_kimg=0.02", "--set", "log_every=5"]  # a checkpoint at each fifth step


class Branches(Case):
    def setUp(self):
        super().setUp()
        self.out = self.folder / "run"

    def begin(self, steps=40, out=None, *more):
        result = self.train("--steps", steps, *OFTEN, *more, out=out or self.out)
        self.assertEqual(result.returncode, 0, result.stderr)

    def steps(self, out):
        return sorted(int(file.stem[5:]) for file in (out / "checkpoints").glob("step-*.safetensors"))

    def rows(self, out):
        return [json.loads(line)["step"] for line in (out / "metrics.jsonl").read_text().splitlines()]

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

    def test_setting_a_run_aside_goes_on_after_it_was_interrupted(self):
        self.begin(20)
        base, other = self.out / "checkpoints/step-00000020.safetensors", self.folder / "other"
        self.begin(10, other, "--seed", 9)
        for name in ("metrics.jsonl", "run.json", ".saved"):  # as an end in the middle of it leaves them
            (other / name).rename(other / (name + ".replaced"))
        self.begin(30, other, "--resume", base)
        self.assertTrue((other / "checkpoints.replaced/step-00000010.safetensors").exists())
        self.assertEqual(self.steps(other)[-1], 30)

    def test_a_start_without_resume_after_setting_aside_was_interrupted_says_where_things_are(self):
        self.begin(10)
        for name in ("metrics.jsonl", "run.json", ".saved"):
            (self.out / name).rename(self.out / (name + ".replaced"))
        without_log = self.train("--steps", 15)
        self.assertIn("metrics.jsonl.replaced', which was set aside, goes that far", without_log.stderr)
        whole = self.folder / "whole"
        self.begin(10, whole)
        for path in list(whole.iterdir()):
            path.rename(f"{path}.replaced")
        anew = self.train("--steps", 5, out=whole)
        self.assertEqual(anew.returncode, 0, anew.stderr)
        self.assertIn("this is a new one", anew.stderr)
        named = self.train("--steps", 12, "--resume", whole / "checkpoints.replaced", out=whole)
        self.assertEqual(named.returncode, 0, named.stderr)
        self.assertIn("(step 10,", named.stdout)

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

    def test_a_gan_in_the_place_of_a_detector_keeps_it_aside(self):
        self.begin(10)
        other = self.folder / "detector"
        data = self.folder / "parts"
        for kind in ("good", "bad"):
            shutil.copytree(self.images, data / kind)
        made = run("detect_train", "--data", data, "--out", other, "--kimg", 0.1, "--threads", 1, "--batch-size", 4)
        self.assertEqual(made.returncode, 0, made.stderr)
        detector = (other / "detector.safetensors").read_bytes()
        self.begin(20, other, "--resume", self.out)
        self.assertFalse((other / "detector.safetensors").exists())
        self.assertEqual((other / "detector.safetensors.replaced").read_bytes(), detector)

    def test_a_torn_report_stops_no_run(self):
        self.begin(20)
        for content in (b"", bytes(4096)):
            (self.out / "report.html").write_bytes(content)
            self.begin(25)
            self.assertIn(b"cspgan", (self.out / "report.html").read_bytes())

    def test_a_run_that_begins_over_another_keeps_all_of_it_whatever_its_steps(self):
        self.begin(20)
        file = self.folder / "given.safetensors"
        shutil.copy(self.out / "checkpoints/step-00000020.safetensors", file)
        other = self.folder / "other"
        self.assertEqual(self.train("--steps", 10, "--set", "checkpoints.every_kimg=0.02", "--seed", 9, out=other).returncode, 0)
        before = {path.relative_to(other).parts: path.read_bytes() for path in other.rglob("*") if path.is_file()}
        again = self.train("--steps", 30, "--set", "checkpoints.every_kimg=0.02", "--resume", file, out=other)
        self.assertEqual(again.returncode, 0, again.stderr)
        for (first, *rest), content in before.items():
            self.assertEqual((other / (first + ".replaced")).joinpath(*rest).read_bytes(), content, first)
        file.unlink()  # the same command goes on without it
        self.assertIn("step-00000030.safetensors (step 30", self.train("--steps", 35, "--resume", file, out=other).stdout)

    @unittest.skipIf(os.geteuid() == 0 and not shutil.which("setpriv"), "root may read every file")
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

    def test_a_checkpoint_in_the_folder_that_is_not_of_its_run_begins_another_and_keeps_that_one_whole(self):
        other = self.folder / "other"
        self.begin(20)
        self.begin(40, other, "--seed", 9)
        for place in ("import.safetensors", "checkpoints/step-00000040.safetensors.replaced"):
            out = self.folder / place.replace("/", "-")
            shutil.copytree(self.out, out)
            shutil.copy(other / "checkpoints/step-00000040.safetensors", out / place)
            before = {file.name: file.read_bytes() for file in (out / "checkpoints").glob("step-*.safetensors")}
            again = self.train("--steps", 50, *OFTEN, "--seed", 9, "--resume", out / place, out=out)
            self.assertEqual(again.returncode, 0, again.stderr)
            self.assertIn("is set aside (*.replaced)", again.stderr)
            for name, content in before.items():
                self.assertEqual((out / "checkpoints.replaced" / name).read_bytes(), content)
            self.assertEqual((out / "metrics.jsonl.replaced").read_bytes(), (self.out / "metrics.jsonl").read_bytes())
            self.assertEqual((self.steps(out), self.rows(out)), ([40, 45, 50], [45, 50]))

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
        wait_until(lambda: (self.out / "metrics.jsonl").exists() and (self.out / "metrics.jsonl").read_text())
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

    def test_an_earlier_line_is_found_if_setting_the_run_aside_was_interrupted(self):
        self.begin(20)
        self.begin(15, self.out, "--resume", self.out / "checkpoints/step-00000010.safetensors")
        line = self.out / "checkpoints/step-00000020.safetensors.replaced"
        for path in list(self.out.iterdir()):  # all is aside, and the new run has not saved yet
            if ".replaced" not in path.name:
                aside = path.with_name(path.name + ".replaced")
                path.rename(aside.with_name(aside.name + "-2") if aside.exists() else aside)
        again = self.train("--steps", 30, *OFTEN, "--resume", line)
        self.assertIn("(step 20,", again.stdout, again.stderr)
        self.assertIn("(step 30,", self.train("--steps", 35, *OFTEN, "--resume", line).stdout)

    def test_pipes_in_the_place_of_a_runs_files_are_errors_and_no_endless_wait(self):
        self.begin(20)
        for name in ("run.json", "report.html", ".saved", "avatars.json", "samples/step-00000000.png"):
            kept = (self.out / name).read_bytes() if (self.out / name).exists() else None
            (self.out / name).unlink(missing_ok=True)
            os.mkfifo(self.out / name)
            for command in (["celeba_train", "--data", self.images, "--out", self.out, *SMALL, "--steps", 25], ["report_run", self.out]):
                result = run(*command)
                if name in ("run.json", "report.html") and (command[0], name) != ("report_run", "report.html"):
                    self.assertIn("a pipe", result.stderr + (self.out / "report.html").read_text() if name != "report.html" else result.stderr)
            (self.out / name).unlink()
            if kept is not None:
                (self.out / name).write_bytes(kept)

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

    def test_files_of_nobodys_run_stay_if_there_is_something_to_resume(self):
        self.begin(20)
        mine = self.folder / "mine"
        for name in ("report.html", "run.json", "metrics.jsonl"):
            shutil.copytree(self.out / "checkpoints", mine / "checkpoints")
            (mine / name).write_text('{"mine": 1}\n')
            self.assert_refused(self.train("--steps", 25, out=mine), 1, name, "is of no run of cspgan")
            self.assertEqual((mine / name).read_text(), '{"mine": 1}\n')
            shutil.rmtree(mine)
        (mine / "samples").mkdir(parents=True)
        (mine / "samples/a.png").write_text("mine")
        self.assert_refused(self.train("--steps", 25, "--resume", self.out, out=mine), 1, "samples", "is of no run of cspgan")
        self.assertEqual((mine / "samples/a.png").read_text(), "mine")

    def test_a_run_whose_last_checkpoints_are_missing_keeps_a_copy_of_its_log(self):
        self.begin(20)
        log = (self.out / "metrics.jsonl").read_bytes()
        (self.out / "checkpoints/step-00000020.safetensors").unlink()
        self.assertEqual(self.train("--steps", 20, *OFTEN).returncode, 0)
        self.assertEqual((self.out / "metrics.jsonl.replaced").read_bytes(), log)

    def test_a_killed_run_whose_last_checkpoints_are_missing_keeps_a_copy_of_its_log(self):
        self.begin(20)
        described = self.out / "run.json"
        described.write_text(described.read_text().replace('"finished"', '"running"'))
        log = (self.out / "metrics.jsonl").read_bytes()
        often, seldom = [], ["--set", "checkpoints.every_kimg=5"]
        for gone, more, copies in (((20,), often, []), ((20, 15), often, [log]), ((15, 20), seldom, [log])):
            out = self.folder / f"without_{gone}_{len(more)}"  # a kill leaves the rows of one interval, and no more
            shutil.copytree(self.out, out)
            for step in gone:
                (out / f"checkpoints/step-{step:08}.safetensors").unlink()
            self.begin(20, out, *more)
            self.assertEqual([file.read_bytes() for file in out.glob("metrics.jsonl.replaced*")], copies)

    def test_pictures_of_a_run_that_could_not_begin_in_anothers_place_are_no_images(self):
        self.begin(20)
        out = self.images / "run"
        self.begin(20, out, "--seed", 9)
        limited = subprocess.run([PROGRAMS / "celeba_train", "--data", self.images, "--out", out, *SMALL, "--steps", "30", "--resume", self.out],
                                 capture_output=True, text=True, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000)))
        self.assertEqual(limited.returncode, 1, limited.stderr)
        self.assertIn("found 12 images", self.train("--steps", 1, out=self.folder / "new").stdout)

    def test_what_is_not_set_aside_is_not_said_to_be(self):
        self.begin(20)
        for path in (self.out, self.out / "checkpoints", self.folder / "none.safetensors"):
            result = self.train("--steps", 20, "--resume", path)
            self.assertEqual(result.returncode, 1 if "none" in path.name else 0, result.stderr)
            self.assertNotIn("set aside", result.stderr)
        self.assertEqual(len(list(self.out.glob("*.replaced"))), 0)

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

    def killed(self, *more):
        """A run that is killed before its first checkpoint, after some rows and a grid."""
        child = subprocess.Popen([PROGRAMS / "celeba_train", "--data", self.images, "--out", self.out, *SMALL, "--steps", "100000",
                                  "--set", "checkpoints.every_kimg=1000", "--set", "log_every=2", *more],
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(lambda: (self.out / "metrics.jsonl").exists() and len(self.rows(self.out)) > 2)
        child.kill()
        child.wait()
        return (self.out / "metrics.jsonl").read_text()

    def test_a_new_run_in_the_place_of_a_killed_one_without_checkpoints_keeps_that_aside_unless_it_is_the_same(self):
        log = self.killed()
        again = self.train("--steps", 10)
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertNotIn("set aside", again.stderr)
        self.assertEqual(list(self.out.glob("*.replaced")), [])
        shutil.rmtree(self.out)
        log = self.killed()
        run_id = json.loads((self.out / "run.json").read_text())["run_id"]
        other = self.train("--steps", 10, "--seed", 77)
        self.assertEqual(other.returncode, 0, other.stderr)
        self.assertIn("what a run without checkpoints has left, which is set aside", other.stderr)
        self.assertEqual((self.out / "metrics.jsonl.replaced").read_text(), log)
        self.assertTrue((self.out / "samples.replaced/step-00000000.png").exists())
        self.assertNotEqual(json.loads((self.out / "run.json").read_text())["run_id"], run_id)

    def test_a_killed_run_of_other_weights_or_images_or_with_a_torn_description_is_set_aside(self):
        self.begin(20, self.folder / "weights")
        for change in ("weights", "images", "description"):
            shutil.rmtree(self.out, ignore_errors=True)
            log = self.killed(*(["--init", self.folder / "weights"] if change == "weights" else []))
            if change == "images":
                png(self.images / "new.png", value=3)
            if change == "description":
                (self.out / "run.json").write_text("")
            new = self.train("--steps", 10)
            self.assertEqual(new.returncode, 0, new.stderr)
            self.assertEqual((self.out / "metrics.jsonl.replaced").read_text(), log)

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

    def test_a_run_in_an_emptied_folder_is_another_run(self):
        self.begin(20)
        earlier = self.out / "checkpoints/step-00000020.safetensors"
        kept = shutil.copy(earlier, self.folder / earlier.name)
        for path in self.out.glob("[!.]*"):  # rm -rf run/*
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        self.begin(10, None, "--seed", 9)
        shutil.copy(kept, earlier)
        longer = self.train("--steps", 15, "--seed", 9, *OFTEN)
        self.assertEqual(longer.returncode, 0, longer.stderr)
        self.assertIn("step-00000010.safetensors (step 10", longer.stdout)
        self.assertIn("checkpoints that are not this run's", longer.stderr)

    def test_checkpoints_of_several_runs_that_were_set_aside_are_named_one_by_one(self):
        self.begin(20)
        self.begin(30, self.folder / "other", "--seed", 9)
        shutil.copy(self.folder / "other/checkpoints/step-00000030.safetensors", self.out / "checkpoints")
        branch = self.train("--steps", 40, "--resume", self.folder / "other", *OFTEN)
        self.assertEqual(branch.returncode, 0, branch.stderr)
        aside = self.out / "checkpoints.replaced"
        self.assert_refused(self.train("--steps", 40, "--resume", aside, out=self.folder / "third"), 1, "of 2 runs", "name one of them")
        self.assert_refused(run("sample", "--checkpoint", aside, "--out", self.folder / "drawn"), 1, "of 2 runs")

    def test_notes_in_a_runs_logs_stop_nothing_and_are_kept(self):
        self.begin(20)
        (self.out / "warnings.jsonl").write_text("looks good\nsecond look\n")
        with (self.out / "metrics.jsonl").open("a") as log:
            log.write("better than the last one")  # without an end of its line
        longer = self.train("--steps", 30, *OFTEN)
        self.assertEqual(longer.returncode, 0, longer.stderr)
        self.assertEqual((self.out / "warnings.jsonl.replaced").read_text(), "looks good\nsecond look\n")
        self.assertTrue((self.out / "metrics.jsonl.replaced").read_text().endswith("better than the last one"))

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

    def test_a_copy_without_hidden_files_is_marked_again(self):
        self.begin(20)
        (self.out / ".saved").unlink()
        over = self.train("--steps", 20, *OFTEN)
        self.assertIn("this run is over", over.stdout)
        self.assertTrue((self.out / ".saved").exists())

    def test_a_link_that_leads_nowhere_is_named(self):
        self.out.symlink_to(self.folder / "scratch/run")
        self.assert_refused(self.train("--steps", 5), 1, str(self.out), "is a link to", "which is not there")

    def test_a_checkpoint_of_another_kind_of_training_is_refused_by_both(self):
        self.begin(5)
        detector = self.folder / "detector"
        wells = [f"pictures.wells_{part}={count}" for part, count in (("training", 40), ("validation", 20), ("known_bad", 5), ("test", 20), ("test_bad", 5))]
        options = ["--kimg", 0.1, "--threads", 1, "--batch-size", 16, "--model", "dense", *(word for well in wells for word in ("--set", well))]
        made = run("detect_train", "--out", detector, *options)
        self.assertEqual(made.returncode, 0, made.stderr)
        self.assert_refused(self.train("--steps", 10, out=detector), 1, "is of another kind of training, without a generator", "--out")
        self.assert_refused(self.train("--steps", 10, "--resume", detector, out=self.folder / "new"), 1, "without a generator", "--resume")
        self.assert_refused(run("detect_train", "--out", self.out, *options), 1, "is of another kind of training, without a model")


if __name__ == "__main__":
    unittest.main(verbosity=2)
