#!/usr/bin/env python3
"""Opens exported web pages in headless Chromium, as a person would, in both themes and on a phone.

    page_in_browser.py PARITY_EXPORT_PROGRAM [--screenshots DIR]
    page_in_browser.py --page generator.html [--screenshots DIR]

PARITY_EXPORT_PROGRAM writes a generator of every preset and variation: the page's worker has to compute the pictures of
a Sampler, with WebAssembly, if the library was built with it, and without. Then the page of one of them is used; --page
names another one to use. Fails on any console message of level warning or error, on uncaught exceptions, on requests
other than for the page itself, and if a control does not do what it says. Prints how long a picture takes. Returns 77 if
there is no Chromium.
"""
import argparse
import base64
import json
import os
import pathlib
import re
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from browser import LOOKS, Browser, chromium  # noqa: E402
from safetensors_file import tensors  # noqa: E402

USED = "csp"  # the generator whose page is used
MOST_LEVELS = 2  # of 255: weights have 11 bits in the page
SEED = 42

# The pictures that a new worker computes of latents, with the kernel or without.
COMPUTE = """(async (network, weights, kernel, rows) => {
  const other = new Worker(URL.createObjectURL(new Blob([by_id("worker").textContent])));
  const answer = (message) => new Promise((done, fail) => {
    other.onmessage = ({ data }) => done(data);
    other.onerror = (event) => fail(new Error(event.message));
    other.postMessage(message);
  });
  const { machine } = await answer({ network, weights, kernel });
  const pictures = [];
  for (const latents of rows) pictures.push([...(await answer({ latents: Float32Array.from(latents) })).pixels]);
  other.terminate();
  return { machine, pictures };
})"""

# What every check begins with.
HELP = """
  const failed = [];
  const expect = (truth, words) => { if (!truth) failed.push(words); };
  const by = (id) => document.getElementById(id);
  const drawn = async () => {
    const deadline = performance.now() + 60000;
    while (!machine || drawing || wanted.size) {
      if (!by("problem").hidden || performance.now() > deadline)
        throw new Error("no picture is drawn: " + by("problem").textContent);
      await new Promise((done) => setTimeout(done, 5));
    }
  };
  const dots = (canvas) => canvas.toDataURL();
  const shown = async () => {
    await drawn();
    return dots(by("picture"));
  };
  const set = (input, value) => {
    input.value = value;
    input.dispatchEvent(new Event("input"));
  };
"""

