"""The training programs as a user runs them: exit codes, one-line errors, resume, metrics while a run trains.

usage: training.py FOLDER_OF_PROGRAMS [unittest options]
"""
import json
import os
import re
import resource
import signal
import struct
import subprocess
import time
import unittest

from support import PROGRAMS, SMALL, Case, png, run, tensors, wait_until


class Errors(Case):
    def test_a_missing_folder_is_named(self):
        self.assert_refused(self.train("--steps", 1, data=self.folder / "nowhere"), 1, "nowhere")

    def test_an_empty_folder_is_named(self):
        (self.folder / "empty").mkdir()
        self.assert_refused(self.train("--steps", 1, data=self.folder / "empty"), 1, "empty")

    def test_a_folder_without_images_is_named(self):
        (self.folder / "texts").mkdir()
        (self.folder / "texts" / "a.txt").write_text("no image")
        self.assert_refused(self.train("--steps", 1, data=self.folder / "texts"), 1, "texts")

    def test_a_run_in_the_folder_of_its_images_leaves_its_own_pictures_out_and_the_other_way_round_is_refused(self):
        out = self.images / "runs" / "mine"
        first, again = (self.train("--steps", steps, out=out) for steps in (2, 4))
        self.assertEqual((first.returncode, again.returncode), (0, 0), first.stderr + again.stderr)
        for started in (first, again):
            self.assertIn("found 12 images (PNG 12); left out: 1 folder of a run ('runs/mine')\n", started.stdout)
        self.assertNotRegex(again.stderr, "warning: .*(images|data)")  # they are the same
        for data in (out, out / "samples"):
            self.assert_refused(self.train("--steps", 5, data=data, out=out), 2, str(data), "--out")

    def test_a_partition_that_the_images_do_not_have_is_refused_and_a_holdout_makes_one(self):
        self.assert_refused(self.train("--steps", 1, "--set", "source.partition=test"), 2, "test partition")
        self.assert_refused(self.train("--steps", 1, "--set", "evaluation.partition=validation", "--evaluate-every", 1), 2,
                            "source.holdout")
        self.assert_refused(run("quickstart", "--steps", 1, "--set", "source.partition=test"), 2, "no partitions")
        held = self.train("--steps", 2, "--set", "source.holdout=0.3", "--set", "evaluation.partition=validation",
                          "--evaluate-every", 0.004, "--set", "evaluation.metrics=['fid']", "--set", "evaluation.count=4")
        self.assertEqual(held.returncode, 0, held.stderr)
        self.assertRegex(held.stdout, r"found \d+ images \(PNG \d+\).*; used: \d+ of them, the train partition")
        rows = (self.folder / "run/metrics.jsonl").read_text()
        self.assertIn('"validation images', rows)

    def test_a_new_run_starts_from_another_s_weights_and_a_resume_that_is_over_says_so(self):
        first = self.train("--steps", 2)
        self.assertEqual(first.returncode, 0, first.stderr)
        second = self.train("--steps", 1, "--init", self.folder / "run", "--seed", 9, out=self.folder / "second")
        self.assertEqual(second.returncode, 0, second.stderr)
        taken = re.search(r"weights from .*step-00000002.*: generator (\d+) of (\d+) tensors, discriminator", second.stdout)
        self.assertEqual(taken[1], taken[2], second.stdout)
        over = self.train("--steps", 1, "--init", self.folder / "run", "--seed", 9, out=self.folder / "second")
        self.assertIn("this run is over", over.stdout)
        self.assertNotIn("weights from", over.stdout)
        other = self.train("--steps", 1, "--init", self.folder / "run", "--set", "generator.latent_size=7", out=self.folder / "third")
        self.assertIn("(new: stem.convolution.weight)", other.stdout)
        self.assert_refused(self.train("--steps", 1, "--init", self.folder / "run", "--resume", self.folder / "run",
                                       out=self.folder / "fourth"), 2, "give one")

    def test_a_grid_that_is_too_large_is_refused_before_anything_is_drawn(self):
        self.assert_refused(self.train("--steps", 1, "--set", "samples.count=60000"), 2, "2 x 30000 images", "198 x 2940002 pixels")

    def test_conditions_that_the_labels_do_not_have_are_refused_with_the_nearest(self):
        (self.images / "dataset.json").write_text(json.dumps({"labels": [[f"{i:02}.png", i % 2] for i in range(4)]}))
        self.assert_refused(self.train("--steps", 1, "--where", "lable=1"), 2, "did you mean 'label'?")
        self.assert_refused(self.train("--steps", 1, "--crop", "middle"), 2, "source.crop")
        avatars = run("quickstart", "--steps", 1, "--where", "hairs=bun", "--out", self.folder / "none")
        self.assert_refused(avatars, 2, "did you mean 'hair'?")

    def test_a_tilde_is_the_home_folder_in_the_shell_s_place_and_in_recipes(self):
        recipe = self.folder / "mine.toml"
        recipe.write_text(f'parent = "faces"\ndata = "~/{self.images.name}"\n')
        home = {**os.environ, "HOME": str(self.folder)}
        result = subprocess.run([PROGRAMS / "celeba_train", "--recipe", recipe, "--out=~/run", "--steps", "1", *SMALL], env=home,
                                capture_output=True, text=True)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertTrue((self.folder / "run/report.html").exists())
        drawn = subprocess.run([PROGRAMS / "sample", "--checkpoint=~/run", "--out=~/drawn"], env=home, capture_output=True, text=True)
        self.assertEqual(drawn.returncode, 0, drawn.stderr)
        self.assertTrue(list((self.folder / "drawn").iterdir()))

    def test_an_unreadable_file_among_good_ones_is_skipped_named_and_counted(self):
        (self.images / "05.png").write_bytes(b"\x89PNG\r\n\x1a\n torn")
        result = self.train("--steps", 6)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(result.stderr.count("05.png"), 1, result.stderr)
        self.assertIn("1 image(s) skipped", result.stdout)
        self.assertIn("05.png", (self.folder / "run" / "warnings.jsonl").read_text())
        (self.images / "07.png").write_bytes(b"")  # the share is that of the run, not of the process
        again = self.train("--steps", 12)
        self.assertNotEqual(again.returncode, 0)
        self.assertIn("2 of 12 images cannot be used, more than max_bad_share = 0.1 allows", again.stderr)
        (self.images / "07.png").unlink()
        png(self.images / "07.png", value=7)
        last = self.train("--steps", 12)
        self.assertNotIn("05.png", last.stderr)

    def test_an_image_size_that_is_no_power_of_two_is_refused(self):
        self.assert_refused(self.train("--steps", 1, "--image-size", 48), 2, "image_size", "48", "power of two")

    def test_a_batch_larger_than_the_data_is_refused_with_both_numbers(self):
        self.assert_refused(self.train("--steps", 1, "--batch-size", 13), 2, "13", "12")

    def test_a_misspelled_key_in_a_recipe_is_refused_with_the_nearest(self):
        recipe = self.folder / "mine.toml"
        recipe.write_text("[training.ema]\nhalf_life_kmg = 2.0\n")
        self.assert_refused(self.train("--steps", 1, "--recipe", recipe), 2, "half_life_kmg", "half_life_kimg")

    def test_a_recipe_that_is_no_toml_is_refused_with_its_line(self):
        recipe = self.folder / "mine.toml"
        recipe.write_text("image_size = 32\nkimg = = 2\n")
        self.assert_refused(self.train("--recipe", recipe), 2, "mine.toml:2")

    def test_an_unknown_recipe_is_refused_with_the_nearest(self):
        self.assert_refused(self.train("--recipe", "face"), 2, "'faces'")

    def test_a_misspelled_option_is_refused_with_the_nearest(self):
        self.assert_refused(self.train("--step", 1), 2, "--step", "--steps")

    def test_a_misspelled_policy_is_refused_with_the_nearest(self):
        self.assert_refused(self.train("--steps", 1, "--set", "policies=[{name='soft_label'}]"), 2, "soft_labels")

    def test_label_policies_with_a_loss_without_targets_are_refused(self):
        self.assert_refused(self.train("--steps", 1, "--set", "policies=[{name='soft_labels'}]", "--set", "loss=hinge"), 2,
                            "soft_labels", "hinge")

    def test_an_empty_word_for_an_option_is_refused(self):
        self.assert_refused(run("celeba_train", "--data", self.images, "--out", "", *SMALL, "--steps", 1), 2, "--out")
        self.assert_refused(run("sample", "--checkpoint", "", "--out", self.folder / "out"), 2, "--checkpoint")

    def test_times_that_are_none_are_refused(self):
        for time in ("4", "h", "4x", "-1h", "0s", "1h30", "inf", "4 h", "2d-1h"):
            self.assert_refused(self.train(f"--time={time}"), 2, "a time is written like 4h", f"'{time}'")
        self.assert_refused(self.train("--time", "1h", "--kimg", 3), 2, "--time", "--kimg")

    def test_two_lengths_are_refused(self):
        self.assert_refused(self.train("--steps", 1, "--kimg", 1), 2, "--steps", "--kimg")

    def test_a_checkpoint_of_another_shape_is_refused_with_both_shapes(self):
        self.assertEqual(self.train("--steps", 1).returncode, 0)
        before = tensors(self.folder / "run/checkpoints/step-00000001.safetensors")
        self.assert_refused(self.train("--steps", 2, "--set", "generator.max_channels=24"), 1, "generator", "[", "shape")
        self.assertEqual(before, tensors(self.folder / "run/checkpoints/step-00000001.safetensors"))

    def test_a_file_that_is_no_checkpoint_is_refused(self):
        path = self.folder / "fake.safetensors"
        path.write_bytes(b"nothing of the kind")
        self.assert_refused(self.train("--steps", 1, "--resume", path), 1, "fake.safetensors")
        self.assert_refused(run("sample", "--checkpoint", path, "--out", self.folder / "s"), 1, "fake.safetensors")

    def test_an_output_folder_that_cannot_be_written_is_named(self):
        blocker = self.folder / "file"
        blocker.write_text("")
        self.assert_refused(self.train("--steps", 1, out=blocker / "run"), 1, str(blocker / "run"))

    def test_resume_with_nothing_to_resume_is_refused(self):
        self.assert_refused(self.train("--steps", 1, "--resume"), 2, "nothing to resume")
        self.assert_refused(self.train("--steps", 1, "--resume", self.folder / "gone.safetensors"), 1, "gone.safetensors")

    def test_a_run_is_not_overwritten(self):
        self.assertEqual(self.train("--steps", 1).returncode, 0)
        self.assert_refused(self.train("--steps", 1, "--resume", "never"), 2, "already holds a run")

    def test_missing_data_is_asked_for(self):
        self.assert_refused(run("celeba_train", "--steps", 1), 2, "--data")

    def test_lengths_threads_and_seeds_beyond_reason_are_refused(self):
        self.assert_refused(self.train("--kimg", "1e17"), 2, "length")
        self.assert_refused(self.train("--steps", 1, "--threads", 100000), 2, "threads", "100000")
        self.assert_refused(self.train("--steps", 1, "--seed", -1), 2, "seed")
        for number in (2 ** 63, 10 ** 30, "010", "0x10", "1e3"):
            self.assert_refused(self.train("--steps", 1, "--seed", number), 2, "--seed", str(number))
        self.assert_refused(self.train("--steps", 2 ** 64), 2, "--steps")

    def test_a_recipe_that_is_its_own_parent_is_refused(self):
        recipe = self.folder / "self.toml"
        recipe.write_text(f'parent = "{recipe}"\n')
        self.assert_refused(self.train("--recipe", recipe), 2, "its own parent")

    def test_a_checkpoint_with_a_hostile_header_is_refused(self):
        path = self.folder / "deep.safetensors"
        header = b"[" * 2_000_000
        path.write_bytes(struct.pack("<Q", len(header)) + header)
        self.assert_refused(run("sample", "--checkpoint", path, "--out", self.folder / "s"), 1, "deep.safetensors")
        header = b'{"a": {"dtype": "F32", "shape": [1e999], "data_offsets": [0, 4]}}'
        path.write_bytes(struct.pack("<Q", len(header)) + header + b"abcd")
        self.assert_refused(run("sample", "--checkpoint", path, "--out", self.folder / "s"), 1, "deep.safetensors")

    def test_a_misspelled_network_option_is_refused_before_the_recipe_is_printed(self):
        self.assert_refused(self.train("--set", "generator.normm=batch", "--print-recipe"), 2, "normm")

    def test_a_device_that_is_not_there_is_refused(self):
        self.assert_refused(self.train("--steps", 1, "--device", "cuda:99"), 2, "cuda:99")

    def test_an_option_that_was_taken_out_is_refused_as_such(self):
        self.assert_refused(self.train("--steps", 1, "--set", "training.capture=true"), 2, "training.capture", "taken out")


