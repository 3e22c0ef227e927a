"""Compares the library's networks with the same networks in plain PyTorch, given the same weights.

usage: models.py PARITY_MODELS_PROGRAM [CASE ...]

For each case the program writes weights, inputs, outputs and gradients; the network below, which is written for this
test from the description of the reference systems, must have as many parameters and give the same outputs to 1e-5 in
training and in evaluation mode, and the same gradients. Names are mapped one by one; a weight that no mapping names
fails the test.
"""
import math
import os
import subprocess
import sys
import tempfile

try:
    import torch
    from safetensors.torch import load_file
    from torch import nn
    from torch.nn.utils.parametrizations import spectral_norm
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

TOLERANCE = 1e-5  # of outputs, in float32, relative to the largest number or 1
# Of gradients: where two ways to compute a layer round differently (a 1x1 convolution and a linear layer), batch norm
# over four images enlarges it.
GRADIENT_TOLERANCE = 1e-4


def leaky():
    return nn.LeakyReLU(0.2)


# ---- generators


class DrawnBlock(nn.Module):
    """The reference CSPup block: halves of the channels, A + B, no normalization."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.half = inputs // 2
        self.path_a = nn.ConvTranspose2d(self.half, outputs, 4, 2, 1)
        self.conv1 = nn.Conv2d(self.half, self.half, 1)
        self.up = nn.ConvTranspose2d(self.half, outputs, 4, 2, 1)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1)
        self.conv3 = nn.Conv2d(outputs, outputs, 3, padding=1)

    def forward(self, x):
        first, second = x.split(self.half, dim=1)
        second = self.up(self.conv1(second).relu())
        return self.path_a(first) + self.conv3(self.conv2(second).relu())

    names = {"a_up.layer.convolution": "path_a", "b_conv1.convolution": "conv1", "b_up.layer.convolution": "up",
             "b_conv2.convolution": "conv2", "b_conv3.convolution": "conv3"}


class R4Block(nn.Module):
    """R4's: a 3x3 first, batch norm after every convolution; padding 0 makes 4x4 of 1x1."""

    def __init__(self, inputs, outputs, padding=1, spectral=False):
        super().__init__()
        wrap = spectral_norm if spectral else (lambda module: module)
        half = inputs // 2
        self.a = nn.Sequential(wrap(nn.ConvTranspose2d(half, outputs, 4, 2, padding)), nn.BatchNorm2d(outputs))
        self.b = nn.Sequential(
            wrap(nn.Conv2d(half, half, 3, padding=1)), nn.BatchNorm2d(half), nn.ReLU(),
            wrap(nn.ConvTranspose2d(half, outputs, 4, 2, padding)), nn.BatchNorm2d(outputs),
            wrap(nn.Conv2d(outputs, outputs, 3, padding=1)), nn.BatchNorm2d(outputs), nn.ReLU(),
            wrap(nn.Conv2d(outputs, outputs, 3, padding=1)), nn.BatchNorm2d(outputs))

    def forward(self, x):
        first, second = x.chunk(2, dim=1)
        return self.a(first) + self.b(second)

    names = {"a_up.layer.convolution": "a.0", "a_up.layer.norm": "a.1",
             "b_conv1.convolution": "b.0", "b_conv1.norm": "b.1",
             "b_up.layer.convolution": "b.3", "b_up.layer.norm": "b.4",
             "b_conv2.convolution": "b.5", "b_conv2.norm": "b.6",
             "b_conv3.convolution": "b.8", "b_conv3.norm": "b.9"}


class EnlargingBlock(nn.Module):
    """Path A is the first half, enlarged; no convolution needed, since half the input is as wide as the output."""

    def __init__(self, inputs, outputs, **enlarge):
        super().__init__()
        self.half = inputs // 2
        self.enlarge = nn.Upsample(scale_factor=2, **enlarge)
        assert self.half == outputs
        self.before = nn.Sequential(nn.Conv2d(self.half, self.half, 1), nn.BatchNorm2d(self.half), nn.ReLU())
        self.after = nn.Sequential(nn.Conv2d(outputs, outputs, 3, padding=1), nn.BatchNorm2d(outputs), nn.ReLU(),
                                   nn.Conv2d(outputs, outputs, 3, padding=1), nn.BatchNorm2d(outputs))

    def forward(self, x):
        first, second = x[:, :self.half], x[:, self.half:]
        return self.enlarge(first) + self.after(self.enlarge(self.before(second)))

    names = {"b_conv1.convolution": "before.0", "b_conv1.norm": "before.1", "b_conv2.convolution": "after.0",
             "b_conv2.norm": "after.1", "b_conv3.convolution": "after.3", "b_conv3.norm": "after.4"}


