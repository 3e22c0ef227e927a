"""Runs the exported generators in ONNX Runtime and compares with the library's Sampler.

usage: export.py PARITY_EXPORT_PROGRAM [--openvino]

Each file must pass onnx.checker with shape inference, and its images must be the Sampler's to 1e-4 of the largest value
for batches of 1 and 3; bytes may differ by one level. With --openvino, in OpenVINO, too.
"""
import pathlib
import subprocess
import sys
import tempfile

try:
    import numpy
    import onnx
    import onnxruntime
    from safetensors.numpy import load_file
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

TOLERANCE = 1e-4
HALF_TOLERANCE = 2e-2  # of weights with 11 bits


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


def difference(found, expected):
    if found.shape != expected.shape or found.dtype != expected.dtype:
        sys.exit(f"{found.dtype} {found.shape} in place of {expected.dtype} {expected.shape}")
    worst = numpy.abs(found.astype(float) - expected.astype(float)).max()
    return worst if expected.dtype == numpy.uint8 else worst / numpy.abs(expected).max()


def main():
    program = sys.argv[1]
    runtimes = {"ONNX Runtime": in_onnx_runtime} | ({"OpenVINO": in_openvino} if "--openvino" in sys.argv else {})
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        subprocess.run([program, name], check=True)
        files = sorted(folder.glob("*.onnx"))
        if len(files) < 40:
            sys.exit(f"only {len(files)} files")
        for title, runtime in runtimes.items():
            worst = 0
            for file in files:
                onnx.checker.check_model(str(file), full_check=True)
                expected = load_file(file.with_suffix(".safetensors"))
                run = runtime(file)
                images = expected["bytes" if ".uint8" in file.name else "images"]
                for count in (1, 3):
                    found = difference(run(expected["latents"][:count]), images[:count])
                    allowed = 1 if ".uint8" in file.name else HALF_TOLERANCE if ".half" in file.name else TOLERANCE
                    if not found <= allowed:
                        sys.exit(f"{file.name}: differs by {found:.2e} in {title}")
                    if allowed == TOLERANCE:
                        worst = max(worst, found)
            print(f"{len(files)} generators in {title}: the largest difference is {worst:.1e}")
        whole, half = ((folder / f"{case}.onnx").stat().st_size for case in ("csp", "csp.half"))
        if half > 0.6 * whole:
            sys.exit(f"half weights take {half} of {whole} bytes")


main()