class Runs(Case):
    whole = None  # what an unbroken run of 400 steps ends with

    def last(self, out):
        return sorted((out / "checkpoints").iterdir())[-1]

    def has_checkpoint(self, out):
        return any(out.glob("checkpoints/*.safetensors"))

    def test_a_run_fills_its_folder(self):
        result = self.train("--steps", 7, "--set", "log_every=2")
        self.assertEqual(result.returncode, 0, result.stderr)
        out = self.folder / "run"
        record = json.loads((out / "run.json").read_text())
        self.assertEqual((record["status"], record["step"], record["recipe"]["batch_size"]), ("finished", 7, 4))
        rows = [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]
        self.assertEqual([row["step"] for row in rows], [2, 4, 6, 7])
        self.assertTrue(all(key in rows[0] for key in ("loss_d", "loss_g", "score_real", "score_fake", "penalty_r1")))
        self.assertEqual(sorted(p.name for p in (out / "samples").iterdir()), ["step-00000000.png", "step-00000007.png"])
        self.assertIn("<html", (out / "report.html").read_text().lower())
        self.assertFalse(list(out.rglob("*.part")))

    def test_a_finished_run_is_not_trained_again(self):
        self.assertEqual(self.train("--steps", 2).returncode, 0)
        before = tensors(self.last(self.folder / "run"))
        again = self.train("--steps", 2)
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertEqual(before, tensors(self.last(self.folder / "run")))

    def stop_and_resume(self, number, code):
        if Runs.whole is None:  # the same for each signal
            whole = self.folder / "whole"
            self.assertEqual(self.train("--steps", 400, "--set", "checkpoints.every_kimg=0.2", out=whole).returncode, 0)
            Runs.whole = tensors(self.last(whole))
        out = self.folder / "run"
        process = self.start("--steps", 400, "--set", "checkpoints.every_kimg=0.2", out=out)
        wait_until(lambda: self.has_checkpoint(out))
        process.send_signal(number)
        process.communicate(timeout=60)
        self.assertEqual(process.returncode, code)
        stopped_at = int(self.last(out).stem.removeprefix("step-"))
        self.assertLess(stopped_at, 400, "the run ended before the signal came")
        resumed = self.train("--steps", 400, "--set", "checkpoints.every_kimg=0.2")
        self.assertEqual(resumed.returncode, 0, resumed.stderr)
        self.assertIn(f"(step {stopped_at},", resumed.stdout)
        self.assertEqual(Runs.whole, tensors(self.last(out)))
        steps = [json.loads(line)["step"] for line in (out / "metrics.jsonl").read_text().splitlines()]
        self.assertEqual(steps, sorted(set(steps)))

    def test_ctrl_c_saves_and_the_resumed_run_has_the_bits_of_the_unbroken_one(self):
        self.stop_and_resume(signal.SIGINT, 130)

    def test_sigterm_saves_and_the_resumed_run_has_the_bits_of_the_unbroken_one(self):
        self.stop_and_resume(signal.SIGTERM, 143)

    def test_a_closed_pipe_behind_the_output_ends_no_run(self):
        out = self.folder / "run"
        arguments = ["--data", self.images, "--out", out, *SMALL, "--steps", 50, "--set", "log_every=1"]
        process = subprocess.Popen([PROGRAMS / "celeba_train", *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        process.stdout.close()
        self.assertEqual(process.wait(timeout=120), 0)
        self.assertTrue((out / "checkpoints/step-00000050.safetensors").exists())

    def test_a_closed_terminal_saves(self):
        self.stop_and_resume(signal.SIGHUP, 129)

    def test_a_signal_that_the_parent_ignores_stops_no_run(self):
        for number in (signal.SIGHUP, signal.SIGINT):  # as nohup has the one ignored, and a script's `program &` the other
            out = self.folder / number.name
            process = subprocess.Popen(
                [PROGRAMS / "quickstart", *SMALL, "--out", out, "--steps", "300", "--set", "checkpoints.every_kimg=0.2",
                 "--set", "source.count=100", "--set", "measure_attributes=0", "--set", "evaluation.every_kimg=0"],
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
                preexec_fn=lambda: signal.signal(number, signal.SIG_IGN))
            wait_until(lambda: self.has_checkpoint(out))
            self.assertFalse((out / "checkpoints/step-00000300.safetensors").exists(), "the run ended before the signal came")
            process.send_signal(number)
            printed, errors = process.communicate(timeout=120)
            self.assertEqual(process.returncode, 0, errors)
            self.assertIn("finished after 300 steps", printed)

    def test_going_on_from_an_older_checkpoint_starts_a_branch_and_keeps_the_old_one_aside(self):
        often = ["--set", "checkpoints.every_kimg=0.004", "--set", "checkpoints.keep=9"]
        self.assertEqual(self.train("--steps", 8, *often).returncode, 0)
        checkpoints = self.folder / "run/checkpoints"
        branch = self.train("--steps", 6, *often, "--seed", 5, "--resume", checkpoints / "step-00000004.safetensors")
        self.assertEqual(branch.returncode, 0, branch.stderr)
        self.assertIn("step-00000006.safetensors", branch.stdout)
        self.assertIn("seed", branch.stderr)
        self.assertEqual(self.last(self.folder / "run").name, "step-00000008.safetensors.replaced")
        again = self.train("--steps", 7, *often, "--seed", 5, "--resume", checkpoints / "step-00000004.safetensors")
        self.assertIn("(step 6,", again.stdout)  # the same command again, as by a cluster, begins nothing anew
        again = self.train("--steps", 8, *often, "--seed", 5)
        self.assertIn("(step 7,", again.stdout)
        again = self.train("--steps", 9, *often, "--seed", 5, "--resume", os.path.relpath(checkpoints / "step-00000004.safetensors"))
        self.assertIn("(step 8,", again.stdout)  # also after another resume, and by another path
        other = self.train("--steps", 6, *often, "--seed", 6, "--resume", checkpoints / "step-00000004.safetensors")
        self.assertIn("(step 4,", other.stdout)  # other options: another branch

    def test_kill_9_loses_nothing_before_the_last_checkpoint(self):
        self.stop_and_resume(signal.SIGKILL, -signal.SIGKILL)

    def test_a_second_process_in_a_run_s_folder_is_refused_and_the_first_goes_on(self):
        out = self.folder / "run"
        first = self.start("--steps", 400, out=out)
        wait_until((out / "metrics.jsonl").exists)
        self.assert_refused(self.train("--steps", 400), 1, f"process {first.pid}", str(out))
        first.communicate(timeout=120)
        self.assertEqual(first.returncode, 0)
        self.assertTrue((out / "checkpoints/step-00000400.safetensors").exists())

    def test_a_report_that_cannot_be_written_ends_no_run(self):
        out = self.folder / "run"
        process = self.start("--steps", 400, "--set", "checkpoints.every_kimg=0.04", out=out)
        wait_until(lambda: self.has_checkpoint(out))
        (out / "report.html").unlink()
        (out / "report.html").mkdir()
        _, errors = process.communicate(timeout=120)
        self.assertEqual(process.returncode, 0, errors)
        self.assertRegex(errors, r"warning: .*report\.html.*; the run goes on")
        self.assertTrue((out / "checkpoints/step-00000400.safetensors").exists())

    def test_checkpoints_that_cannot_be_written_end_the_run_after_three_and_an_earlier_one_stays(self):
        out = self.folder / "run"
        self.assertEqual(self.train("--steps", 2).returncode, 0)
        size = self.last(out).stat().st_size // 2

        def small_files():  # as on a full disk: no file may grow beyond this
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
        full = subprocess.run([PROGRAMS / "celeba_train", "--data", self.images, "--out", out, *SMALL, "--steps", "40",
                               "--set", "checkpoints.every_kimg=0.008"], capture_output=True, text=True, preexec_fn=small_files)
        self.assertEqual(full.returncode, 1, full.stderr)
        self.assertEqual(full.stderr.count("3 failures in a row end the run"), 2, full.stderr)
        self.assertRegex(full.stderr, "error: .*step-0*8.safetensors")
        self.assertFalse(list(out.rglob("*.part")))
        again = self.train("--steps", 3)
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertIn("(step 2,", again.stdout)

    def test_a_damaged_checkpoint_is_named_and_the_one_before_it_is_used(self):
        self.assertEqual(self.train("--steps", 3, "--set", "checkpoints.every_kimg=0.004").returncode, 0)
        newest = self.last(self.folder / "run")
        newest.write_bytes(newest.read_bytes()[:-100])
        result = self.train("--steps", 4)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn(newest.name, result.stderr)
        self.assertIn("(step 2,", result.stdout)

    def test_a_run_goes_on_from_the_folder_of_another(self):
        self.assertEqual(self.train("--steps", 2).returncode, 0)
        result = self.train("--steps", 3, "--resume", self.folder / "run", out=self.folder / "other")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("(step 2,", result.stdout)
        self.assertTrue(self.last(self.folder / "other").name.endswith("3.safetensors"))

    def test_the_printed_recipe_describes_the_same_run(self):
        printed = run("celeba_train", "--data", self.images, *SMALL, "--steps", 3, "--print-recipe")
        self.assertEqual(printed.returncode, 0, printed.stderr)
        recipe = self.folder / "printed.toml"
        recipe.write_text(printed.stdout + """
[[measured]]
data = "somebody's images"
images = 5
image_size = 32
kimg = 1
distance = [7.5]
recall = [0.5]
""")
        self.assertEqual(self.train("--steps", 3).returncode, 0)
        out = self.folder / "again"
        again = run("celeba_train", "--recipe", recipe, "--out", out)
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertIn("somebody's images (5 images), 32 pixels, 1 kimg", again.stdout)  # what was measured of it is no option
        self.assertEqual(tensors(self.last(self.folder / "run")), tensors(self.last(out)))

    def test_the_recipes_are_listed(self):
        listed = run("celeba_train", "--list-recipes")
        names = [line.split()[0] for line in listed.stdout.splitlines() if not line.startswith(" ")]
        self.assertTrue({"faces", "avatars", "a1", "b1", "b2"} <= set(names), names)

    def test_a_recipe_of_a_reference_system_trains_at_32_pixels(self):
        result = run("celeba_train", "--recipe", "b1", "--data", self.images, "--out", self.folder / "b1", "--image-size",
                     32, "--batch-size", 4, "--steps", 1, "--threads", 1, "--set", "samples.count=4")
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_a_time_becomes_a_length_that_stays(self):
        first = self.train("--time", "3s")
        self.assertEqual(first.returncode, 0, first.stderr)
        self.assertRegex(first.stdout, "images/s: in the time that was given, about [0-9.]+ kimg")
        kimg = json.loads((self.folder / "run/run.json").read_text())["recipe"]["kimg"]
        again = self.train("--time", "0m3s")
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertNotIn("images/s", again.stdout)
        self.assertIn(f"{kimg:g} kimg, as was measured", again.stdout)
        self.assertEqual(json.loads((self.folder / "run/run.json").read_text())["recipe"]["kimg"], kimg)
        self.assertEqual(self.train("--kimg", kimg, out=self.folder / "same").returncode, 0)
        self.assertEqual(tensors(self.last(self.folder / "run")), tensors(self.last(self.folder / "same")))

    def test_workers_change_no_bit(self):
        for workers in (0, 3):
            self.assertEqual(self.train("--steps", 5, "--set", f"loader.workers={workers}", out=self.folder / f"w{workers}").returncode, 0)
        self.assertEqual(tensors(self.last(self.folder / "w0")), tensors(self.last(self.folder / "w3")))


class EvaluatedRuns(Case):
    def rows(self):
        rows = [json.loads(line) for line in (self.folder / "run/metrics.jsonl").read_text().splitlines()]
        return [row for row in rows if row.get("kind") == "evaluation"]

    def test_metrics_are_computed_while_a_run_trains_and_the_best_state_is_kept(self):
        result = self.train("--steps", 6, "--evaluate-every", 0.008, "--set", "evaluation.count=10",
                            "--set", "evaluation.metrics=['fid', 'kid']")
        self.assertEqual(result.returncode, 0, result.stderr)
        rows = self.rows()
        self.assertGreaterEqual(len(rows), 2)
        self.assertEqual(rows[-1]["step"], 6)
        self.assertEqual([metric["key"] for metric in rows[0]["metrics"]], ["fid", "kid"])
        self.assertEqual((rows[0]["metrics"][0]["fakes"], rows[0]["metrics"][0]["reals"]), (10, 12))
        self.assertIn("FD-builtin", result.stdout)
        self.assertIn("FD-builtin", (self.folder / "run/report.html").read_text())
        best = self.folder / "run/checkpoints/best.safetensors"
        self.assertEqual(run("sample", "--checkpoint", best, "--out", self.folder / "best", "--count", 2).returncode, 0)

    def test_without_a_terminal_an_evaluation_is_one_line_and_the_quick_start_warns_of_nothing_it_chose_itself(self):
        quick = ["quickstart", *SMALL, "--steps", 6, "--set", "source.count=2500", "--set", "measure_attributes=0",
                 "--set", "log_every=100", "--evaluate-every", 0.012]  # the recipe's counts and metrics
        result = run(*quick, "--out", self.folder / "run")
        self.assertEqual(result.returncode, 0, result.stderr)
        told = [line for line in (result.stdout + result.stderr).splitlines() if "evaluat" in line.lower() or "warn" in line]
        self.assertEqual(len(told), len(self.rows()), told)
        self.assertGreaterEqual(len(told), 2)
        for line in told:
            self.assertRegex(line, r"^evaluation at \d+\.\d kimg: FD-builtin [^;]+; KD-builtin .*1-NN accuracy, fakes [\d.]+$")
        self.assertFalse((self.folder / "run/warnings.jsonl").exists())
        few = run(*quick, "--out", self.folder / "few", "--set", "evaluation.count=40")
        said = "FD-builtin of 40 images in 256 dimensions"
        self.assertIn(said, few.stderr)  # which the user chose
        again = run(*quick, "--steps", 8, "--out", self.folder / "few", "--set", "evaluation.count=40")
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertEqual((self.folder / "few/warnings.jsonl").read_text().count(said), 1)  # not again at each restart

    @unittest.skipIf("ASAN_OPTIONS" in os.environ, "the address sanitizer says it, too, in a line of its own")
    def test_networks_that_no_memory_holds_are_named_as_that(self):
        for size in (10**11, 10**17):
            self.assert_refused(self.train("--steps", 1, "--set", f"generator.latent_size={size}"), 1, "out of memory", "--set generator.base_channels")

    def test_intervals_that_are_too_small_to_count_are_refused(self):
        for option in ("evaluation", "samples", "checkpoints"):
            self.assert_refused(self.train("--steps", 1, "--set", f"{option}.every_kimg=1e-20"), 2, option, "0.001", "1e-20")
        self.assert_refused(self.train("--steps", 1, "--evaluate-every", "1e-20"), 2, "every_kimg", "0.001")

    def test_an_evaluation_that_cannot_work_is_refused_before_anything_is_written(self):
        (self.folder / "text.pt").write_text("no network")
        for settings, code, words in (
                ({"count": 5, "metrics": "['fid', 'prdc']"}, 2, ["evaluation.count", "12 real and 5 generated"]),
                ({"real_count": 4, "metrics": "['fid', 'prdc']"}, 2, ["evaluation.real_count", "4 real"]),
                ({"metrics": "['fid', 'inception_score']"}, 2, ["evaluation.metrics", "builtin"]),
                ({"metrics": "['fdi']"}, 2, ["evaluation.metrics", "fid"]),
                ({"count": 1}, 2, ["count must lie in [2, "]),
                ({"features": str(self.folder / "text.pt")}, 1, ["text.pt"])):
            sets = [word for key, value in settings.items() for word in ("--set", f"evaluation.{key}={value}")]
            self.assert_refused(self.train("--steps", 2, "--evaluate-every", 1, *sets), code, *words)
            self.assertFalse((self.folder / "run").exists(), settings)

    def test_evaluations_leave_the_lines_of_a_terminal_whole(self):
        screen = self.train_on_terminal("--steps", 6, "--evaluate-every", 0.008, "--set", "evaluation.count=10",
                                        "--set", "evaluation.metrics=['fid', 'kid']")
        lines = [line for line in screen.splitlines() if "evaluation at" in line]
        self.assertGreaterEqual(len(lines), 2, screen)
        for line in lines:
            self.assertTrue(line.startswith("evaluation at"), screen)
        self.assertNotIn("evaluation: fakes", screen)  # it took less than two seconds

    def train_on_terminal(self, *more):
        """What a terminal shows of a run."""
        terminal, writer = os.openpty()
        process = subprocess.Popen([PROGRAMS / "celeba_train", "--data", self.images, "--out", self.folder / "run",
                                    *SMALL, *map(str, more)], stdout=writer, stderr=writer)
        os.close(writer)
        written = b""
        while True:
            try:
                part = os.read(terminal, 65536)
            except OSError:  # the last writer has gone
                break
            if not part:
                break
            written += part
        os.close(terminal)
        self.assertEqual(process.wait(timeout=60), 0)
        def shown(line):
            cells, at = [], 0
            for sign in re.findall(r"\x1b\[K|.", line, re.DOTALL):
                if sign == "\r":
                    at = 0
                elif sign == "\x1b[K":
                    del cells[at:]
                else:
                    cells[at:at + 1] = sign
                    at += 1
            return "".join(cells)
        return "\n".join(shown(line) for line in written.decode().split("\n"))

    def test_a_metric_that_is_not_computed_cannot_choose_the_best(self):
        result = self.train("--steps", 2, "--evaluate-every", 1, "--set", "evaluation.metrics=['kid']")
        self.assertEqual(result.returncode, 2)
        self.assertIn("is not one of the computed metrics that can be better or worse: kid", result.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
