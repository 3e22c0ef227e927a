"""Compares the metrics of cspgan with those of torch-fidelity, pytorch-fid, clean-fid, prdc and scikit-learn.

Usage: metrics.py PARITY_METRICS_BINARY [EVALUATE_BINARY]

Each of those programs that is missing is named and left out; scripts/setup.sh installs them. Exits with 77 where PyTorch
is missing, or all of them are.
"""
import importlib
import json
import pathlib
import subprocess
import sys
import tempfile
import warnings

warnings.filterwarnings("ignore")
try:
    import numpy as np
    import torch
    from PIL import Image
    from safetensors.torch import load_file, save_file

    import absent_torchvision  # noqa: F401
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

ROOT = pathlib.Path(__file__).resolve().parents[2]
JPEG_OPTIONS = {"quality": 90}  # chroma at half the size, Pillow's default
missing, failed, compared = [], [], 0


def program(name):
    try:
        return importlib.import_module(name)
    except ImportError as error:
        missing.append(f"{name} ({error})")
        return None


def compare(name, found, expected, relative):
    global compared
    compared += 1
    if not abs(found - expected) <= relative * max(abs(expected), 1e-300):
        failed.append(f"{name}: {found!r}, but {expected!r} elsewhere")


def compare_images(name, found, expected, levels):
    global compared
    compared += 1
    difference = np.abs(found.numpy() - expected).max()
    if found.shape != expected.shape or not difference <= levels:
        failed.append(f"{name}: differs by {difference:.3g} levels")


def draw_inputs():
    """Features and images whose metrics are compared; float64, as those programs compute from what they are given."""
    random = np.random.RandomState(7)
    mixing = random.normal(size=(96, 96)) / 10
    real = random.normal(size=(600, 96)) @ mixing + 1
    fake = random.normal(size=(500, 96)) @ mixing * 0.9 + 1.05
    narrow = np.concatenate([real[:40], real[:40] * 0.5 + 0.1], axis=1)  # fewer rows than dimensions, twice over
    logits = random.normal(size=(350, 12)) * 2
    draw = np.random.RandomState(2020)  # as torch-fidelity draws its subsets
    pairs = [(draw.choice(600, 100, replace=False), draw.choice(500, 100, replace=False)) for _ in range(10)]
    inputs = {
        "wide.real": real, "wide.fake": fake,
        "singular.real": narrow, "singular.fake": narrow[::-1] * 1.1 + random.normal(size=narrow.shape) * 0.05,
        "tiny.real": real * 1e-6, "tiny.fake": fake * 1e-6, "huge.real": real * 1e6, "huge.fake": fake * 1e6,
        "subsets.real": np.stack([a for a, _ in pairs]), "subsets.fake": np.stack([b for _, b in pairs]),
        "logits": logits, "probabilities": np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True),
        "images.portrait": random.randint(0, 256, size=(2, 3, 218, 178), dtype=np.uint8),
        "images.small": random.randint(0, 256, size=(2, 3, 32, 32), dtype=np.uint8),
        "images.large": random.randint(0, 256, size=(1, 3, 700, 500), dtype=np.uint8),
        "images.same": random.randint(0, 256, size=(1, 3, 299, 299), dtype=np.uint8),
    }
    return {name: torch.from_numpy(np.ascontiguousarray(value)) for name, value in inputs.items()}


def check_frechet(inputs, metrics):
    fidelity, pytorch_fid = program("torch_fidelity.metric_fid"), program("pytorch_fid.fid_score")
    for name in ("wide", "tiny", "huge", "singular"):
        real, fake = inputs[f"{name}.real"].numpy(), inputs[f"{name}.fake"].numpy()
        found = metrics[f"{name}.frechet"].item()
        # For singular covariances the others take roots of rounding errors; the exact value comes from the samples.
        if name == "singular":
            centered = [(rows - rows.mean(axis=0)) / np.sqrt(len(rows) - 1) for rows in (real, fake)]
            root = np.linalg.svd(centered[0] @ centered[1].T, compute_uv=False).sum()
            shift = real.mean(axis=0) - fake.mean(axis=0)
            compare("Fréchet, singular", found, shift @ shift + sum((c**2).sum() for c in centered) - 2 * root, 1e-8)
        statistics = [(rows.mean(axis=0), np.cov(rows, rowvar=False)) for rows in (real, fake)]
        tolerance = 1e-4 if name == "singular" else 1e-6
        if fidelity:
            both = [{"mu": mean, "sigma": covariance} for mean, covariance in statistics]
            elsewhere = fidelity.fid_statistics_to_metric(*both, verbose=False)[fidelity.KEY_METRIC_FID]
            compare(f"Fréchet, {name}, torch-fidelity", found, elsewhere, tolerance)
        # Below its threshold for singular products pytorch-fid adds 1e-6 to the diagonal: at tiny scales that is all.
        if pytorch_fid and name not in ("tiny", "singular"):
            elsewhere = pytorch_fid.calculate_frechet_distance(*statistics[0], *statistics[1])
            compare(f"Fréchet, {name}, pytorch-fid", found, elsewhere, tolerance)


