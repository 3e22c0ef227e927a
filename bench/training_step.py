#!/usr/bin/env python3
"""One training step of ours against the same step in PyTorch, all alternated in one run.

usage: training_step.py BENCH_TRAINING_STEP_PROGRAM [--all | --scaling | --networks NAME --batch N --threads N
                        --penalty plain|r1|gradient_penalty] [--rounds 7] [--markdown FILE]

By default: reference128 (the reference generator and the strided3 discriminator at 128 pixels), batch 32, 2 threads, no
penalty. --all measures all networks, batches, threads and penalties, the most informative first; --scaling all image
sizes, batches and threads. Each row is printed, and appended to --markdown, as soon as it has been measured.

A step: images as uint8, binary cross-entropy, a discriminator update and a generator update, Adam for both, the EMA of
the generator's weights. PyTorch does it as a careful user would write it (fused Adam, foreach EMA, no gradients of the
discriminator's weights in the generator update), in a separate process for each way to run it: contiguous,
channels_last, torch.compile. All sides start from our weights and use our random numbers; the losses of the first two
steps must agree, so that all do the same work.
"""
import argparse
import dataclasses
import os
import sys
import tempfile

import sides

PENALTIES = ("plain", "r1", "gradient_penalty")
VARIANTS = {"eager": "contiguous", "channels_last": "channels_last", "torch.compile": "channels_last"}
# Relative tolerances for the first and the second step. The first fakes are nearly uniform: batch norm subtracts their
# mean and leaves rounding errors. LibTorch's scores of them differ from those in float64 by 2.5e-3, ours by 3e-5.
LOSS_TOLERANCE = (1e-2, 1e-1)


@dataclasses.dataclass(frozen=True)
class Case:
    networks: str = "reference128"
    batch: int = 32
    threads: int = 2
    penalty: str = "plain"

    def arguments(self):
        return [self.networks, str(self.batch), str(self.threads), self.penalty]


def matrix():
    """All cases of docs/performance.md, the most informative first."""
    return [Case(networks, batch, threads, penalty)
            for threads in (2, 1) for batch in (32, 8, 64) for penalty in PENALTIES
            for networks in ("reference128", "b-128", "faces64")]


def scaling():
    return [Case(f"reference{size}", batch, threads)
            for threads in (2, 1) for size in (32, 64, 128) for batch in (8, 16, 32, 64)]


# ---- the step in PyTorch


def pytorch_side(variant, case):
    """Answers like the C++ program, with "load FILE" in place of "save FILE"."""
    import copy

    import networks
    import torch
    from safetensors.torch import load_file
    from torch.nn.functional import binary_cross_entropy_with_logits as cross_entropy

    torch.set_num_threads(case.threads)
    torch.set_num_interop_threads(1)
    pair = networks.PAIRS[case.networks]
    memory_format = getattr(torch, {"contiguous": "contiguous_format"}.get(VARIANTS[variant], VARIANTS[variant]))

    class Training:
        def __init__(self, file):
            tensors = load_file(file)
            # Used by the penalty. Not compiled, since a compiled network cannot be differentiated twice.
            self.eager_discriminator = networks.with_weights(pair.discriminator(), tensors, "discriminator.")
            self.eager_generator = networks.with_weights(pair.generator(), tensors, "generator.")
            for network in (self.eager_generator, self.eager_discriminator):
                network.to(memory_format=memory_format)
            self.averaged = copy.deepcopy(self.eager_generator).requires_grad_(False).eval()
            compiled = torch.compile if variant == "torch.compile" else lambda network: network
            self.generator = compiled(self.eager_generator)
            self.discriminator = compiled(self.eager_discriminator)
            self.generator_optimizer = self.optimizer_of(self.eager_generator)
            self.discriminator_optimizer = self.optimizer_of(self.eager_discriminator)
            self.latent_random = torch.Generator()
            self.latent_random.set_state(tensors["trainer.latent_random"])
            self.penalty_random = torch.Generator()
            self.penalty_random.set_state(tensors["trainer.policy_random"])
            self.images = tensors["images"]
            self.ones, self.zeros = torch.ones(case.batch), torch.zeros(case.batch)
            self.images_shown = 0

        @staticmethod
        def optimizer_of(network):
            return torch.optim.Adam(network.parameters(), lr=2e-4, betas=(0.5, 0.999), fused=True)

        def step(self):
            real = self.images.to(torch.float32).div_(127.5).sub_(1).contiguous(memory_format=memory_format)
            fake = self.generator(torch.empty(case.batch, pair.latent_size).normal_(generator=self.latent_random))
            loss_d, penalty = self.discriminator_update(real, fake.detach())
            loss_g = self.generator_update(fake)
            self.update_ema()
            self.images_shown += case.batch
            self.losses = (loss_d, loss_g, penalty)

        def discriminator_update(self, real, fake):
            penalized_pass = self.discriminator
            if case.penalty == "r1":
                real.requires_grad_(True)
                penalized_pass = self.eager_discriminator
            real_scores = penalized_pass(real)
            loss = (cross_entropy(real_scores, self.ones) + cross_entropy(self.discriminator(fake), self.zeros))
            penalty = torch.zeros(())
            if case.penalty == "r1":
                penalty = self.squared_norms(real, real_scores).mean() / 2
            if case.penalty == "gradient_penalty":
                share = torch.empty(case.batch, 1, 1, 1).uniform_(generator=self.penalty_random)
                between = fake.lerp(real, share).requires_grad_(True)
                norms = self.squared_norms(between, self.eager_discriminator(between)).add(1e-12).sqrt()
                penalty = 10 * (norms - 1).square().mean()
            (loss + penalty).backward()
            self.discriminator_optimizer.step()
            self.discriminator_optimizer.zero_grad(set_to_none=True)
            return loss.detach(), penalty.detach()

        @staticmethod
        def squared_norms(images, scores):
            gradient, = torch.autograd.grad(scores.sum(), images, create_graph=True)
            return gradient.flatten(1).square().sum(1)

        def generator_update(self, fake):
            self.eager_discriminator.requires_grad_(False)
            loss = cross_entropy(self.discriminator(fake), self.ones)
            loss.backward()
            self.eager_discriminator.requires_grad_(True)
            self.generator_optimizer.step()
            self.generator_optimizer.zero_grad(set_to_none=True)
            return loss.detach()

        @torch.no_grad()
        def update_ema(self):
            """With the decay of EmaOptions{}: a half-life of 500 images, at most a twentieth of the images so far."""
            half_life = min(500, self.images_shown * 0.05)
            decay = 0.5 ** (case.batch / half_life) if half_life > 0 else 0
            torch._foreach_lerp_(self.averages(self.averaged), self.averages(self.eager_generator), 1 - decay)

        @staticmethod
        def averages(network):
            return [*network.parameters(), *(buffer for buffer in network.buffers() if buffer.is_floating_point())]

    training = None

    def load(file):
        nonlocal training
        training = Training(file)
        return "ok"

    def parameters(rest):
        counts = [sum(parameter.numel() for parameter in network.parameters())
                  for network in (training.eager_generator, training.eager_discriminator)]
        return " ".join(str(count) for count in counts)

    def losses(rest):
        return " ".join(str(loss.item()) for loss in training.losses)

    sides.serve({"load": load, "parameters": parameters, "losses": losses,
                 "step": sides.timed(lambda: training.step())})


