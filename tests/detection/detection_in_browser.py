#!/usr/bin/env python3
"""Opens the pages of detectors in headless Chromium, as a person would, in both themes and on a phone.

    detection_in_browser.py TEST_BINARY [--screenshots DIR]

TEST_BINARY (test_detection) writes the pages of a detector with good and bad pictures, of two with one kind alone and
of one whose scores are all alike, and their scores. Moves the threshold by the slider, the keys, the histogram and both
curves, and compares each count that a page then shows with what Python counts in the scores. Fails, too, on any console
message of level warning or error, on uncaught exceptions, and on requests other than for the page itself. Returns 77
where there is no Chromium.
"""
import argparse
import json
import math
import os
import pathlib
import subprocess
import sys
import tempfile
from decimal import ROUND_HALF_UP, Decimal

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from browser import LOOKS, Browser, chromium  # noqa: E402


# What the page says: the threshold, and the numbers of the table, of the rates and of the defects.
SHOWN = """(() => {
  const number = (text) => Number(text.replaceAll(",", ""));
  const rows = (query, read) => [...document.querySelectorAll(query)].map(read);
  return {
    threshold,
    chosen: threshold === data.threshold,
    cells: Object.fromEntries(rows("#confusion td", (cell) => [cell.lastChild.textContent,
                                                               number(cell.firstChild.textContent)])),
    rates: rows("#rates dd", (rate) => rate.textContent),
    defects: Object.fromEntries(rows("#defect-table tbody tr", ({ cells }) => [cells[0].textContent,
                                                                               cells[2].textContent])),
    slider_says: document.getElementById("threshold-slider").getAttribute("aria-valuetext"),
    here: rows("#curve-charts .point.here", (point) => [point.getAttribute("cx"), point.getAttribute("cy")]),
  };
})()"""

SLIDE = """((place) => {
  const slider = document.getElementById("threshold-slider");
  slider.value = place;
  slider.dispatchEvent(new Event("input"));
})"""

# Presses a chart at a share of its width and height; the reading that it shows there.
PRESS = """((query, across, down) => {
  const picture = document.querySelector(query), box = picture.getBoundingClientRect();
  const at = { clientX: box.left + across * box.width, clientY: box.top + down * box.height, bubbles: true };
  picture.dispatchEvent(new PointerEvent("pointermove", at));
  picture.dispatchEvent(new MouseEvent("click", at));
  return picture.parentElement.querySelector(".bubble").innerText;
})"""

KEYS = """((query, keys) => {
  const picture = document.querySelector(query);
  picture.dispatchEvent(new PointerEvent("pointerleave"));
  picture.focus();
  for (const key of keys) picture.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
  const text = picture.parentElement.querySelector(".bubble").innerText;
  picture.blur();
  return text;
})"""

CHECKS = """(async () => {
  const failed = [];
  const expect = (truth, words) => { if (!truth) failed.push(words); };
  for (const picture of document.querySelectorAll("img")) await picture.decode();
  expect(document.documentElement.scrollWidth <= window.innerWidth, "nothing is wider than the screen");
  const places = [...document.querySelectorAll("svg *")].flatMap((part) => [...part.attributes]);
  expect(places.every(({ value }) => !/NaN|Infinity/.test(value)), "charts have finite places");
  expect(document.querySelectorAll("h1 b, td b b, th b, .inspected b").length === 0, "text is no markup");
  const pictures = [...document.querySelectorAll(".inspected img")];
  const rows = [...data.misses, ...data.false_alarms, ...data.found];
  expect(pictures.length === 3 * rows.length, "each picture has three");
  expect(pictures.every((picture) => picture.naturalWidth === 27 && picture.naturalHeight === 48),
         "pictures keep their size");
  expect(pictures.every((picture) => Math.abs(picture.clientWidth / picture.clientHeight - 27 / 48) < 0.02),
         "pictures keep their shape");
  expect(pictures.every((picture) => picture.clientWidth >= 54 &&
                        getComputedStyle(picture).imageRendering === "pixelated"),
         "tiny pictures are enlarged, and crisp");
  for (const control of document.querySelectorAll("button, input, img, svg[role=img]"))
    expect(control.getAttribute("aria-label") || control.alt || control.textContent.trim() || control.closest("label"),
           `a control has a label: ${control.id}`);
  const identities = [...document.querySelectorAll("[id]")].map(({ id }) => id);
  expect(new Set(identities).size === identities.length, "no two elements have one id");
  expect(document.querySelectorAll("#notes p").length === 1,
         `no part is missing: ${document.getElementById("notes").textContent}`);
  const details = document.querySelector("#in-numbers details");
  details.open = true;
  expect(document.documentElement.scrollWidth <= window.innerWidth, "the tables are not wider than the screen");
  expect(document.querySelector("#quantiles").rows.length === 1 + (data.good.length > 0) + (data.defects.length > 0),
         "scores are there in numbers");
  details.open = false;
  return failed;
})()"""


