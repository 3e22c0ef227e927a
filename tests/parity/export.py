"""Runs the exported generators in ONNX Runtime and as C++, and compares with the library's Sampler.

usage: export.py PARITY_EXPORT_PROGRAM [--openvino] [--mnn] [--every-header]

Each ONNX file must pass onnx.checker with shape inference, and its images must be the Sampler's to 1e-4 of the largest
value for batches of 1 and 3; bytes may differ by one level. With --openvino, in OpenVINO, too, and with --mnn in MNN
(pip's packages openvino and MNN). The headers must compile
as C++17 without a warning and give the Sampler's images to 1e-5; a few of them, or with --every-header all. The PyTorch
modules must give them to 1e-5, and what they save must load with the same images.
"""
import os
import pathlib
import subprocess
import sys
import tempfile

try:
    import numpy
    import onnx
    import onnxruntime
    import torch
    from safetensors.numpy import load_file
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

TOLERANCE = 1e-4
HALF_TOLERANCE = 2e-2  # of weights with 11 bits
HEADER_TOLERANCE = 1e-5
# Each operator is in one of these.
HEADERS = ("groups", "csp", "csp128", "csp_from_2x2.spectral", "csp_stem64", "own_block", "batch.after_activation.transposed_3",
           "group.before_activation.nearest_convolution", "group.after_activation.transposed_2",
           "none.before_activation.nearest")
PROGRAM = """
#include "{name}.hpp"
#include <iostream>
#include <iterator>
int main() {{
  const cspgan_generator::Generator generator("{name}.weights");
  cspgan_generator::Workspace workspace;
  std::vector<float> latents(cspgan_generator::latent_size), image(cspgan_generator::image_size);
  std::vector<std::uint8_t> bytes(cspgan_generator::image_size);
  while (std::cin.read(reinterpret_cast<char*>(latents.data()), std::streamsize(latents.size() * sizeof(float)))) {{
    generator.draw(latents.data(), image.data(), workspace);
    generator.draw_bytes(latents.data(), bytes.data(), workspace);
    std::cout.write(reinterpret_cast<const char*>(image.data()), std::streamsize(image.size() * sizeof(float)));
    std::cout.write(reinterpret_cast<const char*>(bytes.data()), std::streamsize(bytes.size()));
  }}
}}
"""


MNN_PROGRAM = """
import numpy, MNN.nn, MNN.expr as expr
latents = numpy.load("latents.npy")
images = MNN.nn.load_module_from_file("network.mnn", ["latents"], ["images"]).forward([expr.const(latents, list(latents.shape), expr.NCHW)])[0]
if len(images.shape) == 4 and images.data_format == expr.NC4HW4:
    images = expr.convert(images, expr.NCHW)
numpy.save("images.npy", numpy.array(images.read()))
"""


def in_onnx_runtime(file):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
    return lambda latents: session.run(["images"], {"latents": latents})[0]


