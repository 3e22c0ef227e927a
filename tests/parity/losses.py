"""Compares every loss, penalty and augmentation of cspgan with the same written in PyTorch as the papers state it.

Usage: losses.py PARITY_LOSSES_BINARY. Exits with 77 where PyTorch or safetensors is missing.
"""
import pathlib
import subprocess
import sys
import tempfile

try:
    import torch
    import torch.nn.functional as F
    from safetensors.torch import load_file
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

TOLERANCE = {"float64": 1e-10, "float32": 1e-5}


def loss_formulas(real, fake, target_real, target_fake):
    """name -> (discriminator's loss, generator's loss)."""
    bce = torch.nn.BCEWithLogitsLoss()
    bce_discriminator = bce(real, target_real) + bce(fake, target_fake)
    return {
        "non_saturating": (bce_discriminator, bce(fake, target_real)),
        "saturating": (bce_discriminator, -bce(fake, target_fake)),
        "least_squares": (0.5 * F.mse_loss(real, target_real) + 0.5 * F.mse_loss(fake, target_fake),
                          0.5 * F.mse_loss(fake, target_real)),
        "hinge": (F.relu(1.0 - real).mean() + F.relu(1.0 + fake).mean(), -fake.mean()),
        "wasserstein": (fake.mean() - real.mean(), -fake.mean()),
        "relativistic_pairing": (-F.logsigmoid(real - fake).mean(), -F.logsigmoid(fake - real).mean()),
    }


def image_gradient_norm(network, points):
    points = points.detach().requires_grad_(True)
    (gradient,) = torch.autograd.grad(network(points).sum(), points, create_graph=True)
    return gradient.flatten(1).norm(2, dim=1)


def penalty_formulas(network, data):
    images, fakes = data["images"], data["fakes"]
    mixed = data["share"] * images + (1 - data["share"]) * fakes
    real, fake = network(images), network(fakes)
    real_mean = 0.9 * data["real_mean"] + 0.1 * real.detach().mean()
    fake_mean = 0.9 * data["fake_mean"] + 0.1 * fake.detach().mean()
    return {
        "gradient_penalty": 10 * (image_gradient_norm(network, mixed) - 1).square().mean(),
        "gradient_penalty_real": 3 * (image_gradient_norm(network, images) - 1).square().mean(),
        "r1": 0.35 * image_gradient_norm(network, images).square().mean(),
        "r2": 0.35 * image_gradient_norm(network, fakes).square().mean(),
        "lecam": 0.3 * ((real - fake_mean).square().mean() + (fake - real_mean).square().mean()),
        "lecam_one_sided": 0.3 * (F.relu(real - fake_mean).square().mean() + F.relu(real_mean - fake).square().mean()),
    }


def augmented(images, draw):
    """Color, translation by zero padding, cutout; one image after the other where that is plainer."""
    result = images + draw["brightness"]
    mean = result.mean(dim=1, keepdim=True)
    result = (result - mean) * (1 + draw["saturation"]) + mean
    mean = result.mean(dim=(1, 2, 3), keepdim=True)
    result = (result - mean) * (1 + draw["contrast"]) + mean
    size, done = images.shape[-1], []
    for i, image in enumerate(result):
        row, column = int(draw["rows"][i]), int(draw["columns"][i])
        moved = F.pad(image, (2, 2, 2, 2))[:, 2 - row:2 - row + size, 2 - column:2 - column + size]
        top, left = int(draw["cut_row"][i]) - size // 4, int(draw["cut_column"][i]) - size // 4
        mask = torch.ones_like(moved)
        mask[:, max(top, 0):max(top + size // 2, 0), max(left, 0):max(left + size // 2, 0)] = 0
        done.append(moved * mask)
    return torch.stack(done)


def main():
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "losses.safetensors"
        subprocess.run([sys.argv[1], str(path)], check=True)
        everything = load_file(path)
    compared, failed = 0, []
    for kind, tolerance in TOLERANCE.items():
        data = {name[len(kind) + 1:]: tensor for name, tensor in everything.items() if name.startswith(kind + ".")}

        def compare(name, expected):
            nonlocal compared
            compared += 1
            # float32 numbers are wrong by a share of their size, so the difference is taken relative to it above 1.
            difference = ((data[name] - expected).abs() / expected.abs().clamp(min=1)).max().item()
            if data[name].shape != expected.shape or not difference <= tolerance:
                failed.append(f"{kind}.{name}: differs by {difference:.3g}")

        scores = [data["real"].requires_grad_(True), data["fake"].requires_grad_(True)]
        for name, pair in loss_formulas(*scores, data["target_real"], data["target_fake"]).items():
            for turn, value in zip(("discriminator", "generator"), pair):
                gradients = torch.autograd.grad(value, scores, retain_graph=True, allow_unused=True)
                compare(f"{name}.{turn}", value)
                for which, gradient, score in zip(("real", "fake"), gradients, scores):
                    compare(f"{name}.{turn}.{which}", torch.zeros_like(score) if gradient is None else gradient)

        weights = {name: data[name].requires_grad_(True) for name in ("in", "bias", "out")}

        def network(images):
            return F.silu(F.linear(images.flatten(1), weights["in"], weights["bias"])) @ weights["out"]

        for name, value in penalty_formulas(network, data).items():
            compare(name, value)
            gradients = torch.autograd.grad(value, list(weights.values()), retain_graph=True, allow_unused=True)
            for which, gradient in zip(weights, gradients):
                compare(f"{name}.{which}", torch.zeros_like(weights[which]) if gradient is None else gradient)

        draw = {name.removeprefix("augmentation."): tensor for name, tensor in data.items()
                if name.startswith("augmentation.")}
        images = draw["images"].requires_grad_(True)
        result = augmented(images, draw)
        compare("augmentation", result)
        compare("augmentation.gradient", torch.autograd.grad((result * draw["weights"]).sum(), images)[0])

    for line in failed:
        print("losses.py:", line)
    print(f"losses.py: {compared} values and gradients compared, {len(failed)} differ")
    return 1 if failed or compared != 124 else 0


if __name__ == "__main__":
    sys.exit(main())