CHECKS = "(async () => {" + HELP + """
  const first = await shown();
  expect(first !== dots(make("canvas", { width: network.side, height: network.side })), "there is a picture at the start");
  expect(/Drawn in \\d+ ms/.test(by("speed").textContent), "the page says how long it took");
  const sliders = [...document.querySelectorAll("#directions input")];
  expect(sliders.length === directions.length && !by("shape").hidden, "each direction has a slider");

  const seed = by("seed").value;
  by("dice").click();
  const second = await shown();
  expect(by("seed").value !== seed && second !== first, "dice draw another picture and number");
  set(by("seed"), seed);
  expect(await shown() === first, "the same number gives the same picture");
  for (const wrong of ["", "-1", "x", "18446744073709551616"]) {
    set(by("seed"), wrong);
    expect(by("seed").getAttribute("aria-invalid") === "true" && await shown() === first, `'${wrong}' is no number`);
  }
  set(by("seed"), "18446744073709551615");
  expect(by("seed").getAttribute("aria-invalid") === "false" && await shown() !== first, "2^64 - 1 is a number");
  set(by("seed"), seed);

  set(by("truncation"), 0);
  const middle = await shown();
  const canvases = [...document.querySelectorAll("#grid canvas")];
  expect(canvases.length === 16 && canvases.every((canvas) => dots(canvas) === middle) && dots(by("second")) === middle,
         "without variety, all pictures are the same");
  set(by("truncation"), 1);
  expect(await shown() !== middle, "with variety, they are not");
  const whole = dots(by("picture"));

  by("second-dice").click();
  expect(await shown() === whole, "another second picture leaves the first one");
  set(by("morph"), 1);
  expect(await shown() === dots(by("second")), "the morph ends at the second picture");
  set(by("morph"), 0.5);
  const between = await shown();
  expect(between !== whole && between !== dots(by("second")), "in between is another picture");
  by("second-dice").click();
  expect(await shown() !== between, "and it follows the second picture");
  set(by("morph"), 0);
  expect(await shown() === whole, "the morph begins at the first picture");

  for (const [index, input] of sliders.slice(0, 2).entries()) {
    const [less, more] = input.parentElement.querySelectorAll("canvas");
    set(input, 3);
    const most = await shown();
    expect(most === dots(more) && most !== whole, `direction ${index + 1} leads to the picture at its end`);
    set(input, -3);
    expect(await shown() === dots(less) && dots(less) !== most, `direction ${index + 1} leads back, too`);
    expect(input.getAttribute("aria-valuetext") === "−3.0", "a slider says its value");
    set(input, 0);
  }
  if (sliders.length) set(sliders[0], 1);
  by("reset").click();
  expect(await shown() === whole && sliders.every((input) => Number(input.value) === 0), "reset brings the picture back");

  const tile = document.querySelectorAll("#grid button")[5], taken = dots(canvases[5]);
  set(by("morph"), 0.7);
  tile.click();
  expect(await shown() === taken, "a picture that is chosen is shown");
  expect(tile.getAttribute("aria-label") === `Picture ${by("seed").value}`, "with its number");
  by("more").click();
  await drawn();
  expect(dots(canvases[5]) !== taken, "there are others");

  const saved = [], create = URL.createObjectURL;
  URL.createObjectURL = (file) => { saved.push(file); return "about:blank"; };
  HTMLAnchorElement.prototype.click = function () { saved.push(this.download); };
  for (const smooth of [true, false]) {
    if (by("smooth").checked !== smooth) by("smooth").click();
    by("save").click();
    while (saved.length % 2 || !saved.length || saved.length < (smooth ? 2 : 4)) await new Promise((done) => setTimeout(done, 5));
  }
  URL.createObjectURL = create;
  delete HTMLAnchorElement.prototype.click;
  expect(saved[1] === `picture-${by("seed").value}.png`, "the file has the picture's number");
  const large = await createImageBitmap(saved[2]), factor = large.width / network.side;
  expect(Number.isInteger(factor) && large.width >= 512 && saved[2].type === "image/png", "the saved picture is large");
  const small = make("canvas", { width: network.side, height: network.side });
  small.getContext("2d").imageSmoothingEnabled = false;
  small.getContext("2d").drawImage(large, 0, 0, network.side, network.side);
  expect(dots(small) === dots(by("picture")), "unless smooth, it has the same dots");
  expect(getComputedStyle(by("picture")).imageRendering === "pixelated", "the page, too, shows dots then");
  by("smooth").click();

  expect(document.documentElement.scrollWidth <= window.innerWidth, "nothing is wider than the screen");
  by("reset").click();
  (sliders.at(-1) || by("morph")).scrollIntoView({ block: "end" });
  const box = by("picture").getBoundingClientRect();
  expect(box.bottom > 100 && box.top < innerHeight / 2, "the picture stays in sight above the sliders");
  scrollTo(0, 0);
  for (const control of document.querySelectorAll("button, input, canvas[role=img]"))
    expect(control.getAttribute("aria-label") || control.textContent.trim() || control.closest("label"),
           `a control has a label: ${control.id}`);
  expect(document.querySelectorAll("button").length > 20 && [...document.querySelectorAll("button, input")].every(
    (control) => control.tabIndex === 0), "the keyboard reaches each control");
  expect(by("problem").hidden, "nothing is wrong");
  return failed;
})()"""

# The picture of a number, as it is in generator.hpp.
PICTURE_OF = "(async () => {" + HELP + """
  set(by("truncation"), 1);
  set(by("seed"), "%d");
  await drawn();
  return [...by("picture").getContext("2d").getImageData(0, 0, network.side, network.side).data];
})()"""

# Milliseconds for a picture: the fastest and the median of 20.
TIME = "(async () => {" + HELP + """
  const times = [];
  for (let k = 0; k < 20; ++k) {
    await drawn();
    by("dice").click();
    while (!/\\d/.test(by("speed").textContent)) await new Promise((done) => setTimeout(done, 1));
    times.push(Number(/\\d+/.exec(by("speed").textContent)[0]));
    by("speed").textContent = "";
  }
  times.sort((a, b) => a - b);
  return [machine, times[0], times[10]];
})()"""

HEADER_PROGRAM = """
#include "{name}.hpp"
#include <iostream>
int main() {{
  const cspgan_generator::Generator generator("{name}.weights");
  cspgan_generator::Workspace workspace;
  std::vector<std::uint8_t> picture(cspgan_generator::image_size);
  generator.draw_bytes(cspgan_generator::random_latents({seed}).data(), picture.data(), workspace);
  std::cout.write(reinterpret_cast<const char*>(picture.data()), std::streamsize(picture.size()));
}}
"""


def colors(pixels, channels):
    """The bytes [height, width, channels] of red, green, blue and alpha."""
    return bytes(value for place, value in enumerate(pixels) if place % 4 < channels)


def levels_between(found, expected):
    return max(map(lambda a, b: abs(a - b), found, expected)) if len(found) == len(expected) else 256


