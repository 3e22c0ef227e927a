"""Runs that begin where something lies already: another run, what is left of one, somebody's files.

usage: set_aside.py FOLDER_OF_PROGRAMS [unittest options]
"""
import json
import os
import resource
import shutil
import subprocess
import unittest

from support import OFTEN, PROGRAMS, SMALL, SavingOften, png, run, wait_until


class SetAside(SavingOften):
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

    def test_a_killed_run_that_began_with_weights_that_have_changed_since_is_set_aside(self):
        weights = self.folder / "weights"
        self.begin(20, weights)
        log = self.killed("--init", weights)
        same = self.train("--steps", 10, "--init", weights)
        self.assertNotIn("set aside", same.stderr)
        shutil.rmtree(self.out)
        log = self.killed("--init", weights)
        self.begin(30, weights)
        other = self.train("--steps", 10, "--init", weights)
        self.assertIn("it began with other weights (--init)", other.stderr)
        self.assertEqual((self.out / "metrics.jsonl.replaced").read_text(), log)
        state = json.loads((self.out / "run.json").read_text())["init_state"]
        self.assertTrue(state.startswith("step 30 of"), state)
        self.begin(20, None, "--init", weights)  # a run that goes on keeps what it began with
        self.begin(40, weights)
        self.begin(25, None, "--init", weights)
        self.assertEqual(json.loads((self.out / "run.json").read_text())["init_state"], state)

    def test_a_torn_description_is_a_runs_and_one_of_somebody_else_is_not(self):
        self.out.mkdir()
        (self.out / "run.json").write_text("{ // my settings\n}\n")
        for log in (None, "", "a line of mine\n"):
            if log is not None:
                (self.out / "metrics.jsonl").write_text(log)
            self.assert_refused(self.train("--steps", 10), 1, "run.json", "is of no run of cspgan")
        (self.out / "metrics.jsonl").unlink()
        (self.out / "run.json").write_bytes(b"\0" * 300)
        self.begin(10)
        shutil.rmtree(self.out)
        log = self.killed()
        description = (self.out / "run.json").read_text()
        (self.out / "run.json").write_text(description[:len(description) // 2])
        self.begin(10)
        self.assertEqual((self.out / "metrics.jsonl.replaced").read_text(), log)

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

    def test_a_description_with_comments_is_kept_before_it_is_written_anew(self):
        self.begin(20)
        description = (self.out / "run.json").read_text() + "// the one with the good hair\n"
        (self.out / "run.json").write_text(description)
        longer = self.train("--steps", 30, *OFTEN)
        self.assertEqual(longer.returncode, 0, longer.stderr)
        self.assertEqual((self.out / "run.json.replaced").read_text(), description)
        self.assertEqual(json.loads((self.out / "run.json").read_text())["step"], 30)
        self.assertEqual(self.train("--steps", 40, *OFTEN).returncode, 0)
        self.assertFalse((self.out / "run.json.replaced-2").exists())

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
