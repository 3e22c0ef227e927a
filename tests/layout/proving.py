"""Shows that a check of the project's files catches what it is for."""
import pathlib
import sys
import tempfile


def prove(good, broken, offenses):
    """Checks that offenses(folder) finds nothing in a tree of the files `good`, {name: text}, and that sentence in each
    tree that differs from it by one of `broken`, {sentence: {name: text}}. A text of None leaves the file out."""
    for expected, change in [(None, {}), *broken.items()]:
        with tempfile.TemporaryDirectory() as folder:
            for name, text in {**good, **change}.items():
                if text is not None:
                    file = pathlib.Path(folder) / name
                    file.parent.mkdir(parents=True, exist_ok=True)
                    file.write_text(text)
            found = list(offenses(folder))
            if expected is None and found:
                sys.exit(f"a good tree is refused: {found}")
            if expected is not None and not any(expected in sentence for sentence in found):
                sys.exit(f"not caught: {expected!r}; found {found}")
    print(f"{len(broken)} broken trees caught, the good one let through")
