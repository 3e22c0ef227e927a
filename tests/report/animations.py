#!/usr/bin/env python3
"""Reads the animations that the library wrote with Pillow: frames, size, durations, loops, pixels.

    animations.py TEST_BINARY

TEST_BINARY (test_report) writes them. Returns 77 where Pillow or NumPy is missing.
"""
import os
import pathlib
import subprocess
import sys
import tempfile

try:
    import numpy
    from PIL import Image, ImageSequence, features
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)


def frame(index):
    """uint8 [40, 60, 3]; the same formula as in test_animation.cpp."""
    red, green = numpy.arange(60) * 4, numpy.arange(40)[:, None] * 6
    planes = [numpy.broadcast_to(plane, (40, 60)) for plane in (red, green, index * 50)]
    return numpy.stack(planes, axis=-1).astype(numpy.uint8)


def difference(image, index):
    return numpy.abs(numpy.asarray(image.convert("RGB")).astype(int) - frame(index))


def pillow_palette(index):
    """Mean error of Pillow's own choice of 256 colors (median cut, no dithering) for the frame."""
    image = Image.fromarray(frame(index))
    return difference(image.quantize(256, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE), index).mean()


def check(path, mean_error):
    """`mean_error(index)`: the largest mean difference of a channel from what was written that a frame may have."""
    with Image.open(path) as film:
        assert film.n_frames == 5, f"{film.n_frames} frames"
        assert film.size == (60, 40), film.size
        # GIF counts repetitions after the first time; Pillow hands over what the file holds.
        assert film.info["loop"] == 3, film.info
        durations = []
        for index, image in enumerate(ImageSequence.Iterator(film)):
            image.load()
            durations.append(image.info["duration"])
            error, bound = difference(image, index), mean_error(index)
            print(f"{path.name} frame {index}: mean error {error.mean():.3f} (at most {bound:.3f}), largest {error.max()}")
            assert error.mean() <= bound
        assert durations == [120] * 4 + [900], durations


def main():
    with tempfile.TemporaryDirectory() as temporary:
        subprocess.run([sys.argv[1], "[.animations]"], check=True, stdout=subprocess.DEVNULL,
                       env=dict(os.environ, CSPGAN_ANIMATIONS_FOLDER=temporary))
        folder = pathlib.Path(temporary)
        check(folder / "film.gif", pillow_palette)  # 256 colors must serve for the 2,400 of a frame
        check(folder / "film.webp", lambda index: 3)  # quality 85, colors at half the resolution
        check(folder / "lossless.webp", lambda index: 0)
    print("Pillow reads what was written")


if __name__ == "__main__":
    main()