# ---- the comparison


def start(case, program, variants, keep_memory):
    def pytorch(variant):
        command = [sys.executable, os.path.abspath(__file__), program, "--serve", variant, *case_options(case)]
        return sides.Side(variant, command, case.threads, sides.KEPT_MEMORY if keep_memory else None)

    ours = sides.Side("cspgan", [program, *case.arguments()], case.threads)
    return [ours, *(pytorch(variant) for variant in variants)]


def case_options(case):
    return [word for field in dataclasses.fields(case) for word in (f"--{field.name}", str(getattr(case, field.name)))]


def compare(case, program, variants, rounds, keep_memory):
    """The sides with their times."""
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, "start.safetensors")
        all_sides = start(case, program, variants, keep_memory)
        ours = all_sides[0]
        expected = []

        def first_steps(side):
            side.ask(f"save {file}" if side is ours else f"load {file}")
            found = [side.ask("parameters")]
            for _ in LOSS_TOLERANCE:
                side.ask("step")
                found.append(side.ask("losses"))
            if side is ours:
                expected.extend(found)
            else:
                require_same_work(side.name, found, expected)

        with sides.closing(all_sides):
            sides.alternate(all_sides, rounds, first_steps)
    return all_sides


def require_same_work(name, found, expected):
    if found[0] != expected[0]:
        raise SystemExit(f"{name} has {found[0]} parameters, ours {expected[0]}")
    for step, tolerance in enumerate(LOSS_TOLERANCE, start=1):
        pairs = list(zip(map(float, found[step].split()), map(float, expected[step].split())))
        if not all(abs(theirs - ours) <= tolerance * abs(ours) for theirs, ours in pairs):
            raise SystemExit(f"step {step}: losses (discriminator, generator, penalty) of {name} are {found[step]}, "
                             f"ours {expected[step]}: not the same work")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", help="bench_training_step")
    parser.add_argument("--all", action="store_true", help="networks x batches x threads x penalties")
    parser.add_argument("--scaling", action="store_true", help="image sizes x batches x threads, against channels_last")
    parser.add_argument("--networks", "--configuration", default=Case.networks,
                        help="reference128, b-128, faces64, ...")
    parser.add_argument("--batch", type=int, default=Case.batch)
    parser.add_argument("--threads", type=int, default=Case.threads)
    parser.add_argument("--penalty", choices=PENALTIES, default=Case.penalty)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--variants", nargs="+", choices=VARIANTS, default=list(VARIANTS), help="ways to run PyTorch")
    parser.add_argument("--keep-memory", action="store_true",
                        help="let PyTorch's processes keep freed memory, too, through glibc's environment variables")
    parser.add_argument("--markdown", metavar="FILE", help="append the table")
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    chosen = Case(arguments.networks, arguments.batch, arguments.threads, arguments.penalty)
    if arguments.serve:
        pytorch_side(arguments.serve, chosen)
        return

    title, cases, variants = "Training step", [chosen], arguments.variants
    if arguments.all:
        cases = matrix()
    if arguments.scaling:
        title, cases, variants = "Training step by image size, batch and threads", scaling(), ["channels_last"]
    introduction = (f"{sides.machine()}; {sides.versions('torch')}; {arguments.rounds} rounds; {sides.COMPARED}"
                    + ("; PyTorch keeps freed memory" if arguments.keep_memory else ""))
    table = sides.Table(title, introduction, ["networks", "batch", "threads", "step",
                                              *sides.compared_columns(["cspgan", *variants])], arguments.markdown)
    for index, case in enumerate(cases):
        print(f"{index + 1} of {len(cases)}: {' '.join(case.arguments())}", file=sys.stderr)
        measured = compare(case, arguments.program, variants, arguments.rounds, arguments.keep_memory)
        table.row([case.networks, case.batch, case.threads, case.penalty.replace("_", " "),
                   *sides.compared(measured, case.batch)])


if __name__ == "__main__":
    main()
