// Fills a detector's page: the numbers, the histogram with the threshold, curves, defects, pictures.
"use strict";

const good = data.good;  // scores, from the lowest up
const bad = data.defects.flatMap((defect) => defect.scores).sort((a, b) => a - b);
const all = [...good, ...bad].sort((a, b) => a - b);
const both = good.length > 0 && bad.length > 0;
const known = data.known;  // whether it is known which pictures are bad
const of_good = { label: known ? "good" : "pictures", color: "var(--series-0)", scores: good };
const of_bad = { label: "bad", color: "var(--series-1)", scores: bad };
const kinds = [of_good, of_bad].filter(({ scores }) => scores.length);
let threshold = data.threshold;

/// How many of some scores, from the lowest up, are above a threshold.
const count_above = (scores, limit) => {
  let low = 0, high = scores.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (scores[middle] > limit) high = middle; else low = middle + 1;
  }
  return scores.length - low;
};
const counts_at = (limit) => {
  const alarms = count_above(good, limit), found = count_above(bad, limit);
  return { found, missed: bad.length - found, alarms, passed: good.length - alarms };
};
const rate_text = (rate) => percent_text(rate).replace(" ", "\u00a0");
const share_text = (part, whole) => (whole > 0 ? rate_text(part / whole) : "–");
/// Four digits, also of scores close to 0.
const score_text = (score) => (score !== 0 && (Math.abs(score) < 1e-4 || Math.abs(score) >= 1e7) ? number_text(score)
  : score.toLocaleString("en", { maximumSignificantDigits: 4 }).replace("-", "−"));
const whole_text = (number) => number.toLocaleString("en");

// --- Head and numbers ---

const show_head = () => {
  by_id("summary").textContent = data.summary;
  const { status, started, version, device } = data.run;
  const add = (text, kind = "") => by_id("subtitle").append(html_element("span", { class: kind }, text));
  if (typeof status === "string") add(status, `status ${status}`);
  if (typeof started === "string") add(`Trained ${date_text(started)}`);
  if (typeof device === "string" && device) add(`on ${device}`);
  if (typeof version === "string") add(`cspgan ${version}`);
  if (both) return;
  reveal("one-kind");
  by_id("one-kind").firstElementChild.textContent = !known
    ? "It is not known which of these pictures are bad, so how well scores tell bad from good cannot be either."
    : `All ${whole_text(all.length)} pictures are ${good.length ? "good" : "bad"}: how well scores tell bad from ` +
    "good cannot be known without both. The scores and the pictures are below.";
};

const fact = (label, value, ...more) => {
  const lines = more.filter((text) => text).map((text) => html_element("div", { class: "more" }, text));
  by_id("facts").append(html_element("div", { class: "fact" }, html_element("div", { class: "label" }, label),
                                     html_element("div", { class: "value" }, value), ...lines));
};

const show_facts = () => {
  const level = number_text(100 * data.confidence);
  const estimate = ({ value, low, high }, text, ...more) => (
    [text(value), `${level}\u00a0% interval: ${text(low)} to ${text(high)}`, ...more]);
  if (data.metrics) {
    const { auc, average_precision, true_positive_rate, true_negative_rate } = data.metrics;
    fact("AUC", ...estimate(auc, number_text, "the chance that a bad picture scores above a good one"));
    fact("Average precision", ...estimate(average_precision, number_text,
                                          `guessing gives ${number_text(bad.length / all.length)}`));
    const chosen = `at the threshold chosen, ${score_text(data.threshold)}`;
    fact("True-positive rate", ...estimate(true_positive_rate, rate_text, `of the bad, ${chosen}`));
    fact("True-negative rate", ...estimate(true_negative_rate, rate_text, `of the good, ${chosen}`));
  }
  if (is_number(data.pixel_auc))
    fact("Pixel AUROC", number_text(data.pixel_auc), "how well the heat map finds the pixels of defects");
  fact("Pictures", whole_text(all.length),
       known ? `${whole_text(good.length)} good, ${whole_text(bad.length)} bad`
         : `${whole_text(counts_at(data.threshold).alarms)} called bad at the threshold chosen`);
  fact("Threshold chosen", score_text(data.threshold), data.threshold_text);
};

// --- The threshold ---

