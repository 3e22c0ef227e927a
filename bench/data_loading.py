#!/usr/bin/env python3
"""Batches per second from files: ours against torchvision's ImageFolder with PyTorch's DataLoader and a loop over
Pillow, all alternated in one run; the same files, size and number of workers.

usage: data_loading.py BENCH_DATA_LOADING_PROGRAM PACK_DATASET_PROGRAM IMAGES [--python PYTHON] [--size 64] [--batch 64]
                       [--workers 1 2] [--rounds 7] [--markdown FILE]

IMAGES is a folder of pictures. Each image is decoded, cropped to the middle square, resized (bilinear, antialiased) and
mirrored by chance; nothing is cached, and batches are prepared ahead. --python is one that has torch, torchvision and
Pillow. Ours also reads a packed set of the same images.
"""
import argparse
import os
import pathlib
import subprocess
import sys
import tempfile

import sides

MEAN_TOLERANCE = 0.3  # gray levels between the means of eight images
BATCHES = 32  # of a step, as in the program: more than are prepared ahead, so that waiting is measured


def other_side(way, folder, size, batch, workers):
    """Answers like the C++ program."""
    import random

    import numpy
    from PIL import Image

    def square(image):
        side = min(image.size)
        left, top = round((image.width - side) / 2), round((image.height - side) / 2)
        return image.convert("RGB").crop((left, top, left + side, top + side)).resize((size, size), Image.BILINEAR)

    files = sorted(path for path in pathlib.Path(folder).rglob("*") if path.is_file())

    def mean(rest):
        return str(float(numpy.mean([numpy.asarray(square(Image.open(file))).mean() for file in files[:8]])))

    if way == "torchvision":
        import torch
        from torchvision import datasets, transforms
        torch.set_num_threads(1)

        class Square:
            """CenterCrop wants to know the side beforehand."""
            def __call__(self, image):
                return transforms.functional.center_crop(image, min(image.size))

        class Flat(datasets.ImageFolder):
            def find_classes(self, directory):
                return [""], {"": 0}

        steps = transforms.Compose([Square(), transforms.Resize(size, antialias=True), transforms.RandomHorizontalFlip(),
                                    transforms.PILToTensor()])
        loader = torch.utils.data.DataLoader(Flat(folder, steps), batch_size=batch, shuffle=True, num_workers=workers,
                                             prefetch_factor=4, persistent_workers=True, drop_last=True)

        def batches():
            while True:
                yield from loader
    else:
        from concurrent.futures import ProcessPoolExecutor

        def batches():
            pool = ProcessPoolExecutor(workers, initializer=pillow_worker, initargs=(files, size))
            waiting = [pool.submit(pillow_batch, random.sample(range(len(files)), batch)) for _ in range(4 * workers)]
            while True:
                yield waiting.pop(0).result()
                waiting.append(pool.submit(pillow_batch, random.sample(range(len(files)), batch)))

    given = batches()
    sides.serve({"mean": mean, "step": sides.timed(lambda: [next(given) for _ in range(BATCHES)])})


def pillow_worker(files, size):
    global worker_files, worker_size
    worker_files, worker_size = files, size


def pillow_batch(indices):
    import random

    import numpy
    from PIL import Image
    out = numpy.empty((len(indices), 3, worker_size, worker_size), numpy.uint8)
    for place, index in enumerate(indices):
        image = Image.open(worker_files[index]).convert("RGB")
        side = min(image.size)
        left, top = round((image.width - side) / 2), round((image.height - side) / 2)
        image = image.resize((worker_size, worker_size), Image.BILINEAR, box=(left, top, left + side, top + side))
        pixels = numpy.asarray(image).transpose(2, 0, 1)
        out[place] = pixels[:, :, ::-1] if random.random() < 0.5 else pixels
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("packer")
    parser.add_argument("images")
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--markdown")
    arguments = parser.parse_args()
    script = os.path.abspath(__file__)
    with tempfile.TemporaryDirectory() as folder:
        linked = pathlib.Path(folder, "set", "images")  # one class, as ImageFolder wants it
        linked.mkdir(parents=True)
        for file in sorted(pathlib.Path(arguments.images).rglob("*")):
            if file.suffix.lower() in (".jpg", ".jpeg", ".png", ".webp"):
                (linked / file.name).symlink_to(file.resolve())
        packed = os.path.join(folder, "packed.npy")
        subprocess.run([arguments.packer, "--data", linked.parent, "--image-size", str(arguments.size), "--out", packed],
                       check=True, stdout=subprocess.DEVNULL)
        table = None
        for workers in arguments.workers:
            words = [str(arguments.size), str(arguments.batch), str(workers)]
            ours = [sides.Side("ours", [arguments.program, str(linked.parent), *words], 1),
                    sides.Side("ours, packed", [arguments.program, packed, *words], 1)]
            others = [sides.Side(way, [arguments.python, script, "--side", way, str(linked.parent), *words], 1)
                      for way in ("torchvision", "Pillow")]
            everything = ours + others
            with sides.closing(everything):
                means = {}

                def prepare(side):
                    means[side.name] = float(side.ask("mean"))
                    if abs(means[side.name] - means["ours"]) > MEAN_TOLERANCE:
                        raise sides.CannotRun(f"its images are others: mean {means[side.name]}, ours {means['ours']}")

                sides.alternate(everything, arguments.rounds, prepare)
                table = table or sides.Table(
                    f"Loading images: {arguments.size} pixels, batches of {arguments.batch}",
                    f"{sides.machine()}; images per second from the minimum / median time of {arguments.rounds} rounds",
                    ["workers", *(side.name for side in everything), "ours / torchvision", "packed / torchvision"],
                    arguments.markdown)
                vision = others[0]

                def ratio(side):
                    return sides.two(*(of(vision.times) / of(side.times) for of in (min, sides.statistics.median)))

                table.row([workers, *(sides.rates(side, BATCHES * arguments.batch) if side.times else sides.absence(side)
                                      for side in everything),
                           *(ratio(side) if vision.times else "" for side in ours)])


if __name__ == "__main__":
    if sys.argv[1:2] == ["--side"]:
        other_side(sys.argv[2], sys.argv[3], *map(int, sys.argv[4:7]))
    else:
        main()
