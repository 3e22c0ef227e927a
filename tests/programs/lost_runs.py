"""What careless or unlucky users do to a run while it trains, or before it goes on: nothing of it is lost in silence.

usage: lost_runs.py FOLDER_OF_PROGRAMS [unittest options]
"""
import json
import os
import resource
import shutil
import subprocess
import termios
import time
import unittest

from support import PROGRAMS, SMALL, Case, has_rows, png, run, tensors, wait_until

# While the file $HANG_IF is there, no picture can be opened, and whoever tries waits forever.
HANGING_OPEN = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void wait_for_disk(const char* path) {
  const char* end = strrchr(path, '.');
  while (end != NULL && strcmp(end, ".png") == 0 && strstr(path, "/images/") != NULL && access(getenv("HANG_IF"), F_OK) == 0) pause();
}
#define HANGING(name)                                                                  \\
  int name(const char* path, int flags, ...) {                                         \\
    va_list more;                                                                      \\
    va_start(more, flags);                                                             \\
    const int mode = va_arg(more, int);                                                \\
    va_end(more);                                                                      \\
    wait_for_disk(path);                                                               \\
    return ((int (*)(const char*, int, ...))dlsym(RTLD_NEXT, #name))(path, flags, mode); \\
  }
HANGING(open)
HANGING(open64)
"""


class LostRuns(Case):
    def setUp(self):
        super().setUp()
        self.out = self.folder / "run"

    def begin(self, steps=40):
        result = self.train("--steps", steps, "--set", "checkpoints.every_kimg=0.04", "--set", "log_every=5")
        self.assertEqual(result.returncode, 0, result.stderr)

    def checkpoints(self):
        return sorted(file.name for file in (self.out / "checkpoints").iterdir())

    def wait_for_checkpoint(self, process):
        while not list(self.out.glob("checkpoints/*.safetensors")):
            self.assertIsNone(process.poll())
            time.sleep(0.01)

    def test_a_copy_of_a_checkpoint_is_no_checkpoint(self):
        self.begin()
        newest = self.out / "checkpoints/step-00000040.safetensors"
        shutil.copy(newest, newest.with_name("step-00000040 (copy).safetensors"))
        shutil.copy(self.out / "checkpoints/step-00000030.safetensors", newest.with_name("step-00000030-good.safetensors"))
        result = self.train("--steps", 60, "--set", "checkpoints.every_kimg=0.04")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("step-00000040.safetensors (step 40", result.stdout)
        self.assertEqual(self.checkpoints(), ["step-00000030-good.safetensors", "step-00000040 (copy).safetensors", "step-00000040.safetensors",
                                              "step-00000050.safetensors", "step-00000060.safetensors"])

    @unittest.skipIf(os.geteuid() == 0 and not shutil.which("setpriv"), "root may list every folder")
    def test_checkpoints_that_cannot_be_listed_are_not_none(self):
        self.begin()
        before = tensors(self.out / "checkpoints/step-00000040.safetensors")
        (self.out / "checkpoints").rename(self.out / "real")
        (self.out / "checkpoints").write_text("a file, which cannot be listed either")
        result = self.train("--steps", 60)
        self.assert_refused(result, 1, "cannot list the folder", "checkpoints")
        self.assertEqual(tensors(self.out / "real/step-00000040.safetensors"), before)

    def test_a_best_checkpoint_that_a_killed_run_had_leaves_no_copy(self):
        options = ["--set", "checkpoints.every_kimg=1", "--set", "evaluation.every_kimg=0.02", "--set", "evaluation.count=16",
                   "--set", "evaluation.real_count=5", "--set", "evaluation.metrics=[\"fid\"]"]
        process = self.start("--steps", 100, *options, out=self.out)
        wait_until((self.out / "checkpoints/best.safetensors").exists)
        process.kill()
        process.communicate()
        self.assertEqual(self.checkpoints(), ["best.safetensors"])
        again = self.start("--steps", 100, *options, out=self.out)  # the same command
        _, errors = again.communicate(timeout=120)
        self.assertEqual(again.returncode, 0, errors)
        self.assertEqual(self.checkpoints(), ["best.safetensors", "step-00000100.safetensors"])

    def test_a_signal_ends_the_measuring_of_the_speed(self):
        process = self.start("--time", "1h", out=self.out)
        wait_until((self.out / "run.lock").exists)  # signals are noted from here on
        time.sleep(0.5)
        process.terminate()
        begin = time.monotonic()
        process.communicate(timeout=60)
        self.assertLess(time.monotonic() - begin, 8)  # it measures for ten seconds
        self.assertEqual(process.returncode, 128 + 15)
        self.assertFalse(self.out.exists())

    def test_a_folder_that_is_moved_ends_its_run_and_the_next_one_is_left_alone(self):
        process = self.start("--steps", 100000, "--set", "checkpoints.every_kimg=0.04", "--set", "log_every=5", out=self.out)
        self.wait_for_checkpoint(process)
        self.out.rename(self.folder / "moved")
        self.begin()
        _, errors = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 1)
        self.assertIn("was moved, or its run.lock removed", errors)
        self.assertEqual(self.checkpoints()[-1], "step-00000040.safetensors")
        self.assertTrue(list((self.folder / "moved/checkpoints").glob("step-*.safetensors")))
        self.assertFalse((self.out / "run.lock").exists())

    def test_a_start_whose_folder_is_moved_sets_nothing_of_the_next_run_aside(self):
        self.begin()
        other, moved = self.folder / "other", self.folder / "moved"
        self.assertEqual(self.train("--steps", 10, "--seed", 9, out=other).returncode, 0)
        newest = self.out / "checkpoints" / self.checkpoints()[-1]
        process = self.start("--resume", newest, "--time", "100s", out=other)  # it measures its rate for five seconds
        wait_until(lambda: (other / "run.lock").exists() or process.poll() is not None)
        other.rename(moved)
        self.assertEqual(self.train("--steps", 10, "--seed", 5, out=other).returncode, 0)
        before = self.contents(other)
        _, errors = process.communicate(timeout=120)
        self.assertEqual(process.returncode, 1, errors)
        self.assertIn("was moved, or its run.lock removed", errors)
        self.assertEqual(self.contents(other), before)

    def test_images_that_are_gone_end_a_run_that_keeps_its_last_step(self):
        constant = [word for network in ("generator", "discriminator") for word in ("--set", f"training.{network}_schedule=constant")]
        constant += ["--set", "training.ema.ramp_up=0"]
        process = self.start("--steps", 100000, *constant, "--set", "loader.cache_mebibytes=0", "--set", "log_every=5", out=self.out)
        while not has_rows(self.out):
            self.assertIsNone(process.poll())
            time.sleep(0.01)
        self.images.rename(self.folder / "gone")
        _, errors = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 1, errors)
        self.assertIn("cannot be used", errors)
        saved = self.checkpoints()
        self.assertEqual(len(saved), 1)
        (self.folder / "gone").rename(self.images)
        step = int(saved[0][5:13])
        again = self.train("--steps", step + 5, *constant)
        self.assertEqual(again.returncode, 0, again.stderr)
        whole = self.train("--steps", step + 5, *constant, out=self.folder / "whole")
        self.assertEqual(whole.returncode, 0, whole.stderr)
        self.assertEqual(*(tensors(out / f"checkpoints/step-{step + 5:08}.safetensors") for out in (self.out, self.folder / "whole")))

    @unittest.skipIf("ASAN_OPTIONS" in os.environ, "no library may be loaded before the address sanitizer's")
    @unittest.skipUnless(shutil.which("cc"), "needs a C compiler for a disk that does not answer")
    def test_a_disk_that_does_not_answer_any_more_is_left_at_the_first_signal(self):
        library, gone = self.folder / "hang.so", self.folder / "gone"
        (self.folder / "hang.c").write_text(HANGING_OPEN)
        subprocess.run(["cc", "-shared", "-fPIC", "-o", library, self.folder / "hang.c"], check=True)
        constant = [word for network in ("generator", "discriminator") for word in ("--set", f"training.{network}_schedule=constant")]
        constant += ["--set", "training.ema.ramp_up=0", "--set", "loader.cache_mebibytes=0", "--set", "log_every=1000"]
        process = subprocess.Popen([PROGRAMS / "celeba_train", "--data", self.images, "--out", self.out, *SMALL, *constant, "--steps", "100000"],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                   env={**os.environ, "LD_PRELOAD": str(library), "HANG_IF": str(gone)})
        wait_until(lambda: (self.out / "samples/step-00000000.png").exists())
        time.sleep(0.5)
        gone.touch()
        time.sleep(2)  # until all that was read ahead is used
        process.terminate()
        output, errors = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 143, errors)
        self.assertRegex(output, r"stopped after \d+ steps")
        self.assertFalse((self.out / "run.lock").exists())
        [saved] = self.checkpoints()
        step = int(saved[5:13])
        self.assertEqual(json.loads((self.out / "metrics.jsonl").read_text().splitlines()[-1])["step"], step)
        for out in (self.out, self.folder / "whole"):
            result = self.train("--steps", step + 5, *constant, out=out)
            self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(*(tensors(out / f"checkpoints/step-{step + 5:08}.safetensors") for out in (self.out, self.folder / "whole")))

    def test_closed_outputs_and_files_that_may_not_grow_stop_nothing_silently(self):
        (self.images / "cut.png").write_bytes(b"\x89PNG")  # so that there is something to warn of
        def close():
            os.close(1)
            os.close(2)
        command = [PROGRAMS / "celeba_train", "--data", self.images, *SMALL, "--set", "checkpoints.every_kimg=0.04", "--set", "log_every=5"]
        closed = subprocess.run([*command, "--out", self.out, "--steps", "20"], preexec_fn=close, timeout=120)
        self.assertEqual(closed.returncode, 0)
        for file in self.out.rglob("*"):
            if file.is_file() and file.suffix != ".html":  # which has the command
                self.assertNotIn(b"celeba_train: ", file.read_bytes(), file)
        limited = subprocess.run([*command, "--out", self.folder / "limited", "--steps", "20"], capture_output=True, text=True, timeout=120,
                                 preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000)))
        self.assertEqual(limited.returncode, 1, limited.stderr)
        self.assertIn("File too large", limited.stderr)

    def test_a_pipe_is_no_checkpoint_and_a_quoted_home_is_found(self):
        pipe = self.folder / "step-00000010.safetensors"
        os.mkfifo(pipe)
        self.assert_refused(run("sample", "--checkpoint", pipe), 1, "is a pipe")
        self.begin(20)
        home = {**os.environ, "HOME": str(self.folder)}
        drawn = subprocess.run([PROGRAMS / "sample", "--checkpoint", "~/run", "--out", "~/drawn", "--count", "1"], env=home, capture_output=True, text=True)
        self.assertEqual(drawn.returncode, 0, drawn.stderr)
        self.assertTrue((self.folder / "drawn/sample-000000.png").exists())

    def test_a_folder_with_somebody_elses_files_is_refused(self):
        self.out.mkdir()
        (self.out / "metrics.jsonl").write_text('{"epoch": 1, "loss": 3}\n')
        self.assert_refused(self.train("--steps", 5), 1, "metrics.jsonl", "--out")
        self.assertEqual([file.name for file in self.out.iterdir()], ["metrics.jsonl"])

    def test_a_checkpoint_of_other_networks_is_refused_with_the_option_that_differs(self):
        self.begin(20)
        self.assert_refused(self.train("--steps", 30, "--set", "generator.base_channels=8"), 1, "another network", "generator.base_channels (4 -> 8)", "--out")

    def test_keys_without_end_are_refused(self):
        recipe = self.folder / "deep.toml"
        recipe.write_text("a." * 50000 + "b = 1\n")
        self.assert_refused(self.train("--recipe", recipe), 2, "deep.toml", "too many parts")

    def test_a_recipes_name_leads_nowhere_else(self):
        for name in ("../elsewhere", "/tmp/x", "..", ""):
            self.assert_refused(run("celeba_train", "--data", self.images, *SMALL, "--steps", 1, "--set", f"name={name}"), 2, "name", "--out")

    def test_a_checkpoints_folder_that_is_removed_is_made_again(self):
        process = self.start("--steps", 100000, "--set", "checkpoints.every_kimg=0.04", out=self.out)
        self.wait_for_checkpoint(process)
        shutil.rmtree(self.out / "checkpoints")
        self.wait_for_checkpoint(process)
        process.terminate()
        self.assertEqual(process.wait(timeout=60), 143)
        process.communicate()

    def test_what_only_draws_ends_no_run(self):
        self.begin(1)
        shutil.rmtree(self.out / "curves", ignore_errors=True)
        (self.out / "animation.webp").unlink(missing_ok=True)
        (self.out / "curves").write_text("a file")
        (self.out / "animation.webp").mkdir()
        result = self.train("--steps", 5)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("finished after 5 steps", result.stdout)
        self.assertIn("curves", result.stderr)
        self.assertIn("animation.webp", result.stderr)

    def test_rows_that_are_there_twice_are_drawn_once(self):
        self.begin()
        log = self.out / "metrics.jsonl"
        log.write_text(log.read_text() + "".join(log.read_text().splitlines(True)[:3]))
        result = run("report_run", self.out, "--animation", "none")
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_a_run_whose_checkpoints_are_gone_is_refused_and_left_as_it_is(self):
        self.begin()
        (self.out / "checkpoints").rename(self.folder / "elsewhere")
        (self.out / "checkpoints").mkdir()
        before = self.contents(self.out)
        self.assert_refused(self.train("--steps", 60), 1, "none of them is in", "checkpoints", "--out")
        self.assert_refused(self.train("--steps", 60, "--seed", 9), 1, "none of them is in")  # and nothing else is said
        self.assertEqual(self.contents(self.out), before)
        (self.out / "checkpoints").rmdir()
        (self.folder / "elsewhere").rename(self.out / "checkpoints")
        self.assertIn("step-00000040.safetensors (step 40", self.train("--steps", 60).stdout)

    def test_a_run_that_lost_its_folder_writes_nothing_into_the_one_that_is_there_now(self):
        self.begin(20)
        self.out.rename(self.folder / "other")
        before = self.contents(self.folder / "other")
        for number in (20, 19):  # SIGTSTP and SIGSTOP
            process = self.start("--steps", 100000, "--set", "checkpoints.every_kimg=0.004", "--set", "samples.every_kimg=0.004", out=self.out)
            self.wait_for_checkpoint(process)
            process.send_signal(number)
            time.sleep(0.1)
            self.out.rename(self.folder / f"moved-{number}")
            (self.folder / "other").rename(self.out)
            process.send_signal(18)  # SIGCONT
            _, errors = process.communicate(timeout=60)
            self.assertEqual(process.returncode, 1, errors)
            self.assertEqual(errors.count("was moved, or its run.lock removed"), 1, errors)
            self.out.rename(self.folder / "other")
            self.assertEqual(self.contents(self.folder / "other"), before)

    def test_somebody_elses_pictures_are_not_overwritten(self):
        for name in ("samples/step-00000000.png", "curves/losses.png", "animation.webp"):
            file = self.folder / name.replace("/", "-") / name
            file.parent.mkdir(parents=True)
            file.write_text("mine")
            out = self.folder / name.replace("/", "-")
            self.assert_refused(self.train("--steps", 2, out=out), 1, "is of no run of cspgan", "--out")
            self.assertEqual(self.contents(out), {file: b"mine"})

    def test_a_terminal_that_takes_nothing_does_not_stop_a_run(self):
        master, terminal = os.openpty()
        process = subprocess.Popen([PROGRAMS / "celeba_train", "--data", self.images, "--out", self.out, *SMALL, "--steps", "100000",
                                    "--set", "evaluation.every_kimg=0", "--set", "checkpoints.every_kimg=1000"],
                                   stdout=terminal, stderr=terminal, stdin=terminal)
        wait_until(lambda: has_rows(self.out))
        termios.tcflow(terminal, termios.TCOOFF)  # as Ctrl-S does
        time.sleep(1)
        rows = len((self.out / "metrics.jsonl").read_text())
        time.sleep(1)
        self.assertGreater(len((self.out / "metrics.jsonl").read_text()), rows)
        process.terminate()
        self.assertEqual(process.wait(timeout=60), 143)
        self.assertEqual(len(self.checkpoints()), 1)
        os.close(master)
        os.close(terminal)

    def test_a_batch_systems_signals_save_the_last_step(self):
        for number in (10, 24):  # SIGUSR1 and SIGXCPU
            process = self.start("--steps", 100000, "--set", "checkpoints.every_kimg=1000", out=self.folder / str(number))
            wait_until(lambda: has_rows(self.folder / str(number)))
            process.send_signal(number)
            process.communicate(timeout=60)
            self.assertEqual(process.returncode, 128 + number)
            self.assertEqual(len(list((self.folder / str(number) / "checkpoints").iterdir())), 1)

    def test_another_number_of_threads_is_said(self):
        self.begin(10)
        self.assertEqual(self.train("--steps", 12).stderr.count("threads"), 0)
        again = self.train("--steps", 14, "--threads", 2)
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertIn("continues with 2 threads and had 1", again.stderr)

    def test_too_many_open_files_are_not_the_images_fault(self):
        process = self.start("--steps", 100000, "--set", "loader.cache_mebibytes=0", "--set", "log_every=1", out=self.out)
        log = self.out / "metrics.jsonl"
        wait_until(lambda: log.exists() and log.read_text())
        limit = resource.prlimit(process.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (5, limit[1]))
        time.sleep(1)
        resource.prlimit(process.pid, resource.RLIMIT_NOFILE, limit)
        rows = log.read_text().count("\n")
        wait_until(lambda: log.read_text().count("\n") > rows + 5)
        process.terminate()
        _, errors = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 143, errors)
        self.assertNotIn("skipped", errors)

    def test_no_option_writes_over_a_runs_own_files(self):
        self.begin()
        before = self.contents(self.out)
        newest = self.out / "checkpoints/step-00000040.safetensors"
        self.assert_refused(run("sample", "--checkpoint", self.out, "--grid", "2x2", "--save-latents", newest, "--out", self.folder / "s"), 2,
                            "--save-latents", "a run's own file")
        self.assert_refused(run("compare_runs", self.out, self.out, "--out", self.out / "report.html"), 2, "--out", "a run's own file")
        self.assertEqual(self.contents(self.out), before)
        (self.folder / "other").mkdir()
        (self.folder / "other/run.json").write_text("{}")
        (self.folder / "other/report.html").write_text("mine")
        self.assert_refused(run("report_run", self.folder / "other"), 1, "report.html", "is of no run of cspgan")

    def test_no_option_writes_over_a_set_of_images(self):
        self.begin(5)
        packed = self.folder / "packed.npy"
        self.assertEqual(run("pack_dataset", "--data", self.images, "--out", packed, "--image-size", 16).returncode, 0)
        listed = self.images / "dataset.json"
        listed.write_text('{"labels": [["00.png", 1]]}')
        before = {path: path.read_bytes() for path in (packed, self.folder / "packed.npy.json", listed)}
        drawn = ["sample", "--checkpoint", self.out, "--count", 1, "--out", self.folder / "s", "--save-latents"]
        self.assert_refused(run(*drawn, packed), 2, "--save-latents", "belongs to a set of images")
        for path in (self.folder / "packed.npy.json", listed):
            refused = run("evaluate", "--checkpoint", self.out, "--data", self.images, "--json", path)
            self.assert_refused(refused, 2, "--json", "belongs to a set of images")
        self.assertEqual({path: path.read_bytes() for path in before}, before)
        for _ in range(2):  # what it has written itself it may write again
            self.assertEqual(run(*drawn, self.folder / "latents.npy").returncode, 0)

    def test_images_outside_of_a_sets_own_folder_are_counted(self):
        for name in ("thumbnails128x128", "celeba"):
            data = self.folder / f"pile-{name}"
            (data / "photos").mkdir(parents=True)
            (data / name).mkdir()
            for i in range(7):
                png(data / "photos" / f"{i}.png", value=i)
            for i in range(5):
                png(data / name / f"{i:05}.png", value=i)
            if name == "celeba":
                (data / name / "list_eval_partition.txt").write_text("".join(f"{i:05}.png 0\n" for i in range(5)))
            program = "ffhq_train" if name != "celeba" else "celeba_train"
            result = run(program, "--data", data, "--out", self.folder / name, *SMALL, "--steps", 1)
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertIn("7 images outside of the set's own folder", result.stdout + result.stderr)

    def test_a_parent_is_looked_for_beside_its_recipe(self):
        recipes = self.folder / "recipes"
        recipes.mkdir()
        (recipes / "base.toml").write_text('parent = "faces"\nlog_every = 3\n')
        (recipes / "own.toml").write_text('parent = "base.toml"\n')
        result = self.train("--recipe", recipes / "own.toml", "--steps", 1)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(json.loads((self.out / "run.json").read_text())["recipe"]["log_every"], 3)

    def test_a_huge_file_among_the_images_is_skipped_by_name(self):
        png(self.images / "huge.png")
        os.truncate(self.images / "huge.png", 30 << 30)
        result = self.train("--steps", 4, "--set", "loader.max_bad_share=0.2")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("huge.png", result.stderr)
        self.assertIn("no picture needs", result.stderr)

    def test_weights_for_a_new_run_are_not_taken_by_one_that_goes_on_and_it_says_so(self):
        self.begin()
        result = self.train("--steps", 45, "--init", self.folder / "none")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("--init is for new runs", result.stderr)

    def test_a_loop_of_links_is_not_taken_for_the_images(self):
        (self.folder / "one").symlink_to(self.folder / "two")
        (self.folder / "two").symlink_to(self.folder / "one")
        result = self.train("--steps", 1, out=self.folder / "one")
        self.assertEqual(result.returncode, 1)
        self.assertNotIn("are in the folder of the run", result.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