const listeners = [];
const set_threshold = (value) => {
  threshold = value;
  for (const listener of listeners) listener(counts_at(threshold));
};
const follow = (listener) => {
  listeners.push(listener);
  listener(counts_at(threshold));
};
const lowest = all[0], highest = all[all.length - 1];
/// A threshold at which what has this score or more is called bad, and nothing else; null is a score above all.
const threshold_below = (score) => {
  const room = (Math.min(highest - lowest, lowest > 0 ? lowest : Infinity) || Math.abs(lowest) || 1) * 0.01;
  if (score === null) return highest + room;
  const lower = all.findLast((other) => other < score);
  return lower === undefined ? lowest - room : lower + (score - lower) / 2;
};

const show_confusion = () => {
  const cell = (right) => html_element("td", { class: right ? "right" : "wrong" }, html_element("b", {}),
                                       html_element("span", {}));
  const cells = { passed: cell(true), alarms: cell(false), missed: cell(false), found: cell(true) };
  const words = { passed: known ? "good, called good" : "called good",
                  alarms: known ? "good, called bad: false alarms" : "called bad",
                  missed: "bad, called good: misses", found: "bad, called bad" };
  const heading = (text, scope) => html_element("th", { scope }, text);
  const row = (name, ...parts) => html_element("tr", {}, heading(name, "row"), ...parts);
  const rows = [];
  if (good.length) rows.push(row(of_good.label, cells.passed, cells.alarms));
  if (bad.length) rows.push(row("bad", cells.missed, cells.found));
  const table = html_element(
    "table", { class: "confusion", "aria-label": "What the pictures are, and what they are called" },
    html_element("colgroup", {}, html_element("col", { class: "rows" })),
    html_element("thead", {}, html_element("tr", {}, heading("is", "col"), heading("called good", "col"),
                                           heading("called bad", "col"))),
    html_element("tbody", {}, ...rows));
  by_id("confusion").append(table);
  follow((counts) => {
    by_id("threshold-now").textContent = score_text(threshold);
    by_id("back").disabled = threshold === data.threshold;
    for (const [name, part] of Object.entries(cells)) {
      part.firstChild.textContent = whole_text(counts[name]);
      part.lastChild.textContent = words[name];
    }
    const { found, missed, alarms, passed } = counts, called = found + alarms;
    const rates = [];
    if (bad.length) rates.push(["True-positive rate, of the bad", share_text(found, found + missed)]);
    if (!known) rates.push(["Called bad", share_text(alarms, passed + alarms)]);
    else if (good.length) rates.push(["True-negative rate, of the good", share_text(passed, passed + alarms)]);
    if (both) rates.push(["Precision, of those called bad", share_text(found, called)]);
    by_id("rates").replaceChildren(...rates.flatMap(([name, text]) => (
      [html_element("dt", {}, name), html_element("dd", {}, text)])));
  });
  by_id("back").addEventListener("click", () => {
    set_threshold(data.threshold);
    by_id("threshold-slider").focus();
  });
};

