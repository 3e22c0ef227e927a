"""A generator of pictures in PyTorch, written by cspgan: the same network under the same names.

    import torch, generator
    network = generator.load("generator.safetensors")       # in evaluation mode
    images = network(torch.randn(4, network.latent_size))   # [4, C, H, W] in [-1, 1]
    generator.save(network, "changed.safetensors")          # cspgan's programs take this as a checkpoint

Needs torch and safetensors. Everything about the network is in the file of weights. In training mode, batch norms use the
batch, and spectral norms keep the vectors that they have.
"""
import json

import torch
import torch.nn.functional as F
from safetensors import safe_open
from safetensors.torch import save_file
from torch import nn

PREFIX = "generator_ema."
ACTIVATIONS = {"none": lambda x: x, "relu": torch.relu, "leaky_relu": lambda x: F.leaky_relu(x, 0.2)}


class SpectralNorm(nn.Module):
    def __init__(self, rows, columns, output_dimension):
        super().__init__()
        self.output_dimension = output_dimension
        self.register_buffer("u", torch.zeros(rows))
        self.register_buffer("v", torch.zeros(columns))

    def forward(self, weight):
        return weight / torch.dot(self.u, weight.movedim(self.output_dimension, 0).flatten(1) @ self.v)


class Convolution(nn.Module):
    def __init__(self, inputs, outputs, kernel, stride=1, padding=0, output_padding=0, transposed=False, bias=True, spectral=False):
        super().__init__()
        self.stride, self.padding, self.output_padding, self.transposed = stride, padding, output_padding, transposed
        first, second = (inputs, outputs) if transposed else (outputs, inputs)
        self.weight = nn.Parameter(torch.zeros(first, second, kernel, kernel))
        self.bias = nn.Parameter(torch.zeros(outputs)) if bias else None
        self.spectral_norm = SpectralNorm(outputs, inputs * kernel * kernel, int(transposed)) if spectral else None

    def forward(self, x):
        weight = self.weight if self.spectral_norm is None else self.spectral_norm(self.weight)
        if self.transposed:
            return F.conv_transpose2d(x, weight, self.bias, self.stride, self.padding, self.output_padding)
        return F.conv2d(x, weight, self.bias, self.stride, self.padding)


