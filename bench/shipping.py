#!/usr/bin/env python3
"""Compares what export_generator writes for C++ with ONNX Runtime and OpenVINO, on one thread.

    bench/shipping.py --checkpoint runs/faces [--build build/release] [--repeats 7] [--batches 1 64]

Needs onnxruntime, and openvino if that is to be compared. Each repeat times every candidate in turn, for half a second.
Prints pictures/s, minimum and median; the time from the start of a process to its first picture; the most memory that
a process took; and the size on disk of all that is needed to draw besides the language's own libraries. The header and
the runtime are programs in C++, the others Python, whose own start and memory are printed last, to be taken off.
"""
import argparse
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

HEADER = """
#include "generator.hpp"
#include "timing.hpp"
int main(int, char** arguments) {
  const cspgan_generator::Generator generator("generator.weights");
  cspgan_generator::Workspace workspace;
  const int batch = std::atoi(arguments[1]);
  std::vector<float> image(cspgan_generator::image_size);
  const auto latents = cspgan_generator::random_latents(1);
  time_pictures(batch, std::atof(arguments[2]), [&] {
    for (int k = 0; k < batch; ++k) generator.draw(latents.data(), image.data(), workspace);
  });
}
"""
RUNTIME = """
#include <cspgan/runtime/runtime_generator.hpp>
#include "timing.hpp"
int main(int, char** arguments) {
  const cspgan::RuntimeGenerator generator{std::filesystem::path("generator.cspgan")};
  const std::size_t batch = std::size_t(std::atoi(arguments[1]));
  std::vector<float> images(batch * generator.image_size()), latents;
  for (std::size_t k = 0; k < batch; ++k) {
    const auto one = generator.random_latents(k);
    latents.insert(latents.end(), one.begin(), one.end());
  }
  time_pictures(int(batch), std::atof(arguments[2]), [&] { generator.draw(latents.data(), batch, images.data()); });
}
"""
TIMING = """
#include <chrono>
#include <cstdio>
#include <cstdlib>
template <class Draw>
void time_pictures(int batch, double seconds, const Draw& draw) {
  const auto start = std::chrono::steady_clock::now();
  double pictures = 0, passed = 0;
  do {
    draw();
    pictures += batch;
    passed = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  } while (passed < seconds);
  std::printf("%f\\n", pictures / passed);
}
"""
# Draws for some seconds in a process of its own, so that starts are alike.
PYTHON = """
import sys, time, numpy
kind, batch, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
if kind == "ONNX Runtime":
    import onnxruntime
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession("generator.onnx", options, providers=["CPUExecutionProvider"])
    latents = numpy.random.default_rng(1).standard_normal((batch, session.get_inputs()[0].shape[1]), dtype="float32")
    draw = lambda: session.run(None, {"latents": latents})
elif kind == "OpenVINO":
    import openvino
    model = openvino.Core().compile_model("generator.onnx", "CPU", {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": 1,
                                                                    "PERFORMANCE_HINT": "LATENCY"})
    latents = numpy.random.default_rng(1).standard_normal((batch, model.inputs[0].partial_shape[1].get_length()), dtype="float32")
    request = model.create_infer_request()
    draw = lambda: request.infer([latents])
else:
    draw = lambda: None
    seconds = 0
start, pictures, passed = time.perf_counter(), 0, 0
while True:
    draw()
    pictures += batch
    passed = time.perf_counter() - start
    if passed >= seconds:
        break
print(pictures / passed)
"""


def size_of(module):
    """Bytes of a Python package, with the libraries beside it; none if it is not there."""
    found = subprocess.run([sys.executable, "-c", f"import {module}; print({module}.__path__[0])"], capture_output=True, text=True)
    if found.returncode != 0:
        return None
    folder = pathlib.Path(found.stdout.strip())
    return sum(file.stat().st_size for place in (folder, folder.with_name(folder.name + ".libs")) for file in place.rglob("*")
               if file.is_file() and "__pycache__" not in file.parts)


def run(command, folder):
    """What the process printed, its seconds, and the most memory that it took, in bytes."""
    start = time.perf_counter()
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True)
    printed = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"{command[0]} failed")
    return float(printed), time.perf_counter() - start, usage.ru_maxrss * 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0], epilog=__doc__.split("\n\n", 1)[1],
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", required=True, help="a checkpoint, or a run's folder")
    parser.add_argument("--build", type=pathlib.Path, default=pathlib.Path("build/release"), help="a folder that the library was built in")
    parser.add_argument("--repeats", type=int, default=7, help="how often each is timed")
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 64], help="pictures drawn at once")
    arguments = parser.parse_args()
    source = pathlib.Path(__file__).resolve().parent.parent
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        subprocess.run([arguments.build / "bin/export_generator", "--checkpoint", arguments.checkpoint, "--out", folder,
                        "--onnx", "--header", "--runtime"], check=True, stdout=subprocess.DEVNULL)
        compiler = os.environ.get("CXX", "c++")
        (folder / "timing.hpp").write_text(TIMING)
        library = arguments.build.resolve() / "libcspgan_runtime.a"
        for program, text, options in (("header", HEADER, ["-std=c++17", "-O3", "-march=native"]),
                                       ("runtime", RUNTIME, ["-std=c++20", "-O2", f"-I{source}/include"])):
            (folder / f"{program}.cpp").write_text(text)
            more = [library, "-lhwy"] if program == "runtime" else []
            subprocess.run([compiler, *options, f"{program}.cpp", "-o", program, "-s", *more], cwd=folder, check=True)
        size = lambda *files: sum((folder / file).stat().st_size for file in files)
        candidates = {"cspgan::runtime": (["./runtime"], size("runtime", "generator.cspgan")),
                      "C++ header": (["./header"], size("header", "generator.weights"))}
        for kind, module in (("ONNX Runtime", "onnxruntime"), ("OpenVINO", "openvino")):
            if (needed := size_of(module)) is not None:
                candidates[kind] = ([sys.executable, "-c", PYTHON, kind], needed + size("generator.onnx"))
        candidates["Python alone"] = ([sys.executable, "-c", PYTHON, "nothing"], 0)
        print(f"{'':16}{'batch':>6}{'pictures/s: min':>17}{'median':>9}{'first picture, s':>18}{'memory, MB':>12}{'on disk, MB':>13}")
        for batch in arguments.batches:
            rates, starts, memory = ({kind: [] for kind in candidates} for _ in range(3))
            for _ in range(arguments.repeats):
                for kind, (command, _) in candidates.items():
                    starts[kind].append(run([*command, str(batch), "0"], folder)[1])
                    rate, _, most = run([*command, str(batch), "0.5"], folder)
                    rates[kind].append(rate)
                    memory[kind].append(most)
            for kind, (_, disk) in candidates.items():
                drawn = f"{min(rates[kind]):17.0f}{statistics.median(rates[kind]):9.0f}" if kind != "Python alone" else f"{'-':>17}{'-':>9}"
                print(f"{kind:16}{batch:6}{drawn}{min(starts[kind]):18.3f}{statistics.median(memory[kind]) / 1e6:12.0f}{disk / 1e6:13.1f}", flush=True)


main()