const slider_steps = 1000;
const show_histogram = () => {
  const first = Math.min(lowest, threshold), last = Math.max(highest, threshold);
  const state = { log_counts: false, log_scores: first > 0 && last > 20 * all[all.length >> 1] };
  const scaled = (value) => (state.log_scores ? Math.log10(value) : value);
  const unscaled = (position) => (state.log_scores ? 10 ** position : position);
  const x_axis = () => {
    const low = scaled(first), high = scaled(last);
    const room = (high - low) * 0.02 || Math.abs(high) * 0.1 || 1;
    return { low: low - room, high: high + room, logarithmic: state.log_scores, text: score_text };
  };
  const bin_count = Math.max(10, Math.min(60, Math.round(2 * Math.cbrt(all.length) + 8)));
  const within_axis = (value) => Math.min(unscaled(x_axis().high), Math.max(unscaled(x_axis().low), value));
  /// [{from, to, counts: one for each kind}]
  const make_bins = () => {
    const { low, high } = x_axis(), step = (high - low) / bin_count;
    const ends = Array.from({ length: bin_count + 1 }, (_, index) => unscaled(low + index * step));
    return ends.slice(1).map((to, index) => ({ from: ends[index], to, counts: kinds.map(({ scores }) => (
      count_above(scores, ends[index]) - count_above(scores, to))) }));
  };
  let bins = make_bins();
  const highest_of = (kind) => Math.max(...bins.map(({ counts }) => counts[kind]));
  state.log_counts = both && Math.max(highest_of(0), highest_of(1)) > 8 * Math.min(highest_of(0), highest_of(1));
  const y_axis = () => {
    const top = Math.max(1, ...kinds.map((_, kind) => highest_of(kind)));
    return state.log_counts ? { low: Math.log10(0.6), high: Math.log10(top * 1.3), logarithmic: true, text: whole_text }
      : { low: 0, high: top * 1.06, text: number_text };
  };
  const slider = html_element("input", { type: "range", min: 0, max: slider_steps, step: 1, id: "threshold-slider",
                                         class: "slider", "aria-label": "Threshold" });
  const slider_place = (value) => {
    const { low, high } = x_axis();
    return Math.round((scaled(within_axis(value)) - low) / (high - low) * slider_steps);
  };
  const vertical = (axes, parent, value, kind) => {
    const x = axes.x_place(within_axis(value));
    svg_element("line", { x1: x, x2: x, y1: axes.top, y2: axes.bottom, class: kind }, parent);
  };
  const plot = new Plot(by_id("histogram"), {
    title: "Scores", note: "How many pictures have which score; right of the line they are called bad.", height: 260,
    by_x: true, x_axis, y_axis,
    points: () => bins.map(({ from, to, counts }) => ({
      x: unscaled((scaled(from) + scaled(to)) / 2), y: 0,
      words: [`${score_text(from)} to ${score_text(to)}`,
              ...kinds.map(({ label }, kind) => `${whole_text(counts[kind])} ${label}`)] })),
    draw: (axes, parent) => kinds.forEach(({ color }, kind) => {
      let path = `M${axes.left} ${axes.bottom}`;
      for (const { from, to, counts } of bins) {
        const y = counts[kind] > 0 ? axes.y_place(counts[kind]) : axes.bottom;
        path += `L${axes.x_place(from).toFixed(1)} ${y.toFixed(1)}H${axes.x_place(to).toFixed(1)}`;
      }
      const bar = svg_element("path", { d: `${path}L${axes.right} ${axes.bottom}Z`, class: "bar" }, parent);
      Object.assign(bar.style, { fill: color, stroke: color });
    }),
    mark: (axes, parent) => {
      if (threshold !== data.threshold) vertical(axes, parent, data.threshold, "chosen-line");
      vertical(axes, parent, threshold, "threshold-line");
    },
    describe: () => {
      const { found, alarms } = counts_at(threshold);
      const middles = kinds.map(({ label, scores }) => (
        `half of the ${label} are below ${score_text(scores[scores.length >> 1])}`));
      return `Histogram of the scores: ${middles.join(", ")}. Above the threshold ${score_text(threshold)} are ` +
        `${whole_text(alarms)} good and ${whole_text(found)} bad pictures. Arrow keys read single bars.`;
    },
    on_pick: (point, x) => set_threshold(within_axis(x)),
    on_draw: ({ left, right }) => Object.assign(slider.style, { marginLeft: `${left - 8}px`,
                                                                width: `${right - left + 16}px` }),
  });
  for (const kind of kinds) {
    const { entry, readout } = legend_entry(kind);
    readout.textContent = whole_text(kind.scores.length);
    plot.legend.append(entry);
  }
  const buttons = html_element("span", { class: "toggles" });
  const add_toggle = (name, text, description) => {
    buttons.append(toggle_button(text, description, state[name], (pressed) => {
      state[name] = pressed;
      bins = make_bins();
      plot.draw();
      slider.value = slider_place(threshold);
    }));
  };
  add_toggle("log_counts", "log counts", "Logarithmic axis of the counts");
  if (first > 0 && last > 5 * first) add_toggle("log_scores", "log scores", "Logarithmic axis of the scores");
  plot.head.append(buttons);
  plot.card.append(slider);
  slider.addEventListener("input", () => {
    const { low, high } = x_axis(), place = Number(slider.value);
    set_threshold(place === slider_place(data.threshold) ? data.threshold
      : unscaled(low + place / slider_steps * (high - low)));
  });
  follow(({ found, alarms }) => {
    if (Number(slider.value) !== slider_place(threshold)) slider.value = slider_place(threshold);
    slider.setAttribute("aria-valuetext", `${score_text(threshold)}: ${whole_text(found)} of ` +
      `${whole_text(bad.length)} bad and ${whole_text(alarms)} of ${whole_text(good.length)} good are called bad`);
    plot.update();
  });
};

