#!/usr/bin/env python3
"""Writes the fuzzer's first inputs to corpus/: small files of every kind that is read. Needs Pillow and NumPy."""
import io
import json
import pathlib
import struct
import zipfile

import numpy as np
from PIL import Image

HERE = pathlib.Path(__file__).parent / "corpus"


def write(target, name, data):
    (HERE / target).mkdir(parents=True, exist_ok=True)
    (HERE / target / name).write_bytes(data)


def picture(mode, size=(9, 7)):
    y, x = np.mgrid[0:size[1], 0:size[0]]
    pixels = np.stack([(x * 31 + y * 57 + c * 83) % 256 for c in range(4)], axis=-1).astype(np.uint8)
    return Image.fromarray(pixels, "RGBA").convert(mode)


def encoded(image, **options):
    stream = io.BytesIO()
    image.save(stream, **options)
    return stream.getvalue()


def main():
    exif = Image.Exif()
    exif[0x0112] = 6
    for name, mode, options in [
        ("baseline.jpg", "RGB", dict(format="JPEG", exif=exif.tobytes())), ("progressive.jpg", "RGB", dict(format="JPEG", progressive=True)),
        ("inks.jpg", "CMYK", dict(format="JPEG")), ("gray.jpg", "L", dict(format="JPEG", restart_marker_blocks=1)),
        ("color.png", "RGB", dict(format="PNG", exif=exif.tobytes())), ("alpha.png", "RGBA", dict(format="PNG")),
        ("palette.png", "P", dict(format="PNG", transparency=1)), ("lossy.webp", "RGB", dict(format="WEBP", exif=exif.tobytes())),
        ("lossless.webp", "RGBA", dict(format="WEBP", lossless=True)), ("palette.gif", "P", dict(format="GIF")),
        ("color.bmp", "RGB", dict(format="BMP")), ("palette.bmp", "P", dict(format="BMP")), ("color.ppm", "RGB", dict(format="PPM")),
        ("runs.tga", "RGB", dict(format="TGA", compression="tga_rle")), ("plain.tga", "RGBA", dict(format="TGA")),
    ]:
        write("pictures", name, encoded(picture(mode), **options))
    write("pictures", "animated.webp", encoded(picture("RGB"), format="WEBP", save_all=True, append_images=[picture("L").convert("RGB")]))

    for name, method in (("stored.zip", zipfile.ZIP_STORED), ("deflated.zip", zipfile.ZIP_DEFLATED)):
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", method) as archive:
            archive.writestr("00000/a.ppm", b"P6\n1 1\n255\nabc")
            archive.writestr("00001/b.jpg", encoded(picture("RGB"), format="JPEG"))
            archive.writestr("dataset.json", json.dumps({"labels": [["00000/a.ppm", 1], ["00001/b.jpg", 2]]}))
        write("zip", name, stream.getvalue())

    for version in ((1, 0), (2, 0), (3, 0)):
        stream = io.BytesIO()
        np.lib.format.write_array(stream, np.arange(2 * 3 * 4 * 5, dtype=np.uint8).reshape(2, 3, 4, 5), version)
        write("npy", f"version{version[0]}.npy", stream.getvalue())

    header = json.dumps({"__metadata__": {"format": "pt"}, "a.weight": {"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 16]},
                         "b": {"dtype": "I64", "shape": [], "data_offsets": [16, 24]}}).encode()
    write("safetensors", "two.safetensors", struct.pack("<Q", len(header)) + header + bytes(24))

    write("recipes", "small.toml", b'parent = "faces"\nimage_size = 32\n[generator]\nbase_channels = 4\n[[policies]]\nname = "r1"\n'
          b'gamma = 0.5\n[training]\ngenerator_optimizer = {name = "adamw", learning_rate = 1e-3}\n')
    write("recipes", "measured.toml", b'summary = "x"\nimage_size = 64\nloss = "hinge"\n[[measured]]\ndata = "D"\nimages = 9\nimage_size = 32\n'
          b'kimg = 1.5\nbatch_size = 4\ndistance = [1.0]\n')

    write("dataset_json", "classes.json", b'{"labels": [["a.ppm", 3]]}')
    write("dataset_json", "numbers.json", b'{"labels": [["a.ppm", [0.5, 1, -2e3]]]}')
    write("lists", "table.csv", b'file,"who ""is"" it"\r\na.ppm,"x, y"\r\ngone.png,z\r\n')
    write("lists", "semicolons.csv", b"\xef\xbb\xbfa.ppm;1\n")
    write("lists", "lines.txt", b"#.ppm\na.ppm\n\n  ../a.ppm \n")
    write("celeba", "lists.txt", b"a.ppm 0\r\nb.ppm 2\r\n|2\r\nBald Young\r\na.ppm 1 -1\r\nb.ppm -1 -1\r\n")


if __name__ == "__main__":
    main()
