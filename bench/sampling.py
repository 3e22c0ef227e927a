#!/usr/bin/env python3
"""Images per second of a generator in evaluation mode: ours against other ways to run it, all alternated in one run.

usage: sampling.py BENCH_SAMPLING_PROGRAM [--networks reference128] [--batch 64 1] [--threads 2 1] [--rounds 7]
                   [--markdown FILE]

The generator in float32, applied to fixed latents: PyTorch eager (contiguous and channels_last), torch.compile,
TorchScript frozen and optimized for inference, ONNX Runtime, OpenVINO, each in its own process with as many threads as
ours. All use our weights and must produce our images.
"""
import argparse
import os
import sys
import tempfile

import sides

IMAGE_TOLERANCE = 1e-3  # relative to the images' own standard deviation, which is small in untrained ones
NEEDS = {"ONNX Runtime": ("onnx", "onnxruntime"), "OpenVINO": ("onnx", "openvino")}


# ---- the other ways; each takes the network and latents, and returns a function that makes the images


def eager(network, latents, threads):
    return lambda: network(latents)


def channels_last(network, latents, threads):
    import torch
    return eager(network.to(memory_format=torch.channels_last), latents, threads)


def compiled(network, latents, threads):
    import torch
    import torch._inductor.config
    torch._inductor.config.freezing = True  # weights become constants, whose layout is chosen once
    network = torch.compile(network.to(memory_format=torch.channels_last))
    return lambda: network(latents)


def torchscript(network, latents, threads):
    import torch
    network = network.to(memory_format=torch.channels_last)  # a little faster than contiguous
    optimized = torch.jit.optimize_for_inference(torch.jit.freeze(torch.jit.trace(network, latents)))
    return lambda: optimized(latents)


def onnx_runtime(network, latents, threads):
    import onnxruntime
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    with tempfile.TemporaryDirectory() as folder:
        session = onnxruntime.InferenceSession(exported(network, latents, folder), options,
                                               providers=["CPUExecutionProvider"])
    feed = {session.get_inputs()[0].name: latents.numpy()}
    return lambda: session.run(None, feed)[0]


def openvino(network, latents, threads):
    from openvino import Core
    core = Core()
    with tempfile.TemporaryDirectory() as folder:
        model = core.compile_model(exported(network, latents, folder), "CPU",
                                   {"INFERENCE_NUM_THREADS": threads, "NUM_STREAMS": 1,
                                    "PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32"})
    request, feed = model.create_infer_request(), latents.numpy()
    return lambda: request.infer([feed], share_inputs=True, share_outputs=True)[0]


def exported(network, latents, folder):
    import warnings

    import torch
    warnings.simplefilter("ignore", DeprecationWarning)  # the older exporter needs no other package and is sufficient
    path = os.path.join(folder, "generator.onnx")
    torch.onnx.export(network, (latents,), path, dynamo=False)
    return path


WAYS = {"eager": eager, "channels_last": channels_last, "torch.compile": compiled, "TorchScript": torchscript,
        "ONNX Runtime": onnx_runtime, "OpenVINO": openvino}


def other_side(way, pair, threads):
    """Answers like the C++ program, with "load FILE" in place of "save FILE", and "difference" with the largest
    difference from our images, relative to their standard deviation."""
    import networks
    import torch
    from safetensors.torch import load_file
    torch.set_num_threads(threads)
    torch.set_num_interop_threads(1)
    make_images = expected = None

    def load(file):
        nonlocal make_images, expected
        tensors = load_file(file)
        network = networks.with_weights(networks.PAIRS[pair].generator(), tensors, "generator.").eval()
        with torch.no_grad():
            make_images = torch.inference_mode()(WAYS[way](network, tensors["latents"], threads))
        expected = tensors["images"]
        return "ok"

    def difference(rest):
        return str(((torch.as_tensor(make_images()) - expected).abs().max() / expected.std()).item())

    sides.serve({"load": load, "difference": difference, "step": sides.timed(lambda: make_images())})


# ---- the comparison


def compare(program, pair, batch, threads, ways, rounds):
    def other(way):
        command = [sys.executable, os.path.abspath(__file__), program, "--networks", pair, "--threads", str(threads),
                   "--serve", way]
        return sides.Side(way, command, threads)

    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, "generator.safetensors")
        ours = sides.Side("cspgan", [program, pair, str(batch), str(threads)], threads)
        all_sides = [ours, *(other(way) for way in ways)]

        def first_steps(side):
            side.ask(f"save {file}" if side is ours else f"load {file}")
            if side is not ours and not float(side.ask("difference")) <= IMAGE_TOLERANCE:
                raise SystemExit(f"{side.name} makes other images than ours")
            side.ask("step")

        with sides.closing(all_sides):
            sides.alternate(all_sides, rounds, first_steps)
    return all_sides


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", help="bench_sampling")
    parser.add_argument("--networks", default="reference128", help="reference128, b-128, faces64, ...")
    parser.add_argument("--batch", type=int, nargs="+", default=[64, 1])
    parser.add_argument("--threads", type=int, nargs="+", default=[2, 1])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=list(WAYS), help="the other ways to run it")
    parser.add_argument("--markdown", metavar="FILE", help="append the table")
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        other_side(arguments.serve, arguments.networks, arguments.threads[0])
        return

    packages = dict.fromkeys(package for way in arguments.ways for package in NEEDS.get(way, ()))
    introduction = (f"{sides.machine()}; {sides.versions('torch', *packages)}; {arguments.rounds} rounds; "
                    f"{sides.COMPARED}")
    table = sides.Table("Sampling", introduction,
                        ["networks", "batch", "threads", *sides.compared_columns(["cspgan", *arguments.ways])],
                        arguments.markdown)
    for threads in arguments.threads:
        for batch in arguments.batch:
            measured = compare(arguments.program, arguments.networks, batch, threads, arguments.ways, arguments.rounds)
            table.row([arguments.networks, batch, threads, *sides.compared(measured, batch)])


if __name__ == "__main__":
    main()