def in_openvino(file):
    import openvino
    # Float32 also on processors that have bfloat16.
    model = openvino.Core().compile_model(str(file), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    return lambda latents: model([latents])[0]


def in_mnn(file):
    """Each call is a process of its own: MNN keeps state between networks, and stops at some of them."""
    folder = file.parent
    subprocess.run([pathlib.Path(sys.executable).with_name("mnnconvert"), "-f", "ONNX", "--modelFile", file, "--MNNModel",
                    folder / "network.mnn", "--bizCode", "cspgan"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    def draw(latents):
        numpy.save(folder / "latents.npy", latents)
        subprocess.run([sys.executable, "-c", MNN_PROGRAM], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        return numpy.load(folder / "images.npy")
    return draw


def difference(found, expected):
    if found.shape != expected.shape or found.dtype != expected.dtype:
        sys.exit(f"{found.dtype} {found.shape} in place of {expected.dtype} {expected.shape}")
    if found.size == 0:
        return 0
    worst = numpy.abs(found.astype(float) - expected.astype(float)).max()
    return worst if expected.dtype == numpy.uint8 else worst / numpy.abs(expected).max()


def check_header(folder, name):
    """Compiles a header by itself, runs it, and returns its largest difference."""
    (folder / "main.cpp").write_text(PROGRAM.format(name=name))
    compiler = os.environ.get("CXX", "c++")
    subprocess.run([compiler, "-std=c++17", "-O1", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "main.cpp", "-o", "main"],
                   cwd=folder, check=True)
    expected = load_file(folder / f"{name}.safetensors")
    output = subprocess.run(["./main"], cwd=folder, input=expected["latents"].tobytes(), stdout=subprocess.PIPE, check=True).stdout
    count, numbers = len(expected["images"]), expected["images"][0].size
    rows = numpy.frombuffer(output, numpy.uint8).reshape(count, 5 * numbers)
    images = numpy.ascontiguousarray(rows[:, :4 * numbers]).view(numpy.float32).reshape(expected["images"].shape)
    levels = numpy.abs(rows[:, 4 * numbers:].astype(int) - expected["bytes"].reshape(count, numbers)).max()
    found = difference(images, expected["images"])
    if not found <= HEADER_TOLERANCE or levels > 1:
        sys.exit(f"{name}.hpp: differs by {found:.2e} and {levels} levels")
    return found


def check_module(folder, file):
    """Loads the PyTorch module, also from what it saved itself, and returns its largest difference."""
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    import generator
    expected = load_file(file.with_suffix(".safetensors"))
    network = generator.load(file)
    generator.save(network, folder / "again.generator.safetensors")
    for module in (network, generator.load(folder / "again.generator.safetensors")):
        with torch.no_grad():
            found = difference(module(torch.from_numpy(expected["latents"])).numpy(), expected["images"])
        if not found <= HEADER_TOLERANCE:
            sys.exit(f"{file.name}: differs by {found:.2e} in PyTorch")
    return found


def main():
    program = sys.argv[1]
    runtimes = {"ONNX Runtime": in_onnx_runtime} | ({"OpenVINO": in_openvino} if "--openvino" in sys.argv else {}) | ({"MNN": in_mnn} if "--mnn" in sys.argv else {})
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        subprocess.run([program, name], check=True)
        files = sorted(folder.glob("*.onnx"))
        if len(files) < 40:
            sys.exit(f"only {len(files)} files")
        for opset in range(18, 22):  # what is written means the same in each
            again = onnx.load(str(folder / "groups.onnx"))
            again.opset_import[0].version = opset
            onnx.save(again, str(folder / f"groups.opset{opset}.onnx"))
            (folder / f"groups.opset{opset}.safetensors").write_bytes((folder / "groups.safetensors").read_bytes())
        files = sorted(folder.glob("*.onnx"))
        for title, runtime in runtimes.items():
            worst = 0
            for file in files:
                onnx.checker.check_model(str(file), full_check=True)
                expected = load_file(file.with_suffix(".safetensors"))
                run = runtime(file)
                images = expected["bytes" if ".uint8" in file.name else "images"]
                for count in (0, 1, 3) if title == "ONNX Runtime" else (1, 3):
                    found = difference(run(expected["latents"][:count]), images[:count])
                    allowed = 1 if ".uint8" in file.name else HALF_TOLERANCE if ".half" in file.name else TOLERANCE
                    if not found <= allowed:
                        sys.exit(f"{file.name}: differs by {found:.2e} in {title}")
                    if allowed == TOLERANCE:
                        worst = max(worst, found)
            print(f"{len(files)} generators in {title}: the largest difference is {worst:.1e}")
        modules = sorted(folder.glob("*.generator"))
        worst = max(check_module(folder, file) for file in modules)
        print(f"{len(modules)} generators in PyTorch: the largest difference is {worst:.1e}")
        names = [file.stem for file in sorted(folder.glob("*.weights"))] if "--every-header" in sys.argv else HEADERS
        worst = max(check_header(folder, name) for name in names)
        print(f"{len(names)} generators as C++: the largest difference is {worst:.1e}")
        whole, half = ((folder / f"{case}.onnx").stat().st_size for case in ("csp", "csp.half"))
        if half > 0.6 * whole:
            sys.exit(f"half weights take {half} of {whole} bytes")


main()
