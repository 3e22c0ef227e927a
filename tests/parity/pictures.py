#!/usr/bin/env python3
"""Every kind of picture file that Pillow can write decodes to the pixels that Pillow reads: upright (as its exif_transpose
turns them), RGB, over white.

    pictures.py PROGRAM [FOLDER...]      PROGRAM: parity_metrics; folders: more files to compare, of any kind
"""
import io
import itertools
import pathlib
import struct
import subprocess
import sys
import tempfile

try:
    import numpy as np
    import torch
    from PIL import Image, ImageOps, PngImagePlugin, features
    from safetensors.torch import load_file, save_file
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)


def photograph(height, width, seed, channels=3):
    """Noise whose neighbors are alike, so that all frequencies occur."""
    noise = np.random.RandomState(seed).normal(size=(height, width, channels))
    return np.clip(noise.cumsum(axis=1) * 14 + noise.cumsum(axis=0) * 9 + 128, 0, 255).astype(np.uint8)


def picture(mode, height=29, width=37, seed=1):
    if mode in ("1", "P"):
        color = Image.fromarray(photograph(height, width, seed))
        return color.convert("1") if mode == "1" else color.quantize(32)
    if mode in ("L", "LA"):
        return Image.fromarray(photograph(height, width, seed, len(mode)).squeeze(), mode=mode)
    return Image.fromarray(photograph(height, width, seed, 3 if mode == "RGB" else 4), mode=mode)


def encoded(image, **options):
    stream = io.BytesIO()
    image.save(stream, **options)
    return stream.getvalue()


def exif(orientation):
    block = Image.Exif()
    block[0x0112] = orientation
    return block.tobytes()


def xmp(orientation, element=False):
    inside = f"<tiff:Orientation>{orientation}</tiff:Orientation>" if element else ""
    outside = "" if element else f' tiff:Orientation="{orientation}"'
    return f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description{outside}>{inside}</rdf:Description></x:xmpmeta>'.encode()


def jpegs():
    for quality, sampling, progressive, (height, width) in itertools.product(
            (30, 75, 95), ("4:4:4", "4:2:2", "4:2:0"), (False, True), ((29, 37), (16, 8), (1, 1), (33, 2))):
        image = picture("RGB", height, width, seed=quality)
        yield encoded(image, format="JPEG", quality=quality, subsampling=sampling, progressive=progressive)
    for mode in ("L", "CMYK"):
        for progressive in (False, True):
            yield encoded(picture(mode), format="JPEG", quality=85, progressive=progressive)
    plain = encoded(picture("RGB"), format="JPEG", quality=90)
    inks = encoded(picture("CMYK"), format="JPEG", quality=85)
    marker = inks.index(b"\xff\xee\x00\x0eAdobe")
    yield inks[:marker] + inks[marker + 16:]  # four inks without Adobe's marker
    yield inks[:marker + 15] + b"\x02" + inks[marker + 16:]  # YCCK
    yield encoded(picture("RGB"), format="JPEG", quality=90, restart_marker_blocks=2)
    yield encoded(picture("RGB"), format="JPEG", quality=90, keep_rgb=True)
    for orientation in range(1, 9):
        yield encoded(picture("RGB"), format="JPEG", exif=exif(orientation))
        yield encoded(picture("RGB"), format="JPEG", xmp=xmp(orientation))
    yield encoded(picture("RGB"), format="JPEG", exif=exif(6), xmp=xmp(3))
    yield encoded(picture("RGB"), format="JPEG", xmp=xmp(8, element=True))
    yield plain + plain  # a second picture behind the first, as panoramas of phones have
    yield plain + b"\0" * 1000
    yield plain[:-2] + b"\x12\x34" * 50 + plain[-2:]  # bytes before the end marker, as drones write them


def pngs():
    for mode in ("1", "L", "LA", "P", "RGB", "RGBA"):
        yield encoded(picture(mode), format="PNG")
    for bits in (1, 2, 4, 8):
        yield encoded(picture("RGB").quantize(2 ** bits), format="PNG", bits=bits)
    yield encoded(picture("P"), format="PNG", transparency=3)
    yield encoded(picture("P"), format="PNG", transparency=bytes(range(0, 256, 8)))
    yield encoded(picture("RGB"), format="PNG", transparency=(128, 128, 128))
    yield encoded(picture("RGB"), format="PNG", save_all=True, append_images=[picture("RGB", seed=2)])  # the first frame
    for orientation in range(1, 9):
        yield encoded(picture("RGB"), format="PNG", exif=exif(orientation))
        for compressed in (False, True):
            notes = PngImagePlugin.PngInfo()
            block = exif(orientation)
            hexadecimals = "\n".join(block.hex()[i:i + 72] for i in range(0, 2 * len(block), 72))
            notes.add_text("Raw profile type exif", f"\nexif\n{len(block):8}\n{hexadecimals}\n", zip=compressed)
            yield encoded(picture("RGB"), format="PNG", pnginfo=notes)
        notes = PngImagePlugin.PngInfo()
        notes.add_itxt("XML:com.adobe.xmp", xmp(orientation).decode())
        yield encoded(picture("RGB"), format="PNG", pnginfo=notes)


def webps():
    for mode, lossless in itertools.product(("RGB", "RGBA"), (False, True)):
        yield encoded(picture(mode), format="WEBP", lossless=lossless, quality=80, exact=True)
    for orientation in range(1, 9):
        yield encoded(picture("RGB"), format="WEBP", exif=exif(orientation))
        yield encoded(picture("RGB"), format="WEBP", xmp=xmp(orientation))
    for mode in ("RGB", "RGBA"):
        yield encoded(picture(mode), format="WEBP", save_all=True, append_images=[picture(mode, seed=2)], lossless=True)


