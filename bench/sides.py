"""Shared by the scripts here: processes that are measured alternately, the machine they ran on, and tables.

A side is a process that answers each line of its standard input with one line: "step" with the seconds of one piece of
work, "memory" with its peak resident size in bytes, and any other requests of its script. "error ..." means that it
failed.
"""
import contextlib
import importlib.metadata
import os
import platform
import re
import signal
import statistics
import subprocess
import sys
import time

INSTRUCTION_SETS = ("sse4_2", "avx2", "fma", "avx512f", "avx512_vnni", "avx512_bf16", "amx_tile", "asimd", "sve")
SHORTEST_TURN = 0.3  # minimum seconds for which a side works in each round: one step, or as many as that takes
PAUSE = 0.05  # seconds between two sides, so that the spinning threads of the last one go to sleep
ENOUGH_ROUNDS = 3  # an interrupted measurement counts from this many rounds on

# makes glibc keep freed blocks, as cspgan::keep_freed_memory() does
KEPT_MEMORY = {"MALLOC_MMAP_THRESHOLD_": str(1 << 30), "MALLOC_TRIM_THRESHOLD_": "2000000000",
               "MALLOC_TOP_PAD_": str(64 << 20)}


def progress(text):
    """Replaces the current line of standard error if that is a terminal."""
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


# ---- processes


class CannotRun(Exception):
    """A side cannot do its work; the message is its reason."""


class Side:
    """One process; `failure` is the reason if it has no times."""

    def __init__(self, name, command, threads, environment=None):
        self.name = name
        self.times = []
        self.memory = None
        self.failure = None
        threads = {"OMP_NUM_THREADS": str(threads), "MKL_NUM_THREADS": str(threads)}
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        env={**os.environ, **threads, **(environment or {})},
                                        start_new_session=True)  # Ctrl-C reaches only the script

    def ask(self, request):
        try:
            self.process.stdin.write(request + "\n")
            self.process.stdin.flush()
            answer = self.process.stdout.readline().strip()
        except BrokenPipeError:
            answer = ""
        if not answer:
            raise CannotRun(f"ended early at '{request}'")
        if answer.startswith("error"):
            raise CannotRun(answer[len("error "):])
        return answer

    def turn(self, steps):
        """The mean seconds of `steps` steps."""
        return sum(float(self.ask("step")) for _ in range(steps)) / steps

    def close(self):
        try:
            self.process.stdin.close()
        except BrokenPipeError:
            pass
        self.process.wait()


@contextlib.contextmanager
def closing(sides):
    """Closes all sides at the end, even after an error."""
    try:
        yield
    finally:
        for side in sides:
            side.close()


@contextlib.contextmanager
def interruptions():
    """Yields a list of the interrupts (Ctrl-C, SIGTERM) received so far; a second one of a kind acts as usual."""
    came = []
    before = {}

    def note(number, frame):
        came.append(number)
        signal.signal(number, before[number])
        print("\ninterrupted: this step is the last one", file=sys.stderr, flush=True)

    for number in (signal.SIGINT, signal.SIGTERM):
        before[number] = signal.signal(number, note)
    try:
        yield came
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def alternate(sides, rounds, prepare):
    """Fills in times and memory, with all sides in each round, and reports each round as it ends. `prepare(side)` runs
    and checks the first steps. A side that raises CannotRun, there or later, is dropped with its reason; if it is the
    first side, which is ours, the run ends. So does an interrupt, unless ENOUGH_ROUNDS rounds are complete: they
    then count, and the function returns."""
    steps = {}

    def attempt(side, work):
        if side.failure is not None:
            return
        try:
            work()
        except CannotRun as reason:
            if side is sides[0]:
                raise SystemExit(f"{side.name}: {reason}")
            side.failure = str(reason)
            side.times = []
            print(f"\r{side.name}: cannot, {reason}", file=sys.stderr, flush=True)

    def warm_up(side):
        prepare(side)
        steps[side.name] = max(1, round(SHORTEST_TURN / float(side.ask("step"))))

    for side in sides:
        progress(f"{side.name}: first steps" + (", compiles" if "compile" in side.name else ""))
        attempt(side, lambda: warm_up(side))
    with interruptions() as came:
        for current in range(rounds):
            for side in sides:
                progress(f"round {current + 1} of {rounds}: {side.name}")
                attempt(side, lambda: side.times.append(side.turn(steps[side.name])))
                if came:
                    break
                time.sleep(PAUSE)
            if came:
                for side in sides:
                    del side.times[current:]
                if current < ENOUGH_ROUNDS:
                    raise KeyboardInterrupt
                break
            progress("")
            told = ", ".join(f"{side.name} {side.times[-1]:.4g} s" for side in sides if side.times)
            print(f"round {current + 1} of {rounds}: {told}", file=sys.stderr, flush=True)
    progress("")
    for side in sides:
        attempt(side, lambda: setattr(side, "memory", float(side.ask("memory"))))


