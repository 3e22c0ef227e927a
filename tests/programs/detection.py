"""The programs detect_train and detect as a user runs them.

usage: detection.py FOLDER_OF_PROGRAMS [unittest options]
"""
import csv
import json
import os
import pty
import random
import re
import shutil
import signal
import subprocess
import unittest

from support import PROGRAMS, SMALL, Case, has_rows, png, png_size, run, wait_until

FEW = ["--set", "pictures.wells_training=200", "--set", "pictures.wells_validation=60", "--set", "pictures.wells_known_bad=20",
       "--set", "pictures.wells_test=90", "--set", "pictures.wells_test_bad=30", "--set", "pictures.wells_difficulty=0",
       "--threads", "1", "--batch-size", "16"]
TINY = ["--set", "model.network.base_channels=8", "--set", "model.network.max_channels=16"]


class Detection(Case):
    def detector(self, *more, out="run", data=FEW):
        return run("detect_train", "--out", self.folder / out, *([] if "--kimg" in more else ["--kimg", 2]), *data, *more)

    def numbers(self, out="run"):
        return json.loads((self.folder / out / "detection.json").read_text())

    def good_and_bad(self, good=40, bad=10, **kind):
        """Pictures of 40 x 40; bad ones have other values."""
        folder = self.folder / "parts"
        for part, count in (("good", good), ("bad", bad)):
            (folder / part).mkdir(parents=True)
            for i in range(count):
                png(folder / part / f"{i:03}.png", value=i % 3 if part == "good" else 4, mark=i, **kind)
        return folder

    def test_every_model_learns_wells_and_the_folder_tells_all(self):
        for model, more in (("dense", []), ("convolutional", TINY), ("variational", TINY)):
            result = self.detector("--model", model, *more, out=model)
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertIn("AUC", result.stdout)
            numbers, folder = self.numbers(model), self.folder / model
            self.assertEqual(numbers["pictures"], 90)
            (good_called_good, good_called_bad), (bad_called_good, bad_called_bad) = numbers["confusion"]
            self.assertEqual((good_called_good + good_called_bad, bad_called_good + bad_called_bad), (60, 30))
            rows = list(csv.DictReader((folder / "scores.csv").read_text().splitlines()))
            called = [row for row in rows if row["verdict"] == "bad"]
            self.assertEqual(len([row for row in called if row["defect"]]), bad_called_bad)
            self.assertTrue(all(float(row["score"]) > numbers["threshold"] for row in called))
            # The area under the curve by its definition.
            of_good = [float(row["score"]) for row in rows if not row["defect"]]
            of_bad = [float(row["score"]) for row in rows if row["defect"]]
            won = sum((bad > good) + (bad == good) / 2 for bad in of_bad for good in of_good)
            self.assertAlmostEqual(numbers["auc"]["value"], won / (len(of_bad) * len(of_good)), places=9)
            for file in ("detection.html", "report.html", "run.json", "metrics.jsonl", "detector.safetensors"):
                self.assertTrue((folder / file).exists(), file)
            self.assertEqual(len(list((folder / "heat").glob("found-*.png"))), min(12, bad_called_bad))
            self.assertEqual(json.loads((folder / "run.json").read_text())["status"], "finished")

    def test_a_detectors_grids_are_drawn_again_without_a_copy_and_into_a_folder_that_was_removed(self):
        options = [*TINY, "--kimg", 0.4, "--set", "checkpoints.every_kimg=0.1", "--set", "samples_every_kimg=0.1"]
        self.assertEqual(self.detector(*options).returncode, 0)
        folder = self.folder / "run"
        grids = {file.name: file.read_bytes() for file in (folder / "samples").iterdir()}
        described = folder / "run.json"
        described.write_text(described.read_text().replace('"finished"', '"running"'))
        for file in sorted((folder / "checkpoints").glob("step-*.safetensors"))[1:]:
            file.unlink()  # as if it had been killed before these
        self.assertEqual(self.detector(*options).returncode, 0)
        self.assertEqual({file.name: file.read_bytes() for file in (folder / "samples").iterdir()}, grids)
        options[options.index("--kimg") + 1] = 200
        process = subprocess.Popen([PROGRAMS / "detect_train", "--out", self.folder / "again", *FEW, *map(str, options)],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        samples = self.folder / "again/samples"
        wait_until(lambda: list(samples.glob("*.png")) or process.poll() is not None)
        samples.rename(self.folder / "away")
        wait_until(lambda: list(samples.glob("*.png")) or process.poll() is not None)
        self.assertTrue(list(samples.glob("*.png")))
        process.send_signal(signal.SIGTERM)
        self.assertNotIn("No such file", process.communicate(timeout=120)[1])

    def test_a_training_that_is_stopped_goes_on_to_the_same_scores(self):
        whole = self.detector("--model", "variational", *TINY, "--set", "checkpoints.every_kimg=0.2", out="whole")
        self.assertEqual(whole.returncode, 0, whole.stderr)
        command = ["detect_train", "--out", self.folder / "stopped", "--kimg", "2", *FEW, "--model", "variational", *TINY,
                   "--set", "checkpoints.every_kimg=0.2"]
        for number in (signal.SIGTERM, signal.SIGKILL):
            process = subprocess.Popen([PROGRAMS / command[0], *map(str, command[1:])], stdout=subprocess.PIPE,
                                       stderr=subprocess.PIPE, text=True)
            before = set((self.folder / "stopped/checkpoints").glob("*.safetensors"))
            wait_until(lambda: set((self.folder / "stopped/checkpoints").glob("*.safetensors")) - before
                       or process.poll() is not None)
            process.send_signal(number)
            process.communicate(timeout=120)
            self.assertIn(process.returncode, (0, 143, -9))
        last = run(*command)
        self.assertEqual(last.returncode, 0, last.stderr)
        self.assertIn("resuming from", last.stdout)
        scores = [(self.folder / out / "scores.csv").read_bytes() for out in ("whole", "stopped")]
        self.assertEqual(scores[0], scores[1])

    def test_a_branch_goes_on_by_the_same_command_and_keeps_the_detector_that_was_there(self):
        length = ["--set", "checkpoints.every_kimg=0.2", "--set", "checkpoints.keep=20"]
        self.assertEqual(self.detector("--model", "dense", *length, "--kimg", 0.8, out="first").returncode, 0)
        file = min((self.folder / "first/checkpoints").glob("step-*.safetensors"))
        self.assertEqual(self.detector("--model", "dense", *length, "--kimg", 0.4, "--seed", 9, out="branch").returncode, 0)
        before = (self.folder / "branch/detector.safetensors").read_bytes()
        branch = ["--model", "dense", *length, "--resume", file]
        began = self.detector(*branch, "--kimg", 0.8, out="branch")
        self.assertEqual(began.returncode, 0, began.stderr)
        self.assertIn("holds a run of its own, which is set aside", began.stderr)
        self.assertEqual((self.folder / "branch/detector.safetensors.replaced").read_bytes(), before)
        self.assertEqual((self.folder / "branch/scores.csv").read_bytes(), (self.folder / "first/scores.csv").read_bytes())
        newest = max((self.folder / "branch/checkpoints").glob("step-*.safetensors"))
        again = self.detector(*branch, "--kimg", 1.2, out="branch")  # as a cluster starts it again
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertIn(f"resuming from {newest}", again.stdout)
        self.assertFalse(list((self.folder / "branch").glob("checkpoints.replaced-*")))
        # Back to an older one of its own: the detector of what it leaves stays.
        before = (self.folder / "branch/detector.safetensors").read_bytes()
        back = self.detector("--model", "dense", *length, "--kimg", 1.2, "--resume", newest, out="branch")
        self.assertEqual(back.returncode, 0, back.stderr)
        kept = [path.read_bytes() for path in (self.folder / "branch").glob("detector.safetensors.replaced*")]
        self.assertIn(before, kept)

    def test_f_anogan_learns_from_a_gan_and_needs_its_file_no_more(self):
        gan = run("wells_train", "--crop", "pad", "--steps", 4, "--out", self.folder / "gan", *SMALL)
        self.assertEqual(gan.returncode, 0, gan.stderr)
        result = self.detector("--gan", self.folder / "gan", "--set", "model.base_channels=8")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("model f_anogan", result.stdout)
        built_on = json.loads((self.folder / "run/run.json").read_text())["gan"]
        other = run("wells_train", "--crop", "pad", "--steps", 4, "--seed", 5, "--out", self.folder / "other_gan", *SMALL)
        self.assertEqual(other.returncode, 0, other.stderr)
        longer = self.detector("--gan", self.folder / "other_gan", "--set", "model.base_channels=8", "--kimg", 2.1, out="run")
        self.assertIn("continues with the networks of the GAN that it began with", longer.stderr)
        for file in (self.folder / "gan/checkpoints").iterdir():
            file.unlink()
        (self.folder / "run/detector.safetensors").unlink()  # as a kill at the end leaves it
        again = ["--gan", self.folder / "gan", "--set", "model.base_channels=8", "--kimg", 2.1]
        other = self.detector(*again, "--set", "pictures.wells_training=210")
        self.assertEqual(other.returncode, 2, other.stderr)
        self.assertIn("another pictures.wells_training", other.stderr)
        made = self.detector(*again)
        self.assertEqual(made.returncode, 0, made.stderr)
        self.assertIn("goes on with the networks that it has of it", made.stderr)
        self.assertEqual(json.loads((self.folder / "run/run.json").read_text())["gan"], built_on)
        self.assertTrue((self.folder / "run/detector.safetensors").exists())
        again = run("detect", "--detector", self.folder / "run", "--out", self.folder / "again")
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertEqual((self.folder / "run/scores.csv").read_text(), (self.folder / "again/scores.csv").read_text())

    def test_a_detector_keeps_its_gan_whatever_its_later_starts_name(self):
        gan, other = self.folder / "gan", self.folder / "other"
        for folder, seed in ((gan, 1), (other, 2)):
            made = run("wells_train", "--crop", "pad", "--steps", 4, "--seed", seed, "--out", folder, *SMALL)
            self.assertEqual(made.returncode, 0, made.stderr)
        base = self.folder / "run"
        options = ["--set", "model.base_channels=8", "--set", "checkpoints.every_kimg=0.2", "--set", "checkpoints.keep=2"]
        began = self.detector("--gan", gan, *options, "--kimg", 0.4, out="run")
        self.assertEqual(began.returncode, 0, began.stderr)
        first = sorted((base / "checkpoints").iterdir())[0]
        built_on = json.loads((base / "run.json").read_text())["gan"]
        for out, start in (("branch", base), ("run", first)):  # another run's folder, and going back
            for kimg in (0.6, 0.8, 1.0):
                result = self.detector("--gan", other, *options, "--kimg", kimg, "--resume", start, out=out)
                self.assertEqual(result.returncode, 0, result.stderr)
                if kimg > 0.6:  # it goes on, as a cluster wants it
                    newest = before[-1]
                    self.assertIn(f"resuming from {newest}", result.stdout)
                before = sorted((self.folder / out / "checkpoints").iterdir())
            self.assertFalse((self.folder / out / "checkpoints.replaced").exists())
            self.assertEqual(json.loads((self.folder / out / "run.json").read_text())["gan"], built_on)
            same = self.detector("--gan", other, *options, "--kimg", 1.0, "--resume", start, out=out)  # once more
            self.assertEqual(same.returncode, 0, same.stderr)
        self.assertFalse(first.exists())
        shutil.rmtree(other)
        last = self.detector("--gan", other, *options, "--kimg", 1.2, "--resume", first, out="run")
        self.assertEqual(last.returncode, 0, last.stderr)
        self.assertIn("goes on with the networks that it has of it", last.stderr)

    def test_a_detector_that_is_stopped_in_its_test_is_tested_by_the_same_command_on_another_machine(self):
        options = ["--model", "dense", "--set", "pictures.wells_test=6000", "--set", "pictures.wells_test_bad=300"]
        self.assertEqual(self.detector(*options, "--kimg", 0.2).returncode, 0)
        before = (self.folder / "run/detector.safetensors").read_bytes(), (self.folder / "run/detection.json").read_bytes()
        master, terminal = pty.openpty()
        child = subprocess.Popen([PROGRAMS / "detect_train", "--out", self.folder / "run", *FEW, *options, "--kimg", "0.4"],
                                 stdout=subprocess.DEVNULL, stderr=terminal)
        os.close(terminal)
        shown = b""
        while not re.search(rb"test +\S* *\d", shown):
            shown += os.read(master, 4096)
        child.terminate()
        self.assertEqual(child.wait(), 143, shown[-300:])
        os.close(master)
        after = (self.folder / "run/detector.safetensors").read_bytes(), (self.folder / "run/detection.json").read_bytes()
        self.assertEqual(before, after)  # of the detector that is there
        two_threads = ["2" if before == "--threads" else word for before, word in zip(["", *FEW], FEW)]
        again = self.detector(*options, "--kimg", 0.4, data=two_threads)
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertIn("continues with 2 threads", again.stderr)
        self.assertNotEqual((self.folder / "run/detection.json").read_bytes(), before[1])

    def test_a_training_that_was_stopped_may_end_earlier(self):
        child = subprocess.Popen([PROGRAMS / "detect_train", "--out", self.folder / "run", *FEW, "--model", "dense", "--kimg", "300"],
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(lambda: has_rows(self.folder / "run"))
        child.terminate()
        child.wait()
        result = self.detector("--model", "dense", "--kimg", 0.016, out="run")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertTrue((self.folder / "run/detector.safetensors").exists())

    def test_a_folder_of_ones_own_is_learned_and_new_pictures_are_scored(self):
        parts = self.good_and_bad()
        small = ["--data", parts, "--threads", "1", "--batch-size", "8", "--model", "convolutional", *TINY]
        result = self.detector(*small, "--kimg", 6, data=[])
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("pictures of 40x40", result.stdout)
        self.assertRegex(result.stderr, r"warning: the threshold stands on \d+ good picture")
        self.assertEqual(self.numbers()["bad"], 10)
        self.assertEqual(self.numbers()["auc"]["value"], 1)
        found = run("detect", "--detector", self.folder / "run", "--data", parts / "bad", "--out", self.folder / "new")
        self.assertEqual(found.returncode, 0, found.stderr)
        self.assertIn("10 of 10 pictures are called bad", found.stdout)
        self.assertEqual(len((self.folder / "new/scores.csv").read_text().splitlines()), 11)
        width, height = png_size(next((self.folder / "new/heat").iterdir()))
        self.assertGreater(width, 2.5 * height)
        # Another rule and another score, by the same parts.
        other = run("detect", "--detector", self.folder / "run", "--out", self.folder / "other", "--threshold-rule", "bad_mean",
                    "--score", "worst_patch")
        self.assertEqual(other.returncode, 0, other.stderr)
        self.assertIn("the mean score of", other.stdout)
        # A picture more, and shares that move the others: none that was trained on is tested.
        tested = len((self.folder / "run/scores.csv").read_text().splitlines())
        png(parts / "good/one_more.png", value=2, mark=200)
        for more in ([], ["--set", "pictures.test_share=0.8"]):
            again = run("detect", "--detector", self.folder / "run", "--out", self.folder / "more", *more)
            self.assertEqual(again.returncode, 0, again.stderr)
            rows = (self.folder / "more/scores.csv").read_text().splitlines()
            self.assertIn(len(rows), (tested, tested + 1))
        # What somebody else has under the names of a detection stays.
        (self.folder / "mine").mkdir()
        (self.folder / "mine/scores.csv").write_text("mine")
        refused = run("detect", "--detector", self.folder / "run", "--data", parts / "bad", "--out", self.folder / "mine")
        self.assert_refused(refused, 2, "scores.csv", "is of no detection")
        refused = run("detect_train", *small, "--kimg", 1, "--out", self.folder / "mine")
        self.assert_refused(refused, 1, "scores.csv", "is of no run of cspgan")
        self.assertEqual([file.name for file in (self.folder / "mine").iterdir()], ["scores.csv"])
        # The new threshold is kept, and used for pictures of which nothing is known.
        saved = run("detect", "--detector", self.folder / "run", "--out", self.folder / "other", "--threshold-rule",
                    "bad_max_share", "--save", self.folder / "other.safetensors")
        self.assertEqual(saved.returncode, 0, saved.stderr)
        self.assertIn("0.56 times", saved.stdout)
        scored = run("detect", "--detector", self.folder / "other.safetensors", "--data", parts / "bad", "--out", self.folder / "new")
        self.assertIn(json.loads((self.folder / "other/detection.json").read_text())["threshold"].__format__(".6g"), scored.stdout)
        listed = self.folder / "list.txt"
        listed.write_text("".join(f"{image}\n" for image in sorted((parts / "bad").iterdir())))
        self.assertIn("10 of 10", run("detect", "--detector", self.folder / "run", "--data", listed, "--out", self.folder / "l").stdout)

    def test_pictures_of_16_bits_that_use_few_of_them_are_said(self):
        folder = self.good_and_bad(twelve_bits=True)
        made = self.detector("--model", "dense", "--kimg", 0.064, "--data", folder, data=[])
        self.assertEqual(made.returncode, 0, made.stderr)
        self.assertRegex(made.stderr, r"no image has a value above \d+ of 255")
        tested = run("detect", "--detector", self.folder / "run", "--data", folder / "bad", "--out", self.folder / "tested")
        self.assertRegex(tested.stderr, r"no image has a value above \d+ of 255")

    def test_what_is_left_out_of_new_pictures_is_said(self):
        self.assertEqual(self.detector("--model", "dense", "--kimg", 0.064).returncode, 0)
        new = self.folder / "new"
        new.mkdir()
        png(new / "1.png")
        (new / "2.tif").write_bytes(b"somebody's")
        scored = run("detect", "--detector", self.folder / "run", "--data", new, "--out", self.folder / "scored")
        self.assertEqual(scored.returncode, 0, scored.stderr)
        self.assertIn("found 1 image", scored.stderr)
        self.assertIn(".tif 1", scored.stderr)

    def test_pictures_that_are_all_good_are_no_error(self):
        parts = self.good_and_bad(bad=0)
        result = self.detector("--data", parts, "--threads", "1", "--batch-size", "8", "--model", "dense", data=[])
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("there is no ROC curve", result.stdout)
        self.assertTrue((self.folder / "run/detection.html").exists())
        (parts / "good/broken.png").write_bytes(b"no picture")
        again = self.detector("--data", parts, "--threads", "1", "--batch-size", "8", "--model", "dense", out="with", data=[])
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertIn("'good/broken.png' is left out", again.stderr)

    def test_what_cannot_be_used_is_refused_in_a_line(self):
        self.assert_refused(self.detector("--data", self.images, data=[]), 2, "neither good/ nor train/good/", "bad/")
        parts = self.good_and_bad(bad=0)
        (parts / "bad").mkdir(exist_ok=True)
        of_parts = ["--data", parts, "--batch-size", "8"]
        self.assert_refused(self.detector(*of_parts, "--set", "threshold.rule=bad_mean", data=[]), 2, "no bad picture")
        self.assert_refused(self.detector("--data", parts, "--batch-size", 64, data=[]), 2, "batch_size is 64", "use a smaller batch")
        self.assert_refused(self.detector(*of_parts, "--out", parts / "good/run", data=[], out="x"), 2, "--out")
        self.assert_refused(self.detector("--model", "dnse"), 2, "did you mean 'dense'")
        self.assert_refused(self.detector("--model", "f_anogan"), 2, "--gan RUN")
        self.assert_refused(self.detector("--set", "model.widht=3"), 2, "model.widht")
        self.assert_refused(self.detector("--data", self.folder / "none", data=[]), 1, "none")
        self.assert_refused(self.detector("--kimg", 0), 2, "kimg")
        self.assert_refused(self.detector("--gan", self.folder), 1, str(self.folder))
        self.assertFalse((self.folder / "run").exists())
        gan = self.train("--steps", 2, out=self.folder / "gan")
        self.assertEqual(gan.returncode, 0, gan.stderr)
        checkpoint = next((self.folder / "gan/checkpoints").iterdir())
        self.assert_refused(run("detect", "--detector", checkpoint), 1, "is no detector", "checkpoint of a GAN")
        self.assert_refused(run("detect", "--detector", self.folder / "gan"), 1, "holds no detector.safetensors")
        self.assertEqual(self.detector("--model", "dense").returncode, 0)
        self.assert_refused(run("sample", "--checkpoint", self.folder / "run", "--out", self.folder / "x"), 1,
                            "does not describe its generator")
        self.assert_refused(self.detector("--model", "convolutional"), 1, "model.")
        self.assert_refused(self.detector("--model", "dense", "--seed", 5), 2, "is of a training that is over", "seed")
        self.assert_refused(run("detect", "--detector", next((self.folder / "run/checkpoints").iterdir())), 1, "checkpoint of its training")
        self.assert_refused(run("detect", "--detector", self.folder / "run", "--class", "x"), 2, "--class")
        own = run("detect", "--detector", self.folder / "run", "--out", self.folder / "run")
        self.assert_refused(own, 2, "--out", "holds a run and what it found")
        self.assert_refused(run("detect", "--detector", self.folder / "run", "--save", self.folder / "s"), 2, "--save")
        unlabeled = ["detect", "--detector", self.folder / "run", "--data", self.images, "--out", self.folder / "y"]
        self.assert_refused(run(*unlabeled, "--threshold-rule", "bad_mean"), 2, "has no good/ folder")
        self.assert_refused(run("detect", "--detector", self.folder / "run", "--set", "kimg=3"), 2, "pictures.")
        damaged = (self.folder / "run/detector.safetensors")
        data = bytearray(damaged.read_bytes())
        data[random.Random(1).randrange(len(data) // 2, len(data))] ^= 255
        damaged.write_bytes(data)
        self.assert_refused(run("detect", "--detector", damaged), 1, "detector.safetensors")


if __name__ == "__main__":
    unittest.main(verbosity=2)