class R1Block(nn.Module):
    """Batch norm after the activation, or after the convolution where no activation follows."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.half = inputs // 2
        self.a = nn.Sequential(nn.ConvTranspose2d(self.half, outputs, 4, 2, 1), nn.BatchNorm2d(outputs))
        self.b = nn.Sequential(
            nn.Conv2d(self.half, self.half, 1), nn.ReLU(), nn.BatchNorm2d(self.half),
            nn.ConvTranspose2d(self.half, outputs, 4, 2, 1), nn.BatchNorm2d(outputs),
            nn.Conv2d(outputs, outputs, 3, padding=1), nn.ReLU(), nn.BatchNorm2d(outputs),
            nn.Conv2d(outputs, outputs, 3, padding=1), nn.BatchNorm2d(outputs))

    def forward(self, x):
        first, second = x.split(self.half, dim=1)
        return self.a(first) + self.b(second)

    names = {"a_up.layer.convolution": "a.0", "a_up.layer.norm": "a.1",
             "b_conv1.convolution": "b.0", "b_conv1.norm": "b.2",
             "b_up.layer.convolution": "b.3", "b_up.layer.norm": "b.4",
             "b_conv2.convolution": "b.5", "b_conv2.norm": "b.7",
             "b_conv3.convolution": "b.8", "b_conv3.norm": "b.9"}


class ConcatenatingBlock(nn.Module):
    """A projection for each path, transposed convolutions 3/2/1 with output padding 1, concatenation and 1x1."""

    def __init__(self, inputs, outputs):
        super().__init__()
        half = inputs // 2

        def convolution(i, o, kernel):
            return [nn.Conv2d(i, o, kernel, padding=kernel // 2, bias=False), nn.BatchNorm2d(o)]

        def up(i, o):
            return [nn.ConvTranspose2d(i, o, 3, 2, 1, output_padding=1, bias=False), nn.BatchNorm2d(o)]

        self.a = nn.Sequential(*convolution(inputs, half, 1), *up(half, outputs))
        self.b = nn.Sequential(*convolution(inputs, half, 1), *convolution(half, half, 1), leaky(), *up(half, outputs),
                               *convolution(outputs, outputs, 3), leaky(), *convolution(outputs, outputs, 3))
        self.merge = nn.Sequential(*convolution(2 * outputs, outputs, 1))

    def forward(self, x):
        return self.merge(torch.cat([self.a(x), self.b(x)], dim=1))

    names = {"a_projection.convolution": "a.0", "a_projection.norm": "a.1",
             "a_up.layer.convolution": "a.2", "a_up.layer.norm": "a.3",
             "b_projection.convolution": "b.0", "b_projection.norm": "b.1",
             "b_conv1.convolution": "b.2", "b_conv1.norm": "b.3",
             "b_up.layer.convolution": "b.5", "b_up.layer.norm": "b.6",
             "b_conv2.convolution": "b.7", "b_conv2.norm": "b.8",
             "b_conv3.convolution": "b.10", "b_conv3.norm": "b.11",
             "merge.convolution": "merge.0", "merge.norm": "merge.1"}


class Pixels(nn.Module):
    """[N, Z] -> [N, Z, 1, 1]"""

    def forward(self, z):
        return z[:, :, None, None]


class Add(nn.Module):
    def __init__(self, number):
        super().__init__()
        self.number = number

    def forward(self, x):
        return x + self.number


class Center(nn.Module):
    """[0, 1] -> [-1, 1]"""

    def forward(self, x):
        return 2 * x - 1


def csp128():
    network = nn.Sequential(Pixels(), nn.ConvTranspose2d(100, 1024, 4), DrawnBlock(1024, 512), DrawnBlock(512, 256),
                            DrawnBlock(256, 128), DrawnBlock(128, 64), nn.ConvTranspose2d(64, 3, 4, 2, 1), nn.ReLU(),
                            Add(-1))  # the library moves ReLU's output to where images in [-1, 1] are
    return network, {"stem.convolution": "1", **blocks(DrawnBlock, 2, 4), "head.layer.convolution": "6"}


def csp_from_2x2():
    counts = [512, 256, 128, 64, 32, 16]
    network = nn.Sequential(
        Pixels(), nn.ConvTranspose2d(100, 512, 2, 1, 0, bias=False), nn.BatchNorm2d(512), nn.ReLU(),
        *[DrawnBlock(i, o) for i, o in zip(counts, counts[1:])],
        nn.ConvTranspose2d(16, 3, 4, 2, 1, bias=False), nn.Tanh())
    return network, {"stem.convolution": "1", "stem.norm": "2", **blocks(DrawnBlock, 4, 5),
                     "head.layer.convolution": "9"}


def csp_stem64(spectral=False):
    network = nn.Sequential(Pixels(), R4Block(100, 512, padding=0, spectral=spectral),
                            R4Block(512, 256, spectral=spectral), R4Block(256, 128, spectral=spectral),
                            R4Block(128, 64, spectral=spectral), R4Block(64, 3, spectral=spectral), nn.Tanh())
    return network, {**{f"stem.{ours}": f"1.{name}" for ours, name in R4Block.names.items()}, **blocks(R4Block, 2, 4)}


def csp(counts, **enlarge):
    first, last, stages = counts[0], counts[-1], len(counts) - 1
    network = nn.Sequential(
        nn.Linear(128, first * 16), nn.Unflatten(1, (first, 4, 4)), nn.BatchNorm2d(first), nn.ReLU(),
        *[EnlargingBlock(i, o, **enlarge) for i, o in zip(counts, counts[1:])],
        nn.BatchNorm2d(last), nn.ReLU(), nn.Conv2d(last, 3, 3, padding=1), nn.Tanh())
    return network, {"stem.convolution": "0", "stem.norm": "2", **blocks(EnlargingBlock, 4, stages),
                     "head.norm": str(4 + stages), "head.layer.convolution": str(6 + stages)}


def r1_generator():
    network = nn.Sequential(Pixels(), nn.ConvTranspose2d(100, 64, 4), nn.ReLU(), nn.BatchNorm2d(64), R1Block(64, 32),
                            R1Block(32, 16), nn.ConvTranspose2d(16, 3, 4, 2, 1), nn.Tanh())
    return network, {"stem.convolution": "1", "stem.norm": "3", **blocks(R1Block, 4, 2), "head.layer.convolution": "6"}


def concatenating_generator():
    network = nn.Sequential(Pixels(), nn.ConvTranspose2d(100, 64, 4, bias=False), ConcatenatingBlock(64, 32),
                            ConcatenatingBlock(32, 16), nn.Upsample(scale_factor=2), nn.Conv2d(16, 3, 3, padding=1),
                            nn.Sigmoid(), Center())
    return network, {"stem.convolution": "1", **blocks(ConcatenatingBlock, 2, 2), "head.layer.convolution": "5"}


def blocks(kind, first, count):
    """Our block0, block1, ... are the elements first, first + 1, ... of a Sequential."""
    return {f"block{i}.{ours}": f"{first + i}.{name}" for i in range(count) for ours, name in kind.names.items()}


# ---- discriminators


def strided3(size=128, activation=nn.ReLU):
    layers, names, inputs, outputs = [], {}, 3, 64
    while size > 4:
        names[f"block{len(names) // 2}.conv1.convolution"] = str(len(layers))
        names[f"block{len(names) // 2}.conv1.norm"] = str(len(layers) + 1)
        layers += [nn.Conv2d(inputs, outputs, 3, 2, 1), nn.BatchNorm2d(outputs), activation()]
        inputs, outputs, size = outputs, 2 * outputs, size // 2
    names["head.score.convolution"] = str(len(layers))
    return nn.Sequential(*layers, nn.Conv2d(inputs, 1, 4), nn.Flatten(0)), names


def dcgan128():
    network = nn.Sequential(
        nn.Conv2d(3, 64, 4, 2, 1, bias=False), leaky(),
        nn.Conv2d(64, 128, 4, 2, 1, bias=False), nn.BatchNorm2d(128), leaky(),
        nn.Conv2d(128, 256, 4, 2, 1, bias=False), nn.BatchNorm2d(256), leaky(),
        nn.Conv2d(256, 512, 4, 2, 1, bias=False), nn.BatchNorm2d(512), leaky(),
        nn.Conv2d(512, 1024, 4, 2, 1, bias=False), nn.BatchNorm2d(1024), leaky(),
        nn.Conv2d(1024, 1, 4, bias=False), nn.Flatten(0))
    names = {"block0.conv1.convolution": "0", "head.score.convolution": "14"}
    for i in range(1, 5):
        names[f"block{i}.conv1.convolution"] = str(3 * i - 1)
        names[f"block{i}.conv1.norm"] = str(3 * i)
    return network, names


class ResidualBlock(nn.Module):
    def __init__(self, inputs, outputs, wrap):
        super().__init__()
        self.main = nn.Sequential(wrap(nn.Conv2d(inputs, outputs, 3, 2, 1)), nn.BatchNorm2d(outputs), leaky(),
                                  wrap(nn.Conv2d(outputs, outputs, 3, 1, 1)), nn.BatchNorm2d(outputs))
        self.skip = wrap(nn.Conv2d(inputs, outputs, 1, 2))

    def forward(self, x):
        return self.main(x) + self.skip(x)

    names = {"conv1.convolution": "main.0", "conv1.norm": "main.1", "conv2.convolution": "main.3",
             "conv2.norm": "main.4", "skip.convolution": "skip"}


def residual(spectral=False):
    wrap = spectral_norm if spectral else (lambda module: module)
    counts = [64, 128, 256, 512, 512]
    network = nn.Sequential(wrap(nn.Conv2d(3, 64, 4, 2, 1)),
                            *[ResidualBlock(i, o, wrap) for i, o in zip(counts, counts[1:])],
                            wrap(nn.Conv2d(512, 1, 2)), nn.Flatten(0))
    return network, {"stem.convolution": "0", **blocks(ResidualBlock, 1, 4), "head.score.convolution": "5"}


def plain64():
    network = nn.Sequential(nn.Conv2d(3, 48, 4, 2, 1), leaky(), nn.Conv2d(48, 96, 4, 2, 1), leaky(),
                            nn.Conv2d(96, 192, 4, 2, 1), leaky(), nn.Conv2d(192, 384, 4, 2, 1), leaky(),
                            nn.Flatten(), nn.Linear(384 * 16, 1), nn.Flatten(0))
    return network, {**{f"block{i}.conv1.convolution": str(2 * i) for i in range(4)}, "head.score.convolution": "9"}


class PreactivatedBlock(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.main = nn.Sequential(leaky(), nn.Conv2d(inputs, inputs, 3, 1, 1), leaky(),
                                  nn.Conv2d(inputs, outputs, 4, 2, 1))
        self.skip = nn.Sequential(nn.AvgPool2d(2), nn.Conv2d(inputs, outputs, 1, bias=False))

    def forward(self, x):
        return (self.main(x) + self.skip(x)) / math.sqrt(2)

    names = {"conv1.convolution": "main.1", "conv2.convolution": "main.3", "skip.convolution": "skip.1"}


class GroupDeviation(nn.Module):
    """Standard deviation over groups of two images, averaged over all else, as one more channel."""

    def forward(self, x):
        half = len(x) // 2
        deviation = [torch.sqrt((x[i] - x[i + half]).square() / 4 + 1e-8).mean() for i in range(half)]
        channel = torch.stack(deviation * 2).view(-1, 1, 1, 1) * torch.ones_like(x[:, :1])
        return torch.cat([x, channel], dim=1)


def preactivated():
    network = nn.Sequential(nn.Conv2d(3, 8, 3, 1, 1), PreactivatedBlock(8, 16), PreactivatedBlock(16, 32),
                            PreactivatedBlock(32, 64), leaky(), GroupDeviation(), nn.Conv2d(65, 64, 3, 1, 1), leaky(),
                            nn.Conv2d(64, 1, 4), nn.Flatten(0))
    return network, {"stem.convolution": "0", **blocks(PreactivatedBlock, 1, 3), "head.epilogue.convolution": "6",
                     "head.score.convolution": "8"}


CASES = {
    "csp128": csp128,
    "csp_from_2x2": csp_from_2x2,
    "csp_stem64": csp_stem64,
    "csp_stem64_spectral": lambda: csp_stem64(spectral=True),
    "csp64": lambda: csp([256, 128, 64, 32, 16], mode="bilinear", align_corners=False),
    "nearest_generator": lambda: csp([128, 64, 32, 16], mode="nearest"),
    "r1_generator": r1_generator,
    "concatenating_generator": concatenating_generator,
    "strided3": strided3,
    "strided3_leaky": lambda: strided3(64, leaky),
    "dcgan128": dcgan128,
    "residual": residual,
    "residual_spectral": lambda: residual(spectral=True),
    "plain64": plain64,
    "preactivated": preactivated,
}


# ---- comparison


def tensors_of(network):
    """Every parameter and buffer by name, those of spectral norm under the names that we use."""
    found = {}
    for name, tensor in list(network.named_parameters()) + list(network.named_buffers()):
        name = name.replace("parametrizations.weight.original", "weight")
        name = name.replace("parametrizations.weight.0._u", "spectral_norm.u")
        name = name.replace("parametrizations.weight.0._v", "spectral_norm.v")
        if not name.endswith("num_batches_tracked"):
            found[name] = tensor
    return found


def translate(ours, names):
    """The name in PyTorch of one of our tensors: that of its module, from the case's table, and its own."""
    for module, theirs in names.items():
        if ours.startswith(module + "."):
            return theirs + ours[len(module):]
    raise KeyError(f"no name in PyTorch for our {ours}")