def check_kernel_and_score(inputs, metrics):
    kid = program("torch_fidelity.metric_kid")
    if kid:
        elsewhere = kid.kid_features_to_metric(inputs["wide.real"], inputs["wide.fake"], kid_subsets=10,
                                               kid_subset_size=100, rng_seed=2020, verbose=False)
        compare("KID, torch-fidelity", metrics["kid"].item(), elsewhere[kid.KEY_METRIC_KID_MEAN], 1e-6)
    isc = program("torch_fidelity.metric_isc")
    if isc:
        elsewhere = isc.isc_features_to_metric(inputs["logits"], splits=10, shuffle=False)
        compare("Inception score, torch-fidelity", metrics["inception_score"].item(),
                elsewhere[isc.KEY_METRIC_ISC_MEAN], 1e-9)
        compare("Inception score's spread, torch-fidelity", metrics["inception_score_spread"].item(),
                elsewhere[isc.KEY_METRIC_ISC_STD], 1e-9)


def check_neighbors(inputs, metrics):
    real, fake = inputs["wide.real"], inputs["wide.fake"]
    prdc = program("prdc")
    if prdc:
        for k in (3, 5):
            for name, value in prdc.compute_prdc(real.numpy(), fake.numpy(), nearest_k=k).items():
                # Counts, so equal; density alone is a quotient that two programs may round differently.
                compare(f"{name}, k = {k}, prdc", metrics[f"{name}.{k}"].item(), value,
                        1e-12 if name == "density" else 0)
    prc = program("torch_fidelity.metric_prc")
    if prc:
        elsewhere = prc.prc_features_to_metric(fake, real, prc_neighborhood=3, prc_batch_size=1000,
                                               save_cpu_ram=False, verbose=False)
        for name in ("precision", "recall"):
            compare(f"{name}, torch-fidelity", metrics[f"{name}.3"].item(), elsewhere[name], 1e-7)
    neighbors = program("sklearn.neighbors")
    if neighbors:
        both = np.concatenate([real, fake])
        is_real = np.arange(len(both)) < len(real)
        nearest = neighbors.NearestNeighbors(n_neighbors=2, algorithm="brute").fit(both)
        right = is_real[nearest.kneighbors(both, return_distance=False)[:, 1]] == is_real
        compare("1-NN, scikit-learn", metrics["one_nn"].item(), right.mean(), 1e-15)
        compare("1-NN, reals, scikit-learn", metrics["one_nn_real"].item(), right[is_real].mean(), 1e-15)
        compare("1-NN, fakes, scikit-learn", metrics["one_nn_fake"].item(), right[~is_real].mean(), 1e-15)
        distance, index = neighbors.NearestNeighbors(n_neighbors=3, algorithm="brute").fit(real).kneighbors(fake)
        compare("nearest reals, scikit-learn", (metrics["nearest_index"].numpy() != index).sum(), 0, 0)
        compare("their distances, scikit-learn", np.abs(metrics["nearest_distance"].numpy() / distance - 1).max() + 1,
                1, 1e-9)
        pairwise = importlib.import_module("sklearn.metrics").pairwise_distances(fake)
        compare("diversity, scikit-learn", metrics["diversity"].item(), pairwise.sum() / (500 * 499), 1e-9)


def check_resizing(inputs, metrics):
    resize = program("cleanfid.resize")
    if not resize:
        return
    for name in (name for name in inputs if name.startswith("images.")):
        for convention, mode in (("clean", "clean"), ("pytorch", "legacy_pytorch")):
            resizer = resize.build_resizer(mode)
            elsewhere = np.stack([resizer(image.permute(1, 2, 0).numpy()).transpose(2, 0, 1)
                                  for image in inputs[name]])
            # float32 either way: the last digits of 255.
            compare_images(f"{name}, {mode}, clean-fid", metrics[f"{convention}.{name}"], elsewhere, 1e-3)


class Layers(torch.nn.Module):
    """A small network with the parts and arguments that the TorchScript Inception has."""

    def __init__(self):
        super().__init__()
        self.first = torch.nn.Conv2d(3, 24, 7, stride=6)
        self.second = torch.nn.Conv2d(24, 8, 5, stride=4)

    def forward(self, x):
        x = torch.relu(self.second(torch.relu(self.first(x))))
        return torch.cat([x.mean([2, 3]), x.amax([2, 3])], dim=1)