def share(part, whole):
    """As a page writes it: JavaScript's toFixed rounds the exact value of a double, halves up."""
    if not whole:
        return "–"
    return f"{Decimal(100 * (part / whole)).quantize(Decimal('0.1'), ROUND_HALF_UP)}\N{NO-BREAK SPACE}%"


def counted(truth, threshold):
    """What a page has to say at a threshold."""
    calls = [score > threshold for score in truth["scores"]]
    pairs = list(zip(truth["bad"], calls))
    found, missed = pairs.count((True, True)), pairs.count((True, False))
    alarms, passed = pairs.count((False, True)), pairs.count((False, False))
    cells, rates, defects = {}, [], {}
    if found + missed:
        cells |= {"bad, called good: misses": missed, "bad, called bad": found}
        rates.append(share(found, found + missed))
    if alarms + passed:
        cells |= {"good, called good": passed, "good, called bad: false alarms": alarms}
        rates.append(share(passed, alarms + passed))
    if found + missed and alarms + passed:
        rates.append(share(found, found + alarms))
    for name in sorted(set(filter(None, truth["defects"]))):
        of_kind = [call for defect, call in zip(truth["defects"], calls) if defect == name]
        defects[name] = f"{sum(of_kind)}, {share(sum(of_kind), len(of_kind))}"
    return {"cells": cells, "rates": rates, "defects": defects}


def differences(shown, truth, where):
    # The page has rounded numbers: at the threshold chosen, which is a picture's score, they say what exact ones say.
    threshold = truth["threshold"] if shown["chosen"] else shown["threshold"]
    return [f"{where}: {part} are {shown[part]}, but should be {expected}"
            for part, expected in counted(truth, threshold).items() if shown[part] != expected]