// --- Curves ---

const rate_axis = () => ({ low: 0, high: 1, text: (value) => `${Math.round(100 * value)} %` });
const score_words = (score) => (score === null ? "nothing is called bad" : `called bad from ${score_text(score)} up`);
const path_of = (axes, points) => points.map(({ x, y }, index) => (
  `${index ? "L" : "M"}${axes.x_place(x).toFixed(1)} ${axes.y_place(y).toFixed(1)}`)).join("");

/// `here(counts)` is the place of the threshold on the curve, or null if it has none.
const add_curve = ({ points, path, color, reference, here, ...options }) => {
  const mark = (axes, parent) => {
    const place = here(counts_at(threshold));
    if (!place) return;
    const [x, y] = place;
    svg_element("circle", { cx: axes.x_place(x), cy: axes.y_place(y), r: 5.5, class: "point here" }, parent);
  };
  const plot = new Plot(by_id("curve-charts"), {
    ...options, height: 300, x_axis: rate_axis, y_axis: rate_axis, mark, points: () => points,
    draw: (axes, parent) => {
      svg_element("path", { d: path_of(axes, reference), class: "reference" }, parent);
      svg_element("path", { d: path_of(axes, path), class: "curve" }, parent).style.stroke = color;
    },
    on_pick: (point) => set_threshold(threshold_below(point.score)),
  });
  follow(() => plot.update());
};

const show_curves = () => {
  if (!data.roc) return;
  reveal("curves");
  const { auc, average_precision } = data.metrics;
  const roc = data.roc.map(([x, y, score]) => ({ x, y, score, words: [
    score_words(score), `${rate_text(y)} of the bad`, `${rate_text(x)} of the good`] }));
  add_curve({
    title: "ROC curve",
    note: "Upward, the share of the bad that are called bad; to the right, that of the good. Dashed: guessing.",
    points: roc, path: roc, color: "var(--series-2)",
    reference: [{ x: 0, y: 0 }, { x: 1, y: 1 }],
    here: ({ found, alarms }) => [alarms / good.length, found / bad.length],
    describe: () => {
      const { found, alarms } = counts_at(threshold);
      return `ROC curve, area ${number_text(auc.value)}. At the threshold ${score_text(threshold)}, ` +
        `${share_text(found, bad.length)} of the bad and ${share_text(alarms, good.length)} of the good are called ` +
        "bad. Arrow keys read single points.";
    },
  });
  const points = data.precision_recall.map(([x, y, score]) => ({ x, y, score, words: [
    score_words(score), `recall ${rate_text(x)}`, `precision ${rate_text(y)}`] }));
  // Average precision is the area under steps: the rise of the recall, times the precision after it.
  const path = points.flatMap(({ x, y }, index) => [{ x: index ? points[index - 1].x : 0, y }, { x, y }]);
  const share = bad.length / all.length;
  add_curve({
    title: "Precision and recall",
    note: "Upward, the share of what is called bad that is bad; to the right, the share of the bad that are found. " +
      "Dashed: guessing.",
    points, path, color: "var(--series-3)",
    reference: [{ x: 0, y: share }, { x: 1, y: share }],
    here: ({ found, alarms }) => (found + alarms > 0 ? [found / bad.length, found / (found + alarms)] : null),
    describe: () => {
      const { found, alarms } = counts_at(threshold);
      return `Precision over recall, average precision ${number_text(average_precision.value)}. At the threshold ` +
        `${score_text(threshold)}, recall is ${share_text(found, bad.length)} and precision ` +
        `${share_text(found, found + alarms)}. Arrow keys read single points.`;
    },
  });
};

// --- Tables ---

const fill_numbers = (table, caption, heads, rows) => {
  const head = html_element("tr", {}, ...heads.map((text) => html_element("th", { scope: "col" }, text)));
  const body = rows.map(([name, ...values]) => html_element(
    "tr", {}, html_element("th", { scope: "row" }, name), ...values.map((text) => html_element("td", {}, text))));
  if (caption) table.append(html_element("caption", {}, caption));
  table.append(html_element("thead", {}, head), html_element("tbody", {}, ...body));
};