def gif(pixels, palette, screen=None, left=0, top=0, transparent=None):
    """A GIF as Pillow writes none: its code table is never cleared, and its picture may lie anywhere. pixels: indices
    [H, W] of palette [N, 3]."""
    clear, size, codes = 256, 9, {bytes([i]): i for i in range(256)}
    bits, length, following = clear, size, 258
    def put(code):
        nonlocal bits, length
        bits |= code << length
        length += size
    known = b""
    for value in pixels.tobytes():
        longer = known + bytes([value])
        if longer in codes:
            known = longer
            continue
        put(codes[known])
        if following < 4096:
            codes[longer] = following
            size = max(size, following.bit_length())
            following += 1
        known = bytes([value])
    put(codes[known])
    put(257)
    data = bits.to_bytes(length // 8 + 1, "little")
    height, width = pixels.shape
    exponent = max(1, (len(palette) - 1).bit_length())
    control = b"" if transparent is None else b"!\xf9\x04\x01\0\0" + bytes([transparent, 0])
    return b"".join((
        b"GIF89a", struct.pack("<HHBBB", *(screen or (width, height)), 0x7f + exponent, 0, 0),
        palette.tobytes() + bytes(3 * (2 ** exponent - len(palette))), control,
        b",", struct.pack("<HHHHB", left, top, width, height, 0), b"\x08",
        *(bytes([len(data[i:i + 255])]) + data[i:i + 255] for i in range(0, len(data), 255)), b"\0;"))


def gifs():
    palette = photograph(1, 200, 9)[0]
    pixels = np.random.RandomState(4).randint(0, 256, (150, 90)).astype(np.uint8)  # some of no color
    yield gif(pixels, palette)
    for transparent in (None, 3, 250):
        yield gif(pixels, palette, (200, 180), 17, 11, transparent)
        yield gif(pixels, palette, (40, 170), 17, 30, transparent)


def others():
    for mode in ("1", "L", "P", "RGB"):
        yield "bmp", encoded(picture(mode), format="BMP")
    yield "gif", encoded(picture("P"), format="GIF")
    yield "gif", encoded(picture("P"), format="GIF", interlace=1)
    yield "gif", encoded(picture("P"), format="GIF", save_all=True, append_images=[picture("P", seed=2)])
    yield from (("gif", picture) for picture in gifs())
    for mode, name in (("L", "pgm"), ("RGB", "ppm")):
        yield name, encoded(picture(mode), format="PPM")
    samples = photograph(13, 17, 5)
    for most in (100, 15):
        yield "ppm", b"P6 17 13 %d\n" % most + (samples % (most + 1)).tobytes()
    for most in (65535, 4095):
        yield "ppm", b"P6 17 13 %d\n" % most + (samples.astype(np.uint32) * 257 % (most + 1)).astype(">u2").tobytes()
    yield "bmp", encoded(picture("RGBA"), format="BMP")
    for compression in (None, "tga_rle"):
        for mode in ("L", "RGB", "RGBA"):
            bytes_ = bytearray(encoded(picture(mode), format="TGA", compression=compression))
            for origin in (0x00, 0x10, 0x20, 0x30):
                bytes_[17] = (bytes_[17] & 0xcf) | origin
                yield "tga", bytes(bytes_)


def read_by_pillow(file):
    image = ImageOps.exif_transpose(Image.open(file))
    if image.mode in ("LA", "RGBA", "PA") or "transparency" in image.info:
        pixels = np.asarray(image.convert("RGBA")).astype(int)
        alpha = pixels[..., 3:]
        pixels = (pixels[..., :3] * alpha + 255 * (255 - alpha) + 127) // 255
    else:
        pixels = np.asarray(image.convert("RGB")).astype(int)
    return pixels.transpose(2, 0, 1)


def main():
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        kinds = [(kind, data) for kind, source in (("jpg", jpegs()), ("png", pngs())) for data in source]
        if features.check("webp"):
            kinds += [("webp", data) for data in webps()]
        files = []
        for number, (ending, data) in enumerate(kinds + list(others())):
            files.append(folder / f"{number:04}.{ending}")
            files[-1].write_bytes(data)
        for more in sys.argv[2:]:
            files += [file for file in sorted(pathlib.Path(more).rglob("*")) if file.is_file()]
        contents = {f"file.{number:06}{file.suffix}": torch.frombuffer(bytearray(file.read_bytes()), dtype=torch.uint8)
                    for number, file in enumerate(files)}
        save_file(contents, folder / "files.safetensors")
        subprocess.run([sys.argv[1], folder / "files.safetensors", folder / "pixels.safetensors"], check=True)
        found = load_file(folder / "pixels.safetensors")
        differ = 0
        for name, file in zip(contents, files):
            ours, theirs = found[name].numpy().astype(int), read_by_pillow(file)
            if ours.shape != theirs.shape or np.abs(ours - theirs).max() > 0:
                apart = "" if ours.shape != theirs.shape else f": {np.abs(ours - theirs).max()} levels apart"
                print(f"pictures.py: {file.name} is {ours.shape}, but Pillow's is {theirs.shape}{apart}")
                differ += 1
        print(f"pictures.py: {len(files)} pictures compared with Pillow, {differ} differ")
        sys.exit(1 if differ else 0)


if __name__ == "__main__":
    main()