class Detector(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = Layers()
        self.output = torch.nn.Linear(16, 10)

    def forward(self, img: torch.Tensor, return_features: bool = False, use_fp16: bool = False,
                no_output_bias: bool = False):
        x = torch.nn.functional.interpolate(img.to(torch.float32), size=[299, 299], mode="bilinear",
                                            align_corners=False)
        features = self.layers((x - 128) / 128)
        if return_features:
            return features
        logits = torch.nn.functional.linear(features, self.output.weight) if no_output_bias else self.output(features)
        return logits.softmax(dim=1)


def write_pictures(folder, images, ending):
    """Files of the pictures, in the order of their names."""
    folder.mkdir()
    files = [folder / f"{number:05}.{ending}" for number in range(len(images))]
    for file, image in zip(files, images):
        Image.fromarray(image.transpose(1, 2, 0)).save(file, **JPEG_OPTIONS if ending == "jpg" else {})
    return files


def read_by_pillow(files):
    return [np.ascontiguousarray(np.asarray(Image.open(file)).transpose(2, 0, 1)) for file in files]


def distance_elsewhere(detector, resizing, images, pytorch_fid, resize):
    """The Fréchet distance of real and fake pictures, [3, H, W] each, by all other code than cspgan's."""
    statistics = []
    resizer = resize.build_resizer("clean" if resizing == "clean-fid" else "legacy_pytorch")
    for kind in ("real", "fake"):
        rows = []
        for image in images[kind]:
            with torch.no_grad():
                if resizing == "none":
                    rows.append(detector(torch.from_numpy(image)[None], return_features=True))
                else:
                    resized = resizer(image.transpose(1, 2, 0)).transpose(2, 0, 1)
                    resized = torch.from_numpy(np.ascontiguousarray(resized))[None]
                    rows.append(detector.layers((resized - 128) / 128) if hasattr(detector, "layers")
                                else detector(resized, return_features=True))
        rows = torch.cat(rows).double().numpy()
        statistics.append((rows.mean(axis=0), np.cov(rows, rowvar=False)))
    return pytorch_fid.calculate_frechet_distance(*statistics[0], *statistics[1])


def check_program(evaluate, folder, what, network, images, ending):
    """From picture files to the Fréchet distance. That both read the same pixels, pictures.py shows."""
    pytorch_fid, resize = program("pytorch_fid.fid_score"), program("cleanfid.resize")
    if not pytorch_fid or not resize:
        return
    detector = torch.jit.load(network).eval()
    what = f"{what}, {ending}"
    files = {kind: write_pictures(folder / f"{what}-{kind}", pictures, ending) for kind, pictures in images.items()}
    pixels = {kind: read_by_pillow(names) for kind, names in files.items()}
    for resizing in ("none", "clean-fid", "pytorch-fid"):
        report = folder / f"{what}-{resizing}.json"
        subprocess.run([evaluate, "--data", folder / f"{what}-real", "--fake", folder / f"{what}-fake", "--features",
                        network, "--resizing", resizing, "--metrics", "fid", "--cache", "none", "--json", report,
                        "--threads", "1"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        metric = json.loads(report.read_text())["metrics"][0]["value"]
        elsewhere = distance_elsewhere(detector, resizing, pixels, pytorch_fid, resize)
        compare(f"{what}, resizing {resizing}, from files", metric, elsewhere, 1e-4)


def check_end_to_end(evaluate, folder):
    torch.manual_seed(3)
    network = folder / "detector.pt"
    torch.jit.script(Detector().eval()).save(network)
    random = np.random.RandomState(5)
    noise = lambda count, scale: np.clip(np.cumsum(random.normal(size=(count, 3, 40, 50)), axis=3) * scale + 128, 0,
                                         255).astype(np.uint8)
    pictures = {"real": noise(40, 30), "fake": noise(36, 24)}
    for ending in ("png", "jpg"):
        check_program(evaluate, folder, "small network", str(network), pictures, ending)

    faces, weights = ROOT.parent / "shared/data/celeba/img_align_celeba", ROOT.parent / "shared/data/features"
    if not faces.is_dir():
        print("metrics.py: no ../shared, so no faces and no network with real weights")
        return
    pictures = [np.asarray(Image.open(file).convert("RGB").crop((0, 20, 178, 198)).resize((64, 64))).transpose(2, 0, 1)
                for file in sorted(faces.iterdir())[:24]]
    coarse = [np.repeat(np.repeat(image[:, ::2, ::2], 2, axis=1), 2, axis=2) for image in pictures[12:]]
    # 12 images in 1024 dimensions are singular, where sqrtm alone is off by 1e-3: 6 dimensions of them are enough.
    thin = torch.jit.load(str(weights / "resnet50_thin.pt")).eval()

    class Few(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.whole = thin

        def forward(self, img: torch.Tensor, return_features: bool = True):
            return self.whole(img, True)[:, :6]

    few = folder / "thin.pt"
    torch.jit.script(Few().eval()).save(few)
    for ending in ("png", "jpg"):
        check_program(evaluate, folder, "faces", str(few), {"real": pictures[:12], "fake": coarse}, ending)


def main():
    torch.set_num_threads(1)
    inputs = draw_inputs()
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        save_file(inputs, folder / "in.safetensors")
        subprocess.run([sys.argv[1], folder / "in.safetensors", folder / "out.safetensors"], check=True)
        metrics = load_file(folder / "out.safetensors")
        check_frechet(inputs, metrics)
        check_kernel_and_score(inputs, metrics)
        check_neighbors(inputs, metrics)
        check_resizing(inputs, metrics)
        if len(sys.argv) > 2:
            check_end_to_end(sys.argv[2], folder)
    for name in sorted(set(missing)):
        print(f"metrics.py: not compared with {name}")
    for line in failed:
        print("metrics.py:", line)
    print(f"metrics.py: {compared} metrics compared, {len(failed)} differ")
    if compared <= 1:
        return 77
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
