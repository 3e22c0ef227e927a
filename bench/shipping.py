#!/usr/bin/env python3
"""Compares the C++ header of export_generator with ONNX Runtime and OpenVINO: one thread, one picture at a time.

    bench/shipping.py --checkpoint runs/faces [--programs build/release/bin] [--repeats 7]

Needs onnxruntime, and openvino if that is to be compared. Each repeat times every candidate in turn, for half a second.
Prints pictures/s, minimum and median, and the time from the start of a process to its first picture.
"""
import argparse
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

PROGRAM = """
#include "generator.hpp"
#include <chrono>
#include <cstdlib>
int main(int, char** arguments) {
  const cspgan_generator::Generator generator("generator.weights");
  cspgan_generator::Workspace workspace;
  std::vector<float> image(cspgan_generator::image_size);
  const auto latents = cspgan_generator::random_latents(1);
  const double seconds = std::atof(arguments[1]);
  const auto start = std::chrono::steady_clock::now();
  int pictures = 0;
  double passed = 0;
  do {
    generator.draw(latents.data(), image.data(), workspace);
    ++pictures;
    passed = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  } while (passed < seconds);
  std::printf("%f\\n", pictures / passed);
}
"""
# Draws for some seconds in a process of its own, so that starts are alike.
RUNTIME = """
import sys, time, numpy
kind, file, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
latents = None
if kind == "ONNX Runtime":
    import onnxruntime
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
    latents = numpy.random.default_rng(1).standard_normal((1, session.get_inputs()[0].shape[1]), dtype="float32")
    draw = lambda: session.run(None, {"latents": latents})
else:
    import openvino
    model = openvino.Core().compile_model(file, "CPU", {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": 1,
                                                        "PERFORMANCE_HINT": "LATENCY"})
    latents = numpy.random.default_rng(1).standard_normal((1, model.inputs[0].partial_shape[1].get_length()), dtype="float32")
    request = model.create_infer_request()
    draw = lambda: request.infer([latents])
start, pictures, passed = time.perf_counter(), 0, 0
while True:
    draw()
    pictures += 1
    passed = time.perf_counter() - start
    if passed >= seconds:
        break
print(pictures / passed)
"""


def has(module):
    return subprocess.run([sys.executable, "-c", f"import {module}"], stderr=subprocess.DEVNULL).returncode == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0], epilog=__doc__.split("\n\n", 1)[1],
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", required=True, help="a checkpoint, or a run's folder")
    parser.add_argument("--programs", type=pathlib.Path, default=pathlib.Path("build/release/bin"), help="folder of export_generator")
    parser.add_argument("--repeats", type=int, default=7, help="how often each is timed")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        subprocess.run([arguments.programs / "export_generator", "--checkpoint", arguments.checkpoint, "--out", folder,
                        "--onnx", "--header"], check=True, stdout=subprocess.DEVNULL)
        (folder / "main.cpp").write_text(PROGRAM)
        subprocess.run([os.environ.get("CXX", "c++"), "-std=c++17", "-O3", "-march=native", "main.cpp", "-o", "main"], cwd=folder, check=True)
        candidates = {"C++ header": ["./main"]}
        for kind, module in (("ONNX Runtime", "onnxruntime"), ("OpenVINO", "openvino")):
            if has(module):
                candidates[kind] = [sys.executable, "-c", RUNTIME, kind, "generator.onnx"]
        rates, starts = {kind: [] for kind in candidates}, {kind: [] for kind in candidates}
        for _ in range(arguments.repeats):
            for kind, command in candidates.items():
                start = time.perf_counter()
                subprocess.run([*command, "0"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
                starts[kind].append(time.perf_counter() - start)
                timed = subprocess.run([*command, "0.5"], cwd=folder, check=True, stdout=subprocess.PIPE, text=True)
                rates[kind].append(float(timed.stdout))
        for kind in candidates:
            print(f"{kind:14} {min(rates[kind]):8.1f} {statistics.median(rates[kind]):8.1f} pictures/s (minimum, median); first picture "
                  f"after {min(starts[kind]):.3f} s; {statistics.median(rates[kind]) / statistics.median(rates['C++ header']):.2f} times the header")


main()