const show_numbers = () => {
  const at = (scores, share) => score_text(scores[Math.round(share * (scores.length - 1))]);
  fill_numbers(by_id("quantiles"), "Scores", ["", "lowest", "5 % below", "half below", "95 % below", "highest"],
               kinds.map(({ label, scores }) => [label, ...[0, 0.05, 0.5, 0.95, 1].map((share) => at(scores, share))]));
  if (!both) return;
  const rows = [0.5, 0.8, 0.9, 0.95, 0.99, 1].map((share) => {
    const limit = threshold_below(bad[bad.length - Math.ceil(share * bad.length - 1e-9)]);
    const { found, alarms } = counts_at(limit);
    return [rate_text(found / bad.length), score_text(limit), share_text(alarms, good.length),
            share_text(found, found + alarms)];
  });
  fill_numbers(by_id("costs"), "What it costs to find more",
               ["bad that are found", "threshold", "good called bad", "precision"], rows);
};

const show_defects = () => {
  const named = data.defects.filter(({ name }) => name);
  if (!named.length) return;
  reveal("defects");
  const rows = data.defects.map(({ name, scores }) => {
    const seen = html_element("div", { class: "seen" });
    const bar = html_element("div", { class: "share", "aria-hidden": "true" }, seen);
    return { scores, seen, bar, text: html_element("span", {}), name: name || "(not named)" };
  });
  fill_numbers(by_id("defect-table"), "", ["defect", "pictures", "found", ""],
               rows.map(({ name, scores, text, bar }) => [name, whole_text(scores.length), text, bar]));
  follow(() => {
    for (const { scores, seen, text } of rows) {
      const found = count_above(scores, threshold);
      text.textContent = `${whole_text(found)}, ${share_text(found, scores.length)}`;
      seen.style.width = `${100 * found / scores.length}%`;
    }
  });
};

// --- Pictures ---

const show_picture = (list, { name, defect, score, width, height, image, reconstruction, heat }) => {
  const verdict = html_element("span", {});
  const caption = html_element(
    "figcaption", {}, html_element("div", { class: "name" }, name || "(no name)"),
    html_element("div", {}, `${defect || (known ? "good" : "picture")} · score ${score_text(score)} · `, verdict));
  const part = (what, source) => {
    const picture = html_element("img", { alt: `${what} of ${name}`, width, height });
    keep_crisp(picture);
    picture.src = source;
    return html_element("div", {}, html_element("div", { class: "frame" }, picture),
                        html_element("div", { class: "what" }, what));
  };
  const trio = html_element("div", { class: "trio" }, part("picture", image), part("reconstruction", reconstruction),
                            part("heat map", heat));
  list.append(html_element("figure", { class: "card inspected" }, caption, trio));
  follow(() => { verdict.textContent = score > threshold ? "called bad" : "called good"; });
};

const show_pictures = () => {
  const { found, missed, alarms } = counts_at(data.threshold);
  const groups = known ? [
    [data.misses, missed, "Misses", "Bad pictures that are called good at the threshold chosen: the lowest scores."],
    [data.false_alarms, alarms, "False alarms", "Good pictures that are called bad at the threshold chosen: the highest."],
    [data.found, found, "Finds", "Bad pictures that are called bad: the highest scores."]]
    : [[data.found, all.length, "Highest scores", "The pictures that are least like the good ones."]];
  for (const [pictures, total, title, note] of groups.filter(([list]) => list.length)) {
    reveal("pictures");
    const list = html_element("div", { class: "inspected-list" });
    by_id("picture-groups").append(html_element(
      "div", { class: "picture-group" },
      html_element("h3", {}, `${title}: ${pictures.length} of ${whole_text(Math.max(total, pictures.length))}`),
      html_element("p", { class: "quiet" }, note), list));
    for (const picture of pictures) show_picture(list, picture);
  }
  by_id("heat-scale").src = data.heat.scale;
  by_id("heat-largest").textContent = score_text(data.heat.largest);
};

const show_about = () => {
  by_id("score-text").textContent = [
    data.score_text,
    "A score says how unlike the good pictures of the training a picture is: the higher, the less alike.",
    "It has no unit, and compares pictures that the same detector looked at."].filter((text) => text).join(" ");
};

// --- The page ---

fill("The head", show_head);
fill("The numbers", show_facts);
fill("The counts", show_confusion);
fill("The histogram", show_histogram);
fill("Curves", show_curves);
fill("The tables", show_numbers);
fill("Defects", show_defects);
fill("Pictures", show_pictures);
fill("The note on scores", show_about);
fill("The recipe", show_recipe);
show_notes(data.notes);