def norm_of(kind, channels):
    if kind == "batch":
        return nn.BatchNorm2d(channels)
    groups = next(g for g in (32, 16, 8, 4, 2, 1) if channels % g == 0 and max(channels // 8, 1) % g == 0) if kind == "group" else 0
    return nn.GroupNorm(groups, channels) if groups else None


class Layer(nn.Module):
    """A convolution, then norm and activation in their order."""

    def __init__(self, convolution, channels, norm="none", norm_place="before_activation", activation="none"):
        super().__init__()
        self.convolution = convolution
        self.norm = norm_of(norm, channels)
        self.norm_first, self.activation = norm_place == "before_activation", ACTIVATIONS[activation]

    def finish(self, x):
        if self.norm is None:
            return self.activation(x)
        return self.activation(self.norm(x)) if self.norm_first else self.norm(self.activation(x))

    def forward(self, x):
        return self.finish(self.convolution(x))


class Upsampling(nn.Module):
    def __init__(self, inputs, outputs, o):
        super().__init__()
        self.kind = o["upsample"]
        shape = {"transposed_4": (4, 2, o["padding"], 0, True), "transposed_2": (2, 2, 0, 0, True),
                 "transposed_3": (3, 2, 1, 1, True), "nearest_convolution": (3, 1, 1)}.get(self.kind, (1,))
        plain = self.kind in ("nearest", "bilinear")
        self.layer = None
        if not plain or inputs != outputs:
            convolution = Convolution(inputs, outputs, *shape, bias=o["bias"], spectral=o["spectral_norm"])
            self.layer = Layer(convolution, outputs, o["norm"])

    def forward(self, x):
        if self.kind == "nearest_convolution":
            x = F.interpolate(x, scale_factor=2, mode="nearest")
        if self.layer is not None:
            x = self.layer(x)
        if self.kind == "nearest":
            return F.interpolate(x, scale_factor=2, mode="nearest")
        if self.kind == "bilinear":
            return F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)
        return x


class CSPupBlock(nn.Module):
    def __init__(self, inputs, outputs, o):
        super().__init__()
        half = (inputs + 1) // 2

        def layer(inputs, outputs, kernel, activation="none"):
            convolution = Convolution(inputs, outputs, kernel, padding=kernel // 2, bias=o["bias"], spectral=o["spectral_norm"])
            return Layer(convolution, outputs, o["norm"], o["norm_place"], activation)

        self.half = inputs // 2
        projected = o["halves"] == "projection"
        self.a_projection = layer(inputs, half, 1) if projected else None
        self.a_up = Upsampling(half, outputs, o)
        self.b_projection = layer(inputs, half, 1) if projected else None
        self.b_conv1 = layer(half, half, o["conv1_kernel"], o["activation"])
        self.b_up = Upsampling(half, outputs, o)
        self.b_conv2 = layer(outputs, outputs, 3, o["activation"])
        self.b_conv3 = layer(outputs, outputs, 3)
        self.merge = layer(2 * outputs, outputs, 1) if o["merge"] == "concatenation" else None

    def forward(self, x):
        a, b = (x[:, :self.half], x[:, self.half:]) if self.a_projection is None else (self.a_projection(x), self.b_projection(x))
        a = self.a_up(a)
        b = self.b_conv3(self.b_conv2(self.b_up(self.b_conv1(b))))
        return a + b if self.merge is None else self.merge(torch.cat([a, b], 1))


class Stem(Layer):
    def __init__(self, latents, channels, o):
        is_linear = o["kind"] == "linear"
        size = 2 if o["kind"] == "transposed_2" else 4
        convolution = Convolution(latents, channels * size * size if is_linear else channels, 1 if is_linear else size,
                                  transposed=not is_linear, bias=o["bias"], spectral=o["spectral_norm"])
        super().__init__(convolution, channels, o["norm"], o["norm_place"], o["activation"])
        self.shape = (channels, size, size) if is_linear else None

    def forward(self, x):
        x = self.convolution(x)
        return self.finish(x if self.shape is None else x.reshape(-1, *self.shape))


class Head(nn.Module):
    def __init__(self, channels, image_channels, o):
        super().__init__()
        self.kind, self.output, self.centered = o["kind"], o["output"], o["centered"]
        self.norm, self.activation = norm_of(o["norm"], channels), ACTIVATIONS[o["activation"]]
        shape = {"transposed": (4, 2, 1, 0, True), "convolution_1": (1,)}.get(self.kind, (3, 1, 1))
        self.layer = None
        if self.kind != "none":
            convolution = Convolution(channels, image_channels, *shape, bias=o["bias"], spectral=o["spectral_norm"])
            self.layer = Layer(convolution, image_channels)

    def forward(self, x):
        x = self.activation(x if self.norm is None else self.norm(x))
        if self.kind == "nearest_convolution":
            x = F.interpolate(x, scale_factor=2, mode="nearest")
        if self.layer is not None:
            x = self.layer(x)
        if self.output == "tanh":
            return torch.tanh(x)
        if self.output == "relu":
            return torch.relu(x) - (1 if self.centered else 0)
        if self.output == "sigmoid":
            return torch.sigmoid(x) * 2 - 1 if self.centered else torch.sigmoid(x)
        return x


class Generator(nn.Module):
    """Maps latents [N, latent_size] to images [N, C, H, W]. `options` are those of cspgan's generator."""

    def __init__(self, options):
        super().__init__()
        self.options, self.latent_size = options, options["latent_size"]
        channels = options["channels"]
        if options["stem"]["kind"] == "block":
            stem_options = dict(options["block"], upsample="transposed_4", padding=0)
            self.stem = CSPupBlock(self.latent_size, channels[0], stem_options)
        else:
            self.stem = Stem(self.latent_size, channels[0], options["stem"])
        self.blocks = len(channels) - 1
        for i in range(self.blocks):
            self.add_module(f"block{i}", CSPupBlock(channels[i], channels[i + 1], options["block"]))
        self.head = Head(channels[-1], options["image_channels"], options["head"])

    def forward(self, latents):
        x = self.stem(latents[:, :, None, None])
        for i in range(self.blocks):
            x = getattr(self, f"block{i}")(x)
        return self.head(x)


def load(path):
    """The generator that a file of cspgan holds: the averaged one of a checkpoint. It is in evaluation mode."""
    with safe_open(path, framework="pt") as file:
        network = Generator(json.loads(file.metadata()["cspgan.run"])["generator"])
        network.load_state_dict({name[len(PREFIX):]: file.get_tensor(name) for name in file.keys() if name.startswith(PREFIX)})
    return network.eval()


def save(network, path):
    """Writes a file that load() takes, and cspgan's programs as a checkpoint."""
    metadata = {"cspgan.format": "checkpoint 1", "cspgan.step": "0", "cspgan.run": json.dumps({"generator": network.options})}
    state = {PREFIX + name: tensor.detach().cpu().contiguous() for name, tensor in network.state_dict().items()
             if not name.endswith("num_batches_tracked")}  # PyTorch's own, which nothing here needs
    save_file(state, path, metadata)
