"""The program style_generator as a user runs it.

usage: styles.py FOLDER_OF_PROGRAMS [unittest options]
"""
import unittest

from support import Case, run


class Styles(Case):
    def styles(self, *arguments):
        return run("style_generator", "--out", self.folder / "styles.png", *arguments)

    def table(self, text):
        (self.folder / "people.csv").write_text(text)
        return self.folder / "people.csv"

    def test_observed_styles_are_told_and_drawn(self):
        result = self.styles("--probability", "hair=long_straight,hair_color=silver,glasses=none,clothes=scoop_neck,clothes_color=pink")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("clothes_color=pink  0.00244593\n", result.stdout)
        self.assertEqual(result.stdout.count("hair="), 17)
        self.assertEqual((self.folder / "styles.png").read_bytes()[:8], b"\x89PNG\r\n\x1a\n")
        self.assertEqual(self.styles("--seed", 0).stdout.splitlines()[-5:], result.stdout.splitlines()[-5:])

    def test_a_table_of_ones_own_decides_what_is_drawn(self):
        result = self.styles("--table", self.table("glasses,hair\nround,bun\nround,curly\n"), "--smoothing", 0, "--count", 30)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(result.stdout.count("glasses=round"), 30)
        self.assertEqual(result.stdout.count("hair=bun,") + result.stdout.count("hair=curly,"), 30)

    def test_what_cannot_be_counted_or_asked_is_refused_in_a_line(self):
        self.assert_refused(self.styles("--table", self.table("hair\nbld\n")), 2, "line 2", "did you mean 'bald'")
        self.assert_refused(self.styles("--table", self.table("height\ntall\n")), 2, "line 1", "no feature 'height'")
        self.assert_refused(self.styles("--table", self.folder / "none.csv"), 1, "none.csv")
        self.assert_refused(self.styles("--smoothing", -1), 2, "smoothing")
        self.assert_refused(self.styles("--probability", "hair=blue"), 2, "no value of hair 'blue'")
        self.assert_refused(self.styles("--count", 0), 2, "--count")
        self.assertFalse((self.folder / "styles.png").exists())


if __name__ == "__main__":
    unittest.main(verbosity=2)
