#!/usr/bin/env python3
"""Opens a run's report, and a comparison of runs, in headless Chromium, as a person would, in both themes and on a phone;
and looks whether a curve's SVG is there what its PNG shows.

    report_in_browser.py TEST_BINARY [--screenshots DIR]
    report_in_browser.py --folder RUN [--screenshots DIR]

TEST_BINARY (test_report) writes the pages of small runs; --folder names a real run's folder, with its report.html and,
where there is one, comparison.html. Fails on any console message of level warning or error, on uncaught exceptions, on
requests other than for the page itself, and where the slider, the play button, a curve or a switch do nothing. Returns
77 where there is no Chromium.
"""
import argparse
import base64
import json
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from browser import LOOKS, Browser, chromium  # noqa: E402


CHECKS = """(async () => {
  const failed = [];
  const expect = (truth, words) => { if (!truth) failed.push(words); };
  const by = (id) => document.getElementById(id);
  const wait = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));
  const slide = (value) => { by("point").value = value; by("point").dispatchEvent(new Event("input")); };
  const last = data.grids.length - 1;
  expect(by("picture").naturalWidth > 0, "the latest grid is shown");
  expect(by("picture").alt.includes("step"), "the grid has an alternative text");
  expect(Number(by("point").value) === last, "the slider starts at the latest grid");
  slide(0);
  expect(by("picture").src === data.grids[0].image, "the slider shows the first grid");
  expect(by("point-label").textContent.includes(`1 of ${last + 1}`), "the label follows the slider");
  slide(last - 1);
  by("play").click();
  await wait(1500);
  expect(by("picture").src === data.grids[last].image, "the animation arrives at the last grid");
  expect(by("play").getAttribute("aria-label").startsWith("Play"), "the animation stops at the end");
  const picture = document.querySelector(".chart svg"), box = picture.getBoundingClientRect();
  expect(document.querySelectorAll(".chart").length >= 6, "there is a chart for each kind of number");
  expect([...document.querySelectorAll(".curve")].every((curve) => !/NaN|Infinity/.test(curve.getAttribute("d"))),
         "curves have finite places");
  const inside = { clientX: box.left + box.width / 2, clientY: box.top + 50, bubbles: true };
  picture.dispatchEvent(new PointerEvent("pointermove", inside));
  const bubble = document.querySelector(".bubble:not([hidden])");
  expect(bubble && /step [0-9]/.test(bubble.textContent), "a value is shown under the pointer");
  picture.dispatchEvent(new PointerEvent("pointerleave"));
  expect(!document.querySelector(".bubble:not([hidden])"), "the value goes with the pointer");
  const marked = document.querySelector("#metric-charts .chart svg");
  if (data.metrics.length) {
    const names = new Set(data.metrics.map((metric) => metric.name));
    expect(document.querySelectorAll("#metric-charts .chart").length === names.size, "each metric has its chart");
    const values = data.metrics.flatMap((metric) => metric.value).length;
    expect(document.querySelectorAll("#metric-charts .point").length === values, "each value of a metric is marked");
    expect(document.querySelector("#metric-charts .legend").textContent.includes("fakes"), "sample counts are said");
    const point = marked.querySelector(".point").getBoundingClientRect();
    marked.dispatchEvent(new PointerEvent("pointermove", { clientX: point.left + 3, clientY: point.top, bubbles: true }));
    expect(/FD|[0-9]/.test(marked.parentElement.querySelector(".bubble:not([hidden])")?.textContent || ""),
           "a metric's value is shown under the pointer");
    marked.dispatchEvent(new PointerEvent("pointerleave"));
  } else {
    expect(by("metrics-note").textContent.includes("Not evaluated"), "a run without metrics says so");
  }
  const origins = (data.run.differs_from || []).flatMap((origin) => origin.options);
  expect(document.querySelectorAll("#origins tbody tr").length === origins.length, "each changed option has its row");
  const raw = document.querySelectorAll(".curve.raw").length;
  by("smooth").click();
  expect(raw > 0 && document.querySelectorAll(".curve.raw").length === 0, "the smoothing switch redraws the curves");
  by("smooth").click();
  expect(document.documentElement.scrollWidth <= window.innerWidth, "nothing is wider than the screen");
  expect(document.querySelectorAll("b:not(.legend b), img").length === 1, "text of the run is no markup");
  for (const control of document.querySelectorAll("button, input, img"))
    expect(control.getAttribute("aria-label") || control.alt || control.textContent.trim() || control.closest("label"),
           `a control has a label: ${control.id}`);
  return failed;
})()"""


