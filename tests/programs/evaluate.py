"""The program evaluate as a user runs it: metrics, cache, pictures; and the attributes of avatars at the end of a run.

usage: evaluate.py FOLDER_OF_PROGRAMS [unittest options]
"""
import hashlib
import json
import os
import shutil
import subprocess
import unittest

from support import PROGRAMS, SMALL, Case, run, run_into, run_on_terminal, png, png_size, png_rows


class Metrics(Case):
    def setUp(self):
        super().setUp()
        self.fakes = self.folder / "fakes"
        self.fakes.mkdir()
        for i in range(9):
            png(self.fakes / f"{i}.png", value=i + 20)
        self.json = self.folder / "metrics.json"

    def evaluate(self, *arguments, cache=None, metrics="fid,kid,prdc,one_nn,diversity,nearest"):
        result = run("evaluate", "--data", self.images, "--metrics", metrics, "--json", self.json, "--threads", 1,
                     "--cache", cache or self.folder / "cache", *arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        report = json.loads(self.json.read_text())
        return result, {metric["key"]: metric for metric in report["metrics"]}, report

    def test_two_folders_are_compared_with_the_counts_beside_the_metrics(self):
        result, metrics, report = self.evaluate("--fake", self.fakes)
        self.assertEqual(metrics["fid"]["name"], "FD-builtin")
        self.assertEqual((metrics["fid"]["real_count"], metrics["fid"]["fake_count"]), (12, 9))
        self.assertEqual((metrics["precision"]["real_count"], metrics["one_nn"]["fake_count"]), (9, 9))
        self.assertIn("spread", metrics["kid"])
        self.assertEqual(len(report["closest"]), 9)
        self.assertRegex(report["closest"][0]["real"], r"^\d\d.png$")
        self.assertIn("9 images in 256 dimensions", result.stderr)
        for metric in metrics.values():
            self.assertIn(metric["name"], result.stdout)
        self.assertNotRegex(result.stdout + self.json.read_text(), r"\bFID\b|\bKID\b")

    def test_what_is_left_out_of_either_is_said(self):
        (self.fakes / "more.tif").write_bytes(b"somebody's")
        listed = self.folder / "list.csv"
        listed.write_text("file\n" + "".join(f"{self.images / name}\n" for name in ("00.png", "01.png", "gone.png", "02.png")))
        result = run("evaluate", "--data", listed, "--fake", self.fakes, "--metrics", "nearest", "--threads", 1,
                     "--cache", self.folder / "cache")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("fakes: found 9 images (PNG 9); left out: 1 file in formats that are not read (.tif 1)", result.stderr)
        self.assertIn("reals: found 3 images of the list 'list.csv' (PNG 3), 1 more are listed but not there", result.stderr)

    def test_a_folder_against_itself_is_at_distance_0_and_all_copies(self):
        _, metrics, _ = self.evaluate("--fake", self.images)
        self.assertLess(metrics["fid"]["value"], 1e-6)
        self.assertEqual(metrics["one_nn"]["value"], 0)
        self.assertEqual(metrics["nearest"]["value"], 0)

    def test_a_checkpoint_gives_the_metrics_of_the_files_that_sample_writes(self):
        self.assertEqual(self.train("--steps", 2).returncode, 0)
        checkpoint, files = self.folder / "run", self.folder / "samples"
        self.assertEqual(run("sample", "--checkpoint", checkpoint, "--out", files, "--count", 20).returncode, 0)
        _, direct, report = self.evaluate("--checkpoint", checkpoint, "--count", 20, metrics="fid,nearest")
        self.assertEqual(report["image_size"], 32)
        _, written, _ = self.evaluate("--fake", files, "--image-size", 32, metrics="fid,nearest")
        for key in ("fid", "nearest"):
            self.assertEqual(direct[key]["fake_count"], 20)
            self.assertAlmostEqual(direct[key]["value"] / written[key]["value"], 1, places=5)

    def test_the_cache_gives_the_same_metrics_and_is_never_stale_or_damaged(self):
        first, made, _ = self.evaluate("--fake", self.fakes)
        self.assertNotIn("features of", first.stderr)
        again, known, _ = self.evaluate("--fake", self.fakes)
        self.assertIn("features of 12 images", again.stderr)
        self.assertEqual(made, known)
        self.assertNotIn("features of 12", self.evaluate("--fake", self.fakes, "--resizing", "clean-fid")[0].stderr)
        self.assertNotIn("features of 12", self.evaluate("--fake", self.fakes, "--image-size", 32)[0].stderr)

        for file in (self.folder / "cache").iterdir():
            content = bytearray(file.read_bytes())
            content[-20] ^= 1
            file.write_bytes(content)
        damaged, mended, _ = self.evaluate("--fake", self.fakes)
        self.assertIn("made anew", damaged.stderr)
        self.assertEqual(made, mended)

        file = self.images / "03.png"  # another picture, of the same name and the same time
        times = (file.stat().st_atime_ns, file.stat().st_mtime_ns)
        png(file, value=77)
        os.utime(file, ns=times)
        changed, other, _ = self.evaluate("--fake", self.fakes)
        self.assertNotIn("features of 12", changed.stderr)
        self.assertNotEqual(made["fid"]["value"], other["fid"]["value"])

    def test_an_unreadable_image_is_named_left_out_and_not_counted(self):
        (self.images / "05.png").write_bytes(b"no picture")
        result, metrics, _ = self.evaluate("--fake", self.fakes)
        self.assertIn("'05.png' is left out", result.stderr)
        self.assertEqual(metrics["fid"]["real_count"], 11)

    def test_images_of_another_size_are_warned_of(self):
        for i in range(9):
            png(self.fakes / f"{i}.png", size=24, value=i)
        self.assertIn("an image size of 24", self.evaluate("--fake", self.fakes)[0].stderr)

    def test_a_warning_of_sizes_advises_no_size_that_would_be_refused(self):
        png(self.images / "11.png", size=1)
        warnings = " ".join(self.evaluate("--fake", self.fakes, metrics="fid")[2]["warnings"])
        self.assertIn("from 1x1 to 40x40 pixels", warnings)
        self.assertNotIn("an image size of", warnings)

    def test_a_single_image_of_another_size_is_warned_of_also_where_features_come_from_the_cache(self):
        _, _, report = self.evaluate("--fake", self.fakes)
        self.assertNotIn("pixels", " ".join(report["warnings"]))
        png(self.images / "11.png", size=30, value=3)
        for cached in (False, True):
            result, _, report = self.evaluate("--fake", self.fakes)
            self.assertEqual("features of 12 images" in result.stderr, cached)
            self.assertIn("the fakes have 40x40 pixels and the reals 2 different sizes from 30x30 to 40x40 pixels",
                          result.stderr)
            self.assertIn("an image size of 30", " ".join(report["warnings"]))
        for size, words in ((36, ["1 of the 12 reals are smaller than 36 pixels", "from 30x30"]), (24, [])):
            warnings = " ".join(self.evaluate("--fake", self.fakes, "--image-size", size)[2]["warnings"])
            self.assertEqual("enlarged" in warnings, bool(words), warnings)
            for word in words:
                self.assertIn(word, warnings)

    def test_a_warning_on_a_terminal_takes_the_place_of_the_bar(self):
        for bad in ("05.png", "06.png"):
            (self.images / bad).write_bytes(b"no picture")
        code, written = run_on_terminal("evaluate", "--data", self.images, "--fake", self.fakes, "--cache", "none",
                                        "--metrics", "fid", "--threads", 1, "--batch-size", 1)
        self.assertEqual(code, 0, written)
        lines = written.replace("\r\n", "\n").split("\n")
        before = [line[:line.index("evaluate: warning")] for line in lines if "evaluate: warning" in line]
        self.assertGreater(len(before), 2)
        self.assertTrue(any("reals" in text for text in before), written)  # a bar was drawn
        for text in before:
            self.assertTrue(text.endswith("\r\x1b[K"), written)

    def test_the_json_file_says_what_was_compared_and_what_was_warned_of(self):
        (self.images / "05.png").write_bytes(b"no picture")
        png(self.images / "06.png", size=30)
        _, metrics, report = self.evaluate("--fake", self.fakes, "--subsets", 7)
        warnings = "\n".join(report["warnings"])
        for words in ("'05.png' is left out", "different sizes", "9 images in 256 dimensions", "each of its subsets takes 9 of the 9 images"):
            self.assertIn(words, warnings)
        self.assertEqual((metrics["kid"]["subsets"], metrics["kid"]["subset_size"]), (7, 9))
        self.assertNotIn("subsets", metrics["fid"])
        self.assertEqual(report["partition"], "all")
        for absent in ("checkpoint", "step", "extractor_sha256"):
            self.assertNotIn(absent, report)

        self.assertEqual(self.train("--steps", 3).returncode, 0)
        _, _, report = self.evaluate("--checkpoint", self.folder / "run", "--count", 8, metrics="fid")
        self.assertEqual((report["checkpoint"], report["step"]), ("step-00000003.safetensors", 3))

    def test_the_json_file_names_the_network_by_its_checksum(self):
        network = self.folder / "mean.pt"
        try:
            import torch
        except ImportError as error:
            self.skipTest(str(error))

        class Mean(torch.nn.Module):
            def forward(self, x):
                return x.to(torch.float32).mean([2, 3])

        torch.jit.script(Mean()).save(str(network))
        _, _, report = self.evaluate("--fake", self.fakes, "--features", network, metrics="fid")
        self.assertEqual(report["extractor"], "mean")
        self.assertEqual(report["extractor_sha256"], hashlib.sha256(network.read_bytes()).hexdigest())
        self.assert_refused(run("evaluate", "--data", self.images, "--fake", self.fakes, "--cache", "none",
                                "--features", network, "--metrics", "inception_score"), 2, "metrics", "mean")

    def test_pictures_show_the_copies_first_and_a_map_of_all(self):
        pictures = self.folder / "some" / "pictures"
        shutil.copy(self.images / "07.png", self.fakes / "copy.png")
        self.evaluate("--fake", self.fakes, metrics="fid")
        drawn = self.evaluate("--fake", self.fakes, "--pictures", pictures, metrics="fid")[0]
        self.assertIn("features of 12 images", drawn.stderr)  # that they come from the cache takes no picture away
        self.assertIn("map.png", drawn.stdout)
        # A row for each fake: it and three reals, of 128 pixels where no size is given.
        self.assertEqual(png_size(pictures / "nearest.png"), (4 * 130 + 2, 10 * 130 + 2))
        self.assertEqual(png_size(pictures / "map.png"), (1600, 1600))
        self.evaluate("--fake", self.fakes, "--pictures", pictures, "--image-size", 40, metrics="fid")
        self.assertEqual(png_size(pictures / "nearest.png"), (4 * 82 + 2, 10 * 82 + 2))
        rows = png_rows(pictures / "nearest.png")
        first = [[row[3 * left:3 * (left + 80)] for row in rows[2:82]] for left in (2, 84, 166)]
        self.assertEqual(first[0], first[1])  # the copy and what it is a copy of
        self.assertNotEqual(first[0], first[2])

    def test_pictures_of_a_checkpoint_are_those_of_the_files_that_sample_writes(self):
        self.assertEqual(self.train("--steps", 2).returncode, 0)
        checkpoint, files = self.folder / "run", self.folder / "samples"
        self.assertEqual(run("sample", "--checkpoint", checkpoint, "--out", files, "--count", 4).returncode, 0)
        drawn = []
        for name, fakes in (("drawn", ["--checkpoint", checkpoint]), ("read", ["--fake", files, "--image-size", 32])):
            self.evaluate(*fakes, "--count", 4, "--pictures", self.folder / name, metrics="nearest")
            self.assertEqual(png_size(self.folder / name / "nearest.png"), (4 * 98 + 2, 4 * 98 + 2))  # 32 pixels, times 3
            drawn.append(b"".join(png_rows(self.folder / name / "nearest.png")[3::3]))
        apart = [abs(one - other) for one, other in zip(*drawn)]
        self.assertLessEqual(max(apart), 1)  # one image at a time rounds differently from many
        self.assertLess(sum(apart) / len(apart), 0.01)

    def test_pictures_that_would_join_the_images_are_refused(self):
        good = ["--data", self.images, "--fake", self.fakes, "--cache", "none"]
        (self.folder / "link").symlink_to(self.images)
        for pictures, option in ((self.images, "--data"), (self.images / "new" / "seen", "--data"),
                                 (self.folder / "link" / "seen", "--data"), (self.fakes / "seen", "--fake")):
            self.assert_refused(run("evaluate", *good, "--pictures", pictures), 2, "--pictures", option, "outside")
        self.assertEqual(len(list(self.images.iterdir())), 12)
        self.evaluate("--fake", self.fakes, "--pictures", self.folder / "images-seen", metrics="fid")  # beside them

    def test_wrong_usage_is_refused(self):
        good = ["--data", self.images, "--fake", self.fakes, "--cache", "none"]
        (self.folder / "text.pt").write_text("no network")
        for arguments, code, word in (
                (["--data", self.images], 2, "--checkpoint"), ([*good, "--checkpoint", "x"], 2, "--fake"),
                ([*good, "--metrics", "fdi"], 2, "fid"), ([*good, "--metrics", "fid,fid"], 2, "twice"),
                ([*good, "--fid"], 2, "Inception"), ([*good, "--resizing", "clean"], 2, "clean-fid"),
                ([*good, "--partition", "validation"], 2, "--holdout"), ([*good, "--count", 1], 2, "--count"),
                ([*good, "--features", self.folder / "none.pt"], 1, "none.pt"),
                ([*good, "--features", self.folder / "text.pt"], 1, "TorchScript"),
                ([*good, "--metrics", "inception_score"], 2, "builtin"),
                ([*good, "--neighbors", 9], 2, "--neighbors"), ([*good, "--count", 5, "--metrics", "prdc"], 2, "--count"),
                ([*good, "--real-count", 3], 2, "3 real and 9 generated"),
                ([*good, "--pictures", self.folder / "text.pt" / "seen"], 1, "text.pt/seen"),
                ([*good, "--json", ""], 2, "--json"), ([*good, "--pictures", ""], 2, "--pictures"),
                (["--data", self.folder / "nowhere", "--fake", self.fakes, "--cache", "none"], 1, "nowhere")):
            self.assert_refused(run("evaluate", *arguments), code, word)

    def test_a_table_that_cannot_be_written_is_an_error_unless_its_reader_went_away(self):
        arguments = ["evaluate", "--data", self.images, "--fake", self.fakes, "--cache", "none", "--metrics", "fid",
                     "--threads", 1, "--json", self.json]
        with open("/dev/full", "w") as full:
            result = run_into(full, *arguments)
            self.assertEqual(result.returncode, 1)
            self.assertIn("evaluate: error: cannot write to standard output: No space left", result.stderr)
            self.assertEqual(json.loads(self.json.read_text())["metrics"][0]["key"], "fid")
            for words in (("evaluate", "--help"), ("celeba_train", "--describe")):
                self.assertEqual(run_into(full, *words).returncode, 1, words)
        for words in (arguments, ("evaluate", "--help"), ("celeba_train", "--describe"), ("celeba_train", "--help")):
            reader, writer = os.pipe()
            os.close(reader)
            result = run_into(writer, *words)
            os.close(writer)
            self.assertEqual(result.returncode, 0, (words, result.stderr))

    def test_what_cannot_be_written_is_refused_before_any_work(self):
        good = ["--data", self.images, "--fake", self.fakes, "--cache", self.folder / "cache"]
        seen = self.folder / "seen"
        (seen / "map.png").mkdir(parents=True)
        pipe = self.folder / "pipe"
        os.mkfifo(pipe)
        for arguments, words in ((["--json", self.folder], ["--json", "is a folder"]),
                                 (["--json", pipe], ["--json", "is a pipe"]),
                                 (["--json", self.folder / "nowhere" / "a.json"], ["--json", "nowhere"]),
                                 (["--json", self.folder / ("x" * 300)], ["--json", "xxx"]),
                                 (["--json", "/proc/metrics.json"], ["--json", "/proc/metrics.json"]),
                                 (["--pictures", seen], ["--pictures", "map.png"])):
            self.assert_refused(run("evaluate", *good, *arguments), 2, *words)
        self.assertFalse((self.folder / "cache").exists())  # nothing was read
        self.assertTrue(pipe.is_fifo())
        picture = self.images / "00.png"
        before = picture.read_bytes()
        self.assert_refused(run("evaluate", *good, "--json", picture), 2, "--json", "00.png", "no .json file")
        self.assertEqual(picture.read_bytes(), before)
        self.json.write_text("an older file")
        self.assert_refused(run("evaluate", *good, "--json", self.json, "--metrics", "fdi"), 2, "fid")
        self.assertEqual(self.json.read_text(), "an older file")
        self.assertEqual([file for file in self.folder.iterdir() if file.suffix == ".part"], [])


class AttributePrediction(Case):
    def test_the_quick_start_ends_with_what_its_generator_covers_and_evaluate_says_the_same(self):
        cache = {"XDG_CACHE_HOME": str(self.folder / "cache"), **{k: v for k, v in os.environ.items() if k != "XDG_CACHE_HOME"}}
        def call(program, *arguments):
            result = subprocess.run([PROGRAMS / program, *map(str, arguments), "--threads", "1"], env=cache,
                                    capture_output=True, text=True, timeout=1500)
            self.assertEqual(result.returncode, 0, result.stderr)
            return result
        out = self.folder / "run"
        small = [argument for argument in SMALL if argument not in ("--threads", "1")]
        first = call("quickstart", "--out", out, *small, "--steps", 3, "--set", "measure_attributes=150")
        metrics = json.loads((out / "avatars.json").read_text())
        self.assertEqual(metrics["count"], 150)
        self.assertEqual(metrics["checkpoint"], "step-00000003.safetensors")
        self.assertIn(f"{metrics['styles']['found']} of 4032 styles", first.stdout)
        self.assertLess(metrics["styles"]["found"], metrics["styles"]["expected"])  # three steps: gray, all alike
        for attribute in metrics["attributes"]:
            self.assertGreaterEqual(attribute["accuracy"], 0.99, attribute["name"])
            self.assertGreater(attribute["clear_of_true"], 0.9, attribute["name"])
            self.assertTrue(0 <= attribute["clear"] <= 1)
            self.assertIn(attribute["name"], first.stdout)
            self.assertEqual(sum(value["count"] for value in attribute["values"]), 150)
            self.assertAlmostEqual(attribute["distance"],
                                   sum(abs(value["share"] - value["truth"]) for value in attribute["values"]) / 2)

        (classifier,) = (self.folder / "cache" / "cspgan" / "classifiers").iterdir()
        made = classifier.stat().st_mtime_ns
        call("evaluate", "--avatars", "--checkpoint", out, "--count", 150, "--json", self.folder / "again.json")
        again = json.loads((self.folder / "again.json").read_text())
        again.pop("command")
        self.assertEqual(again, metrics)
        self.assertEqual(classifier.stat().st_mtime_ns, made)

    def test_wrong_usage_is_refused(self):
        self.assert_refused(run("evaluate", "--avatars"), 2, "--checkpoint")
        self.assert_refused(run("evaluate", "--avatars", "--checkpoint", "x", "--data", self.images), 2, "--data")
        self.assert_refused(run("evaluate", "--avatars", "--checkpoint", "x", "--pictures", self.folder), 2, "--pictures")
        self.assert_refused(run("evaluate", "--avatars", "--checkpoint", self.folder / "none"), 1, "none")
        self.assert_refused(run("evaluate", "--checkpoint", "x"), 2, "--data", "--avatars")
        self.assert_refused(run("quickstart", "--steps", 1, "--set", "measure_attributes=-1"), 2, "measure_attributes")


if __name__ == "__main__":
    unittest.main(verbosity=2)
