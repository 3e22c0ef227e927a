"""What training programs and pack_dataset do with archives, lists and packed sets, as a user runs them.

usage: data.py FOLDER_OF_PROGRAMS [unittest options]
"""
import ast
import signal
import subprocess
import unittest
import zipfile

from support import PROGRAMS, Case, run, png, wait_until


class Data(Case):
    def pack(self, *arguments, data=None, out="set.npy"):
        return run("pack_dataset", "--data", data or self.images, "--out", self.folder / out, *arguments)

    def test_the_same_images_train_from_a_folder_an_archive_a_list_and_a_packed_set(self):
        archive = self.folder / "set.zip"
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
            for image in sorted(self.images.iterdir()):
                packed.write(image, image.name)
        listed = self.folder / "set.txt"
        listed.write_text("".join(f"{image}\n" for image in sorted(self.images.iterdir())))
        self.assertEqual(self.pack("--image-size", 32).returncode, 0)
        weights = set()
        for number, data in enumerate((self.images, archive, listed, self.folder / "set.npy")):
            result = self.train("--steps", 3, data=data, out=self.folder / f"run{number}")
            self.assertEqual(result.returncode, 0, result.stderr)
            log = (self.folder / f"run{number}/metrics.jsonl").read_text()
            weights.add(ast.literal_eval(log.splitlines()[0])["loss_d"])
        self.assertEqual(len(weights), 1, weights)

    def test_files_of_16_bits_that_use_12_and_images_that_are_nearly_constant_are_said_once(self):
        deep = self.folder / "deep"
        deep.mkdir()
        for value in range(6):
            png(deep / f"{value}.png", 32, value, twelve_bits=True)
        result = self.train("--steps", 8, data=deep)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(result.stdout.count("no image has a value above 15 of 255: files of 16 bits keep the upper 8"), 1, result.stdout)
        self.assertNotIn("nearly constant", result.stdout)
        usual = self.train("--steps", 30, out=self.folder / "usual")
        self.assertNotIn("no image has a value above", usual.stdout)

    def test_images_that_had_to_be_enlarged_are_counted_after_all_were_read_also_across_a_resume(self):
        mixed = self.folder / "mixed"
        mixed.mkdir()
        for number in range(20):
            width, height = (24, 20) if number % 2 else (64, 40)
            (mixed / f"{number:02}.ppm").write_bytes(b"P6 %d %d 255\n" % (width, height) + bytes(range(240)) * (width * height // 80))
        sentence = "10 of the 20 images are smaller than 32 pixels and are enlarged, which blurs them; the smallest has 24 x 20"
        first = self.train("--steps", 3, "--batch-size", 4, "--set", "loader.workers=0", data=mixed)  # reads no further
        self.assertEqual(first.returncode, 0, first.stderr)
        self.assertNotIn("are enlarged", first.stdout)
        second = self.train("--steps", 20, "--batch-size", 4, "--set", "training.generator_schedule=constant", "--set",
                            "training.discriminator_schedule=constant", data=mixed)
        self.assertEqual(second.returncode, 0, second.stderr)
        self.assertEqual((first.stdout + second.stdout).count(sentence), 1, second.stdout)
        self.assertEqual((first.stdout + second.stdout).count("are enlarged"), 1, second.stdout)
        packed = self.pack("--image-size", 32, data=mixed)
        self.assertEqual(packed.stdout.count(sentence), 1, packed.stdout)

    def test_packing_says_what_it_found_and_verifies(self):
        (self.images / "torn.png").write_bytes(b"\x89PNG\r\n\x1a\n torn")
        packed = self.pack("--image-size", 16, "--crop", "pad")
        self.assertEqual(packed.returncode, 0, packed.stderr)
        self.assertRegex(packed.stdout, r"found \d+ images \(PNG \d+\)")
        self.assertIn("left out 'torn.png': the PNG is", packed.stderr)
        with open(self.folder / "set.npy", "rb") as file:
            header = file.read(128)
        self.assertEqual(ast.literal_eval(header[10:].decode().strip())["shape"][1:], (3, 16, 16))
        self.assertEqual(run("pack_dataset", "--verify", self.folder / "set.npy").returncode, 0)
        self.assert_refused(self.pack("--image-size", 16), 2, "is there already")
        whole = (self.folder / "set.npy").read_bytes()
        (self.folder / "set.npy").write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        self.assert_refused(run("pack_dataset", "--verify", self.folder / "set.npy"), 1, "is damaged")
        self.assert_refused(run("pack_dataset", "--data", self.images), 2, "--out FILE.npy")
        self.assert_refused(self.pack(out="set.bin"), 2, "must end in .npy")

    def test_packing_that_is_stopped_goes_on(self):
        large = self.folder / "large"
        large.mkdir()
        png(large / "0.png", 600)
        listed = self.folder / "many.txt"
        listed.write_text("large/0.png\n" * 3000)
        command = [PROGRAMS / "pack_dataset", "--data", listed, "--image-size", "8", "--threads", "1", "--out", self.folder / "a.npy"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        part = self.folder / "a.npy.part"
        wait_until(lambda: part.exists() and part.stat().st_size > 192)
        process.send_signal(signal.SIGINT)
        output = process.communicate(timeout=60)[0]
        self.assertEqual(process.returncode, 130, output)
        self.assertIn("the same command goes on", output)
        self.assertFalse((self.folder / "a.npy").exists())
        again = subprocess.run(command, capture_output=True, text=True, timeout=120)
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertRegex(again.stdout, r"went on after the \d+ images")
        self.assertEqual((self.folder / "a.npy").stat().st_size, 128 + 3000 * 192)
        self.assertFalse(part.exists())


if __name__ == "__main__":
    unittest.main(verbosity=2)