CHECKS_OF_COMPARISON = """(async () => {
  const failed = [];
  const expect = (truth, words) => { if (!truth) failed.push(words); };
  const by = (id) => document.getElementById(id);
  const pictures = () => [...document.querySelectorAll("#grids img")].map((picture) => picture.src);
  const grids = data.runs.filter((run) => run.grids.length);
  expect(document.querySelectorAll(".grid-cell").length === data.runs.length, "each run has its place for pictures");
  expect(pictures().every((picture, index) => picture === grids[index].grids.at(-1).image), "final grids come first");
  by("point").value = 0;
  by("point").dispatchEvent(new Event("input"));
  expect(pictures()[0] === grids[0].grids[0].image, "the slider shows the first grids");
  const lines = () => document.querySelectorAll(".curve:not(.raw)").length;
  const all = lines();
  expect([...document.querySelectorAll(".curve")].every((curve) => !/NaN|Infinity/.test(curve.getAttribute("d"))),
         "curves have finite places");
  const logged = data.runs.filter((run) => (run.curves.columns.loss_d || []).length);
  const box = document.querySelector("#charts .chart svg").getBoundingClientRect();
  document.querySelector("#charts .chart svg").dispatchEvent(
    new PointerEvent("pointermove", { clientX: box.left + box.width / 2, clientY: box.top + 50, bubbles: true }));
  const bubble = document.querySelector(".bubble:not([hidden])");
  expect(bubble && bubble.querySelectorAll("div").length === logged.length, "the pointer reads all runs");
  document.querySelector("#runs input").click();
  expect(lines() < all, "a run that is switched off loses its lines");
  expect(document.querySelector(".grid-cell").hidden, "and its pictures");
  document.querySelector("#runs input").click();
  expect(lines() === all, "and gets them back");
  expect(document.querySelectorAll("#results-table tbody tr").length > 2, "there is a table of results");
  expect(document.querySelectorAll("#differences-table tbody tr").length === data.options.length,
         "each differing option has its row");
  expect(document.documentElement.scrollWidth <= window.innerWidth, "nothing is wider than the screen");
  for (const control of document.querySelectorAll("button, input, img"))
    expect(control.getAttribute("aria-label") || control.alt || control.textContent.trim() || control.closest("label"),
           `a control has a label: ${control.id}`);
  return failed;
})()"""


# The mean difference of the pictures' dots, of 255, and the share of dots that are not white.
COMPARE = """(async (sources) => {
  const dots = await Promise.all(sources.map(async (source) => {
    const image = new Image();
    image.src = source;
    await image.decode();
    const canvas = Object.assign(document.createElement("canvas"), { width: 1520, height: 840 });
    const context = canvas.getContext("2d");
    context.drawImage(image, 0, 0, canvas.width, canvas.height);
    return context.getImageData(0, 0, canvas.width, canvas.height).data;
  }));
  let apart = 0, ink = 0;
  for (let i = 0; i < dots[0].length; i += 4) {
    apart += Math.abs(dots[0][i] - dots[1][i]);
    ink += dots[0][i] < 250;
  }
  return [apart / (dots[0].length / 4), ink / (dots[0].length / 4)];
})"""


def compare_curves(browser, folder):
    """What is wrong with the SVG of the losses beside their PNG."""
    kinds = {"png": "image/png", "svg": "image/svg+xml"}
    sources = [f"data:{kind};base64," + base64.b64encode((folder / f"curves/losses.{name}").read_bytes()).decode()
               for name, kind in kinds.items()]
    apart, ink = browser.evaluate(f"{COMPARE}({json.dumps(sources)})")
    print(f"curves: {ink:.1%} of the PNG is ink, and the SVG's dots are {apart:.2f} of 255 apart")
    return [] if ink > 0.02 and apart < 0.5 else ["the SVG of the losses is not what their PNG shows"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("test_binary", nargs="?")
    parser.add_argument("--folder", type=pathlib.Path)
    parser.add_argument("--screenshots", type=pathlib.Path)
    options = parser.parse_args()
    executable = chromium()
    if executable is None:
        print("skipped: there is no Chromium")
        return 77

    problems = []
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as temporary:
        folder = options.folder
        if folder is None:
            folder = pathlib.Path(temporary) / "run"
            folder.mkdir()
            subprocess.run([options.test_binary, "[.browser]"], check=True, stdout=subprocess.DEVNULL,
                           env=dict(os.environ, CSPGAN_REPORT_FOLDER=str(folder)))
        browser = Browser(executable, os.path.join(temporary, "profile"))
        try:
            for page, checks in (("report", CHECKS), ("comparison", CHECKS_OF_COMPARISON)):
                path = folder.resolve() / f"{page}.html"
                if not path.exists():
                    continue
                url = path.as_uri()
                browser.events.clear()
                for name, width, scheme in LOOKS:
                    browser.open(url, width, scheme)
                    if options.screenshots:
                        options.screenshots.mkdir(parents=True, exist_ok=True)
                        browser.screenshot(options.screenshots / f"{page}-{name}.png")
                    problems += [f"{page}, {name}: not so: {words}" for words in browser.evaluate(checks)]
                problems += browser.complaints(url)
            problems += compare_curves(browser, folder)
            empty = folder.resolve() / "empty" / "report.html"
            if empty.exists():
                browser.events.clear()
                browser.open(empty.as_uri(), 1280, "light")
                problems += [f"of an empty folder: {words}" for words in browser.complaints(empty.as_uri())]
        finally:
            browser.close()
    for problem in problems:
        print(problem)
    print("the pages open without complaint" if not problems else f"{len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
