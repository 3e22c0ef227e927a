"""The pairs of networks of networks.hpp in plain PyTorch, as compared with ours in tests/parity, and a function that
loads our weights into them."""
import dataclasses
import os
import sys
from typing import Callable

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "parity"))
import models
from torch import nn


def reference_generator(image_size):
    """The reference generator, models.csp128, for this and smaller image sizes."""
    counts = [1024, 512, 256, 128, 64]
    while image_size < 128:
        counts, image_size = counts[1:], image_size * 2
    count = len(counts) - 1
    network = nn.Sequential(models.Pixels(), nn.ConvTranspose2d(100, counts[0], 4),
                            *[models.DrawnBlock(i, o) for i, o in zip(counts, counts[1:])],
                            nn.ConvTranspose2d(64, 3, 4, 2, 1), nn.ReLU(), models.Add(-1))
    return network, {"stem.convolution": "1", **models.blocks(models.DrawnBlock, 2, count),
                     "head.layer.convolution": str(2 + count)}


@dataclasses.dataclass
class Pair:
    """Functions that make each network together with its table of our modules' names."""
    latent_size: int
    generator: Callable
    discriminator: Callable


PAIRS = {
    "reference128": Pair(100, lambda: reference_generator(128), lambda: models.strided3(128)),
    "reference64": Pair(100, lambda: reference_generator(64), lambda: models.strided3(64)),
    "reference32": Pair(100, lambda: reference_generator(32), lambda: models.strided3(32)),
    "b-128": Pair(100, models.csp_from_2x2, lambda: models.strided3(128)),
    "faces64": Pair(128, models.CASES["csp64"], models.plain64),
}


def with_weights(made, tensors, prefix):
    """The network of a pair (network, names) with our weights; a tensor missing on either side is an error."""
    network, names = made
    theirs = models.tensors_of(network)
    ours = {name[len(prefix):]: tensor for name, tensor in tensors.items() if name.startswith(prefix)}
    translated = {models.translate(name, names): tensor for name, tensor in ours.items()}
    if set(translated) != set(theirs):
        raise ValueError(f"not in both: {sorted(set(translated) ^ set(theirs))}")
    for name, tensor in translated.items():
        theirs[name].data.copy_(tensor.reshape(theirs[name].shape))
    return network
