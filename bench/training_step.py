#!/usr/bin/env python3
"""One training step of ours against the same step in PyTorch eager, alternated in one run.

usage: training_step.py BENCH_TRAINING_STEP_PROGRAM [--batch 32] [--threads 2] [--rounds 7]

The drawn generator and R2's discriminator at 128 pixels, binary cross-entropy, Adam on both, images handed over as
uint8: in PyTorch as a careful user writes it, with contiguous and with channels_last tensors, each in a process of its
own. Prints images a second (from the minimum and the median time), their ratio, and peak memory.
"""
import argparse
import os
import platform
import resource
import statistics
import subprocess
import sys
import time


def pytorch_side(layout, batch, threads):
    """Serves "step" and "memory" on standard input, as the C++ program does."""
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "parity"))
    import models
    import torch
    from torch.nn.functional import binary_cross_entropy_with_logits as cross_entropy

    torch.set_num_threads(threads)
    memory_format = torch.channels_last if layout == "channels_last" else torch.contiguous_format
    generator = models.csp128()[0].to(memory_format=memory_format)
    discriminator = models.r2_discriminator()[0].to(memory_format=memory_format)
    generator_optimizer = torch.optim.Adam(generator.parameters(), lr=2e-4, betas=(0.5, 0.999))
    discriminator_optimizer = torch.optim.Adam(discriminator.parameters(), lr=2e-4, betas=(0.5, 0.999))
    images = torch.randint(0, 256, (batch, 3, 128, 128), dtype=torch.uint8)
    ones, zeros = torch.ones(batch), torch.zeros(batch)

    def step():
        real = images.to(torch.float32).div_(127.5).sub_(1).contiguous(memory_format=memory_format)
        fake = generator(torch.randn(batch, 100))
        discriminator_optimizer.zero_grad()
        loss = (cross_entropy(discriminator(real), ones)
                + cross_entropy(discriminator(fake.detach()), zeros))
        loss.backward()
        discriminator_optimizer.step()
        generator_optimizer.zero_grad()
        cross_entropy(discriminator(fake), ones).backward()
        generator_optimizer.step()

    for request in sys.stdin:
        if request.strip() == "memory":
            print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024, flush=True)
            continue
        start = time.perf_counter()
        step()
        print(time.perf_counter() - start, flush=True)


class Side:
    def __init__(self, command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.times = []

    def ask(self, request):
        self.process.stdin.write(request + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise SystemExit(f"{self.process.args} ended early")
        return float(answer)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        pytorch_side(arguments.serve, arguments.batch, arguments.threads)
        return

    sizes = ["--batch", str(arguments.batch), "--threads", str(arguments.threads)]
    sides = {"cspgan": Side([arguments.program, str(arguments.batch), str(arguments.threads)])}
    for layout in ("contiguous", "channels_last"):
        sides[f"PyTorch {layout}"] = Side([sys.executable, __file__, arguments.program, *sizes, "--serve", layout])
    for warm_up in range(2):
        for side in sides.values():
            side.ask("step")
    for current in range(arguments.rounds):
        for name, side in sides.items():
            side.times.append(side.ask("step"))
            time.sleep(0.05)
        print(f"\rround {current + 1} of {arguments.rounds}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)

    import torch
    print(f"{platform.machine()}, {os.cpu_count()} cores, torch {torch.__version__}, batch {arguments.batch}, "
          f"{arguments.threads} threads, {arguments.rounds} rounds")
    print(f"{'':24}{'images/s, minimum time':>24}{'images/s, median time':>24}{'peak memory, MiB':>20}")
    memory = {}
    for name, side in sides.items():
        memory[name] = side.ask("memory") / 2**20
        print(f"{name:24}{arguments.batch / min(side.times):24.2f}{arguments.batch / statistics.median(side.times):24.2f}"
              f"{memory[name]:20.0f}")
    for what, summary in (("minimum", min), ("median", statistics.median)):
        best = min(summary(side.times) for name, side in sides.items() if name != "cspgan")
        print(f"ratio of the {what} times, best PyTorch / cspgan: {best / summary(sides['cspgan'].times):.2f}")
    for side in sides.values():
        side.process.stdin.close()
        side.process.wait()


if __name__ == "__main__":
    main()