def move_everything(browser, truth, where, curves):
    """Moves the threshold in each way; what is then wrong."""
    problems, seen = [], []

    def look(how):
        shown = browser.evaluate(SHOWN)
        problems.extend(differences(shown, truth, f"{where}, {how}"))
        seen.append(shown["threshold"])
        return shown

    start = look("at the start")
    if not start["chosen"] or not math.isclose(start["threshold"], truth["threshold"], rel_tol=1e-4):
        problems.append(f"{where}: the threshold is {start['threshold']} at first, not {truth['threshold']}")
    for place in range(0, 1001, 40):
        browser.evaluate(f"{SLIDE}({place})")
        look(f"slider at {place}")
    if sorted(set(seen[1:])) != seen[1:]:
        problems.append(f"{where}: the slider does not raise the threshold at each step")
    if browser.evaluate(SHOWN)["slider_says"] == start["slider_says"]:
        problems.append(f"{where}: the slider's text does not follow it")
    browser.evaluate("document.getElementById('back').click()")
    if not look("back")["chosen"]:
        problems.append(f"{where}: the button does not go back to the threshold chosen")

    text = browser.evaluate(f"{PRESS}('#histogram svg', 0.5, 0.5)")
    if look("histogram pressed")["chosen"] or "good" not in text and "bad" not in text:
        problems.append(f"{where}: the histogram is pressed and does nothing, or says '{text}'")
    for toggle in browser.evaluate("[...document.querySelectorAll('.toggles button')].map((button, index) => index)"):
        browser.evaluate(f"document.querySelectorAll('.toggles button')[{toggle}].click()")
        look(f"axis {toggle} switched")
        browser.evaluate(f"{SLIDE}(300)")
        look(f"axis {toggle} switched, slider at 300")
        problems.extend(f"{where}, axis {toggle} switched: not so: {words}" for words in browser.evaluate(CHECKS))
        browser.evaluate(f"document.querySelectorAll('.toggles button')[{toggle}].click()")
    for index in range(1, curves + 1):
        query = f"#curve-charts .chart:nth-child({index}) svg"
        before = browser.evaluate(SHOWN)
        text = browser.evaluate(f"{PRESS}('{query}', 0.35, 0.2)")
        after = look(f"curve {index} pressed")
        if before["threshold"] == after["threshold"] or before["here"] == after["here"] or "%" not in text:
            problems.append(f"{where}: curve {index} is pressed and does nothing, or says '{text}'")
        # What the bubble says of the point is what the counts say once it is the threshold.
        if index == 1 and after["rates"][0] + " of the bad" not in text:
            problems.append(f"{where}: the ROC curve says '{text}' where the rate is {after['rates'][0]}")
        if index == 2 and f"recall {after['rates'][0]}" not in text:
            problems.append(f"{where}: the second curve says '{text}' where the rate is {after['rates'][0]}")
        text = browser.evaluate(f"{KEYS}('{query}', ['ArrowRight', 'Enter'])")
        if index == 1 and ("nothing is called bad" not in text or look("ROC by keys")["cells"]["bad, called bad"] != 0):
            problems.append(f"{where}: the first point of the ROC curve is '{text}'")
        text = browser.evaluate(f"{KEYS}('{query}', ['ArrowLeft', 'Enter'])")
        if index == 1 and look("the last point")["cells"]["good, called good"] != 0:
            problems.append(f"{where}: at the last point of the ROC curve something is called good")
    browser.evaluate("document.getElementById('back').click()")
    return problems


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("test_binary")
    parser.add_argument("--screenshots", type=pathlib.Path)
    options = parser.parse_args()
    executable = chromium()
    if executable is None:
        print("skipped: there is no Chromium")
        return 77

    problems = []
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as temporary:
        folder = pathlib.Path(temporary) / "pages"
        folder.mkdir()
        subprocess.run([options.test_binary, "[.browser]"], check=True, stdout=subprocess.DEVNULL,
                       env=dict(os.environ, CSPGAN_REPORT_FOLDER=str(folder)))
        browser = Browser(executable, os.path.join(temporary, "profile"))
        try:
            for page, curves in (("both", 2), ("good", 0), ("bad", 0)):
                url = (folder / f"{page}.html").as_uri()
                truth = json.loads((folder / f"{page}.json").read_text())
                browser.events.clear()
                for name, width, scheme in LOOKS:
                    where = f"{page}, {name}"
                    browser.open(url, width, scheme)
                    if options.screenshots:
                        options.screenshots.mkdir(parents=True, exist_ok=True)
                        browser.screenshot(options.screenshots / f"{page}-{name}.png")
                    problems += [f"{where}: not so: {words}" for words in browser.evaluate(CHECKS)]
                    found = browser.evaluate("document.querySelectorAll('#curve-charts .chart').length")
                    if found != curves:
                        problems.append(f"{where}: there are {found} curves, not {curves}")
                    if browser.evaluate("document.getElementById('one-kind').hidden") != bool(curves):
                        problems.append(f"{where}: whether there is one kind alone is not said right")
                    problems += move_everything(browser, truth, where, curves)
                problems += browser.complaints(url)
            # Scores that are all 0: no axis, bin or point can be computed from their range.
            url, truth = (folder / "alike.html").as_uri(), json.loads((folder / "alike.json").read_text())
            browser.events.clear()
            browser.open(url, 390, "light")
            for place in (500, 0, 1000):
                browser.evaluate(f"{SLIDE}({place})")
                problems += differences(browser.evaluate(SHOWN), truth, f"alike, slider at {place}")
            problems += [f"alike: not so: {words}" for words in browser.evaluate(CHECKS)] + browser.complaints(url)
        finally:
            browser.close()
    for problem in problems:
        print(problem)
    print("the pages open without complaint" if not problems else f"{len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