def serve(answers):
    """The process's end: answers each request with answers[request](rest of the line) until standard input ends. Only
    answers go to standard output; anything that the work prints goes to standard error."""
    output = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    answers = {"memory": lambda rest: str(peak_resident_bytes()), **answers}
    for line in sys.stdin:
        request, _, rest = line.strip().partition(" ")
        try:
            answer = answers[request](rest)
        except Exception as error:  # any error of a framework is an answer for the table
            answer = f"error {type(error).__name__}: {(str(error).strip().splitlines() or [''])[0]}"
        print(answer, file=output, flush=True)


def timed(work):
    """A function that answers "step" with the seconds of `work`."""
    def answer(rest):
        start = time.perf_counter()
        work()
        return str(time.perf_counter() - start)
    return answer


def peak_resident_bytes():
    """The peak of this process. Without /proc, ru_maxrss is used, which may be that of the parent."""
    try:
        with open("/proc/self/status") as status:
            return int(re.search(r"VmHWM:\s*(\d+) kB", status.read()).group(1)) * 1024
    except OSError:
        import resource
        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


# ---- machine and versions


def machine():
    """Processor, instruction sets, cores."""
    name, sets = platform.processor() or platform.machine(), []
    try:
        with open("/proc/cpuinfo") as file:
            description = file.read()
        found = re.search(r"^model name\s*:\s*(.+)$", description, re.MULTILINE)
        name = found.group(1) if found else name
        flags = re.search(r"^(?:flags|Features)\s*:\s*(.+)$", description, re.MULTILINE)
        sets = [one for one in INSTRUCTION_SETS if flags and one in flags.group(1).split()]
    except OSError:
        pass
    return f"{name} ({', '.join(sets) or platform.machine()}), {os.cpu_count()} cores, {platform.system()}"


def versions(*packages):
    """The versions of the library and of installed Python packages."""
    header = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "include", "cspgan", "version.hpp")
    with open(header) as file:
        ours = re.search(r'version = "([0-9.]+)"', file.read()).group(1)
    without_kernels = ", its kernels off" if os.environ.get("CSPGAN_KERNELS") == "off" else ""
    named = [f"cspgan {ours}{without_kernels}"]
    for package in packages:
        try:
            named.append(f"{package} {importlib.metadata.version(package)}")
        except importlib.metadata.PackageNotFoundError:
            named.append(f"{package} missing")
    return ", ".join(named)


# ---- tables


class Table:
    """Prints rows on standard output and, if named, appends them as Markdown to a file, each as soon as it is known."""

    def __init__(self, title, introduction, columns, markdown=None):
        self.markdown = markdown
        self.widths = [max(8, len(column)) for column in columns]
        print(f"{title}\n{introduction}\n", flush=True)
        self._write(f"\n### {title}\n\n{introduction}\n")
        self.row(columns)
        self._write("|" + "---|" * len(columns))

    def row(self, cells):
        cells = [str(cell) for cell in cells]
        self.widths = [max(width, len(cell)) for width, cell in zip(self.widths, cells)]
        print("  ".join(cell.ljust(width) for cell, width in zip(cells, self.widths)).rstrip(), flush=True)
        self._write("| " + " | ".join(cells) + " |")

    def _write(self, text):
        if self.markdown:
            with open(self.markdown, "a") as file:
                file.write(text + "\n")


def compared(sides, images):
    """Cells of one row: each side's images per second, the ratio of the first side to the best other, and the peak
    memory of the first and the least of the others. Pairs of numbers are for the minimum and the median time."""
    ours, others = sides[0], [side for side in sides[1:] if side.times]
    cells = [rates(side, images) if side.times else absence(side) for side in sides]
    if not others:
        return cells + ["", ""]
    ratios = [min(map(summary, (side.times for side in others))) / summary(ours.times)
              for summary in (min, statistics.median)]
    memory = [ours.memory, min(side.memory for side in others)]
    return cells + [two(*ratios), " / ".join(f"{bytes_ / 2**20:.0f}" for bytes_ in memory)]


def rates(side, images):
    return two(images / min(side.times), images / statistics.median(side.times))


def absence(side):
    return "missing" if "ModuleNotFoundError" in side.failure else "not supported"


def compared_columns(sides):
    return [*sides, "ratio to the best", "memory, ours / least other, MiB"]


COMPARED = "images per second and ratios from the minimum / median time"


def two(first, second):
    return f"{first:.2f} / {second:.2f}"
