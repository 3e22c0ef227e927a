#!/usr/bin/env python3
"""Writes fixtures.hpp: small pictures encoded, resized and decoded by Pillow, to hold the library's pixels against.

Run with a Python that has Pillow and NumPy: python make_fixtures.py > fixtures.hpp
"""
import io

import numpy
from PIL import Image


def pattern(height, width):
    """Edges, gradients and texture, from integers alone, so that the tests can make the same picture."""
    y, x = numpy.mgrid[0:height, 0:width]
    planes = [(x * 37 + y * 91 + c * 53 + (x * y) % 97 + 120 * ((x // 5 + y // 7) % 2)) % 256 for c in range(3)]
    return numpy.stack(planes, axis=-1).astype(numpy.uint8)


def smooth(height, width):
    y, x = numpy.mgrid[0:height, 0:width]
    planes = [255 * x // (width - 1), 255 * y // (height - 1), 255 - 127 * (x + y) // (width + height - 2)]
    return numpy.stack(planes, axis=-1).astype(numpy.uint8)


def hexadecimal(name, data):
    text = bytes(data).hex()
    if len(text) < 50:
        print(f'inline constexpr std::string_view {name} = "{text}";\n')
        return
    print(f"inline constexpr std::string_view {name} =")
    rows = [text[i:i + 110] for i in range(0, len(text), 110)]
    print("\n".join(f'    "{row}"' for row in rows) + ";\n")


def planes_of(picture):
    return numpy.asarray(picture).transpose(2, 0, 1).tobytes()


def encoded(picture, **options):
    stream = io.BytesIO()
    picture.save(stream, **options)
    return stream.getvalue()


print("// Made by make_fixtures.py with Pillow; hexadecimal bytes, planes red, green, blue where they are pixels.")
print("#pragma once\n\n#include <string_view>\n\nnamespace cspgan_test {\n")
for height, width, size in [(40, 40, 12), (21, 33, 16), (9, 9, 20), (31, 31, 2)]:
    small = Image.fromarray(pattern(height, width)).resize((size, size), Image.Resampling.BILINEAR)
    hexadecimal(f"resized_{height}x{width}_to_{size}", planes_of(small))

picture = Image.fromarray(smooth(16, 24))
for name, source, options in [
    ("baseline_jpeg", picture, dict(format="JPEG", quality=95, subsampling=0)),
    ("progressive_jpeg", picture, dict(format="JPEG", quality=95, subsampling=0, progressive=True)),
    ("gray_jpeg", picture.convert("L"), dict(format="JPEG", quality=95)),
    ("palette_png", picture.quantize(16), dict(format="PNG")),
    ("cmyk_jpeg", picture.convert("CMYK"), dict(format="JPEG", quality=95)),
    ("webp", picture, dict(format="WEBP", quality=90)),
    ("gif", picture.quantize(16), dict(format="GIF")),
    ("bmp", picture, dict(format="BMP")),
    ("tga", picture, dict(format="TGA", compression="tga_rle")),
]:
    data = encoded(source, **options)
    hexadecimal(name, data)
    hexadecimal(name + "_pixels", planes_of(Image.open(io.BytesIO(data)).convert("RGB")))
print("}  // namespace cspgan_test")