def text_of(page, element):
    return re.search(rf'id="{element}">(.*?)</script>', page, re.DOTALL).group(1)


def compare_generators(browser, folder):
    """What is wrong with the worker's pictures of each generator; of a browser that shows any of the pages."""
    problems, worst = [], {}
    for file in sorted(folder.glob("*.html")):
        page, reference = file.read_text(), tensors(file.with_suffix(".safetensors"))
        network = json.loads(text_of(page, "data"))["network"]
        count, size = reference["latents"][1]
        numbers = struct.unpack(f"<{count * size}f", reference["latents"][2])
        rows = [numbers[row * size:(row + 1) * size] for row in range(count)]
        channels, expected = reference["bytes"][1][3], reference["bytes"][2]
        for kernel in {text_of(page, "kernel"), ""}:
            answer = browser.evaluate(f"{COMPUTE}({json.dumps(network)}, '{text_of(page, 'weights')}', '{kernel}', {json.dumps(rows)})")
            levels = levels_between(b"".join(colors(picture, channels) for picture in answer["pictures"]), expected)
            worst[answer["machine"]] = max(worst.get(answer["machine"], 0), levels)
            if answer["machine"] != ("WebAssembly" if kernel else "JavaScript"):
                problems.append(f"{file.name} is computed by {answer['machine']}")
            if levels > MOST_LEVELS:
                problems.append(f"{file.name} by {answer['machine']}: {levels} levels from the Sampler")
    for machine, levels in worst.items():
        print(f"{machine}: {len(list(folder.glob('*.html')))} generators, at most {levels} levels from the Sampler")
    return problems


def compare_numbers(browser, folder):
    """What is wrong with the picture of a number, which the C++ header draws, too."""
    (folder / "main.cpp").write_text(HEADER_PROGRAM.format(name=USED, seed=SEED))
    subprocess.run([os.environ.get("CXX", "c++"), "-std=c++17", "-O0", "main.cpp", "-o", "main"], cwd=folder, check=True)
    expected = subprocess.run(["./main"], cwd=folder, stdout=subprocess.PIPE, check=True).stdout
    levels = levels_between(colors(browser.evaluate(PICTURE_OF % SEED), 3), expected)
    print(f"number {SEED}: {levels} levels from the C++ header")
    return [] if levels <= MOST_LEVELS else [f"number {SEED} is not the C++ header's"]


def use(browser, page, screenshots):
    """What is wrong with a page in use."""
    problems, plain = [], page.as_uri() + "#plain"
    for name, width, scheme in LOOKS:
        browser.open(page.as_uri(), width, scheme)
        found = browser.evaluate(CHECKS)
        if screenshots:
            screenshots.mkdir(parents=True, exist_ok=True)
            browser.screenshot(screenshots / f"page-{name}.png")
        problems += [f"{name}: not so: {words}" for words in found]
    browser.open(page.as_uri(), 360, "light")
    if browser.evaluate("document.documentElement.scrollWidth > 360"):
        problems.append("the page is wider than a small phone")
    problems += arrow_keys(browser)
    for url in (page.as_uri(), plain):
        browser.open("about:blank", 1280, "light")
        browser.open(url, 1280, "light")
        machine, fastest, median = browser.evaluate(TIME)
        print(f"{machine}: {fastest} ms a picture, median {median} ms")
        if url == plain and machine != "JavaScript":
            problems.append("#plain does not compute in JavaScript")
    return problems + browser.complaints(page.as_uri(), plain)


def arrow_keys(browser):
    browser.evaluate("by_id('morph').focus()")
    for kind in ("keyDown", "keyUp"):
        browser.call("Input.dispatchKeyEvent", type=kind, key="ArrowRight", code="ArrowRight", windowsVirtualKeyCode=39)
    return [] if browser.evaluate("now.morph === 0.01") else ["an arrow key does not move a slider"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", nargs="?")
    parser.add_argument("--page", type=pathlib.Path)
    parser.add_argument("--screenshots", type=pathlib.Path)
    options = parser.parse_args()
    if chromium() is None:
        print("skipped: there is no Chromium")
        return 77
    problems = []
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as temporary:
        folder = pathlib.Path(temporary)
        if options.program:
            subprocess.run([options.program, folder], check=True)
        browser = Browser(chromium(), folder / "profile")
        try:
            problems += use(browser, (options.page or folder / f"{USED}.html").resolve(), options.screenshots)
            if options.program:
                problems += compare_numbers(browser, folder) + compare_generators(browser, folder)
        finally:
            browser.close()
    for problem in problems:
        print(problem)
    print("the pages open without complaint" if not problems else f"{len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