class Comparison:
    def __init__(self):
        self.worst = 0.0
        self.failures = []

    def equal(self, what, ours, theirs, tolerance=TOLERANCE):
        if ours.numel() != theirs.numel():
            self.failures.append(f"{what}: shape {tuple(ours.shape)}, in PyTorch {tuple(theirs.shape)}")
            return
        theirs = theirs.detach().reshape(ours.shape)
        scale = max(1.0, theirs.abs().max().item())
        difference = (ours - theirs).abs().max().item() / scale
        self.worst = max(self.worst, difference)
        if not difference <= tolerance:  # NaN fails, too
            self.failures.append(f"{what}: differs by {difference:.2e}")


def compare(case, file):
    recorded = load_file(file)
    network, names = CASES[case]()
    theirs = tensors_of(network)
    comparison = Comparison()
    weights = {name[len("weights."):]: tensor for name, tensor in recorded.items() if name.startswith("weights.")}

    with torch.no_grad():
        for name, tensor in weights.items():
            target = theirs[translate(name, names)]
            if tensor.squeeze().shape != target.squeeze().shape and tensor.flatten(1).shape != target.shape:
                comparison.failures.append(f"{name}: shape {tuple(tensor.shape)}, in PyTorch {tuple(target.shape)}")
            target.copy_(tensor.reshape(target.shape))
    untouched = set(theirs) - {translate(name, names) for name in weights}
    if untouched:
        comparison.failures.append(f"not in ours: {sorted(untouched)}")
    count = sum(parameter.numel() for parameter in network.parameters())
    ours = sum(weights[name[len("gradient."):]].numel() for name in recorded if name.startswith("gradient."))
    if count != ours:
        comparison.failures.append(f"{ours} parameters, in PyTorch {count}")

    network.train()
    leaf = recorded["input"].clone().requires_grad_(True)
    output = network(leaf)
    if output.shape != recorded["output_train"].shape:
        comparison.failures.append(f"output {tuple(recorded['output_train'].shape)}, in PyTorch {tuple(output.shape)}")
    comparison.equal("output in training", recorded["output_train"], output)
    (output * recorded["probe"]).mean().backward()
    comparison.equal("gradient of the input", recorded["gradient_of_input"], leaf.grad, GRADIENT_TOLERANCE)
    for name, tensor in recorded.items():
        if name.startswith("gradient."):
            comparison.equal(name, tensor, theirs[translate(name[len("gradient."):], names)].grad,
                             GRADIENT_TOLERANCE)
        if name.startswith("after."):
            comparison.equal(name, tensor, theirs[translate(name[len("after."):], names)])
    network.eval()
    with torch.no_grad():
        comparison.equal("output in evaluation", recorded["output_eval"], network(recorded["input"]))
    return comparison, count, tuple(output.shape)


def main(program, chosen):
    listed = subprocess.run([program, "--list"], check=True, capture_output=True, text=True).stdout.split()
    if set(listed) != set(CASES):
        print(f"FAILED: the program has the cases {listed}, this script {list(CASES)}")
        return 1
    failed = 0
    for case in chosen or listed:
        with tempfile.TemporaryDirectory() as folder:
            file = os.path.join(folder, "case.safetensors")
            subprocess.run([program, case, file], check=True)
            comparison, count, shape = compare(case, file)
        verdict = "FAILED" if comparison.failures else "ok"
        print(f"{verdict:6} {case:24} {count:>10} parameters, output {shape}, worst difference {comparison.worst:.1e}")
        for failure in comparison.failures:
            print(f"       {failure}")
        failed += bool(comparison.failures)
    return 1 if failed else 0


if __name__ == "__main__":
    if len(sys.argv) < 2:
        print("usage: models.py PARITY_MODELS_PROGRAM [CASE ...]")
        sys.exit(2)
    sys.exit(main(sys.argv[1], sys.argv[2:]))
