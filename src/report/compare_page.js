// Fills the page of several runs: pictures side by side, results, curves over each other, differing options.
"use strict";

const dashes = ["", "6 4", "2 3"];  // a second and third round through the six colors
const last_of = (values) => (values || []).findLast((value) => value !== null);

const runs = data.runs.map((run, index) => {
  const columns = run.curves.columns, steps = columns.step || [];
  const described = is_object(run.run) ? run.run : {};
  const kimg = last_of(columns.kimg) ?? described.kimg, step = last_of(steps) ?? described.step;
  return { ...run, described, columns, steps, kimg, step, index, color: `var(--series-${index % 6})`,
           dash: dashes[Math.floor(index / 6) % dashes.length],
           kimg_per_step: is_number(kimg) && step > 0 ? kimg / step : null };
});
const in_kimg = runs.every((run) => run.kimg_per_step !== null || run.steps.length === 0);
const unit = in_kimg ? "kimg" : "steps";
const position_of = (run, step) => (in_kimg ? step * (run.kimg_per_step ?? 0) : step);
const positions_of = (run) => (in_kimg && run.columns.kimg && run.columns.kimg.every(is_number) ? run.columns.kimg
  : run.steps.map((step) => position_of(run, step)));
const all_metrics = runs.flatMap((run) => run.metrics.map((metric) => ({ ...metric, run })));
const point_text = (position) => `${number_text(position)} ${unit}`;

// --- Runs, and which of them are shown ---

const hidden_runs = new Set();
const key_of = (run) => {
  const key = html_element("span", { class: "run-key" });
  key.style.borderTopColor = run.color;
  if (run.dash) key.style.borderTopStyle = "dashed";
  return key;
};
const named = (run) => html_element("span", { class: "run-name" }, key_of(run), run.label);

const show_run_list = (on_change) => {
  for (const run of runs) {
    const box = html_element("input", { type: "checkbox", checked: "" });
    box.addEventListener("change", () => {
      if (box.checked) hidden_runs.delete(run.index); else hidden_runs.add(run.index);
      on_change();
    });
    by_id("runs").append(html_element("label", { class: "run" }, box, named(run)));
  }
};

// --- Pictures ---

const show_pictures = () => {
  const points = distinct(runs.flatMap((run) => run.grids.map((grid) => position_of(run, grid.step))))
    .sort((a, b) => a - b);
  const cells = runs.map((run) => {
    const caption = html_element("figcaption", {}, named(run));
    const cell = html_element("figure", { class: "card grid-cell" }, caption);
    by_id("grids").append(cell);
    const part = { run, cell };
    if (run.grids.length === 0) {
      cell.append(html_element("p", { class: "empty" }, "This run has no sample grid."));
      return part;
    }
    part.picture = html_element("img", { alt: "" });
    part.when = html_element("span", { class: "quiet" });
    caption.append(part.when);
    cell.append(html_element("div", { class: "frame" }, part.picture));
    keep_crisp(part.picture);
    return part;
  });
  by_id("pictures-note").textContent = points.length === 0 ? "None of these runs has a sample grid yet."
    : "Each run shows the grid nearest to the point that the slider marks.";
  const player = new Player(points.length, (index) => {
    by_id("point-label").textContent = point_text(points[index]);
    by_id("point").setAttribute("aria-valuetext", point_text(points[index]));
    for (const { run, picture, when } of cells.filter((cell) => cell.picture)) {
      const places = run.grids.map((grid) => position_of(run, grid.step));
      const chosen = nearest_index(places, points[index]);
      const { image, width, height } = run.grids[chosen], text = point_text(places[chosen]);
      if (picture.getAttribute("src") !== image)
        Object.assign(picture, { src: image, width, height, alt: `Grid of generated images of ${run.label} at ${text}` });
      when.textContent = text;
    }
    charts.set_point(charts.charts.length ? points[index] : null);
  });
  if (points.length) player.show(points.length - 1);
  return { cells, pick: (position) => {
    player.pause();
    if (points.length) player.show(nearest_index(points, position));
  } };
};

// --- Results ---

const middle_of = (values) => {
  const sorted = values.filter(is_number).slice(-20).sort((a, b) => a - b);
  return sorted.length ? sorted[sorted.length >> 1] : null;
};
const mean_of = (values) => {
  const numbers = values.filter(is_number);
  return numbers.length ? numbers.reduce((sum, value) => sum + value, 0) / numbers.length : null;
};

/// [{label, note, values: texts, best: index or null}]
const result_rows = () => {
  const rows = [];
  const add = (label, read, note = "") => {
    const values = runs.map((run) => read(run) ?? "–");
    if (values.some((value) => value !== "–")) rows.push({ label, note, values, best: [] });
  };
  const number_of = (value) => (is_number(value) ? number_text(value) : null);
  for (const [name, taken, metrics] of metrics_taken_alike(all_metrics)) {
    const latest = runs.map((run) => metrics.find((metric) => metric.run === run));
    const numbers = latest.map((metric) => (metric ? last_of(metric.value) : null));
    const values = latest.map((metric, index) => {
      const spread = metric ? last_of(metric.spread) : null;
      return number_text(numbers[index]) + (is_number(spread) ? ` ± ${number_text(spread)}` : "");
    });
    const known = numbers.filter(is_number);
    const winner = known.length > 1 ? best_of(metrics[0], known) : null;
    const best = numbers.flatMap((value, index) => (winner !== null && value === winner ? [index] : []));
    rows.push({ label: name, note: `${better_text(metrics[0])}; ${taken}`, values, best });
  }
  add("Status", (run) => run.described.status);
  add("Length", (run) => (is_number(run.kimg) ? `${number_text(run.kimg)} kimg` : null));
  add("Steps", (run) => number_of(run.step));
  add("Images per second", (run) => number_of(middle_of(run.columns.images_per_second || [])),
      "median of the last reports");
  add("Waiting for data", (run) => {
    const share = mean_of(run.columns.wait_share || []);
    return share === null ? null : percent_text(share);
  }, "share of the training time");
  add("Loss of the discriminator", (run) => number_of(middle_of(run.columns.loss_d || [])), "median of the last points");
  add("Loss of the generator", (run) => number_of(middle_of(run.columns.loss_g || [])), "median of the last points");
  for (const network of ["generator", "discriminator"])
    add(`Weights of the ${network}`, (run) => {
      const count = is_object(run.described.parameters) ? run.described.parameters[network] : null;
      return is_number(count) ? large_number(count) : null;
    });
  add("Warnings", (run) => (run.warnings.total > 0 ? run.warnings.total.toLocaleString("en") : null));
  add("Data", (run) => (is_object(run.described.data) ? run.described.data.path || null : null));
  add("Device", (run) => run.described.device);
  return rows;
};

const fill_table = (table, first, rows) => {
  const head = html_element("tr", {}, html_element("th", { scope: "col" }, first),
                            ...runs.map((run) => html_element("th", { scope: "col" }, named(run))));
  const body = rows.map(({ label, note, values, best }) => {
    const title = html_element("th", { scope: "row" }, label);
    if (note) title.append(html_element("div", { class: "note" }, note));
    return html_element("tr", {}, title, ...values.map((value, index) => (
      html_element("td", best.includes(index) ? { class: "best" } : {}, String(value)))));
  });
  table.append(html_element("thead", {}, head), html_element("tbody", {}, ...body));
};

const show_results = () => {
  fill_table(by_id("results-table"), "", result_rows());
  by_id("results-note").textContent = runs.some((run) => run.metrics.length)
    ? "Metrics are those of each run's latest evaluation; the best of a row is bold. A row was measured in the same way."
    : "None of these runs has been evaluated yet: losses of different recipes say little about their pictures.";
};

// --- Curves ---

const curve_titles = {
  loss_d: "Loss of the discriminator", loss_g: "Loss of the generator", score_real: "Score of real images",
  score_fake: "Score of fake images", gradient_norm_d: "Gradient norm, discriminator",
  gradient_norm_g: "Gradient norm, generator", learning_rate_d: "Learning rate, discriminator",
  learning_rate_g: "Learning rate, generator", images_per_second: "Images per second",
  wait_share: "Share of time waiting for data",
};
const from_zero = new Set(["images_per_second", "wait_share", "learning_rate_d", "learning_rate_g"]);
const not_curves = new Set(["step", "kimg", "epoch", "seconds", "time"]);

const show_curves = () => {
  const present = distinct(runs.flatMap((run) => Object.keys(run.columns))).filter((key) => !not_curves.has(key));
  const order = Object.keys(curve_titles);
  const keys = [...order.filter((key) => present.includes(key)), ...present.filter((key) => !order.includes(key))];
  for (const key of keys) {
    const series = runs.filter((run) => (run.columns[key] || []).some(is_number)).map((run) => (
      { label: run.label, key: run.index, x: positions_of(run), values: run.columns[key], color: run.color, dash: run.dash }));
    const text = readable(key);
    const title = curve_titles[key] || text[0].toUpperCase() + text.slice(1);
    const options = { zero: key.startsWith("score_"), from_zero: from_zero.has(key), logarithmic: key.startsWith("gradient_norm") };
    if (series.length) charts.add(by_id("charts"), title, series, options);
  }
  by_id("curves-note").textContent = keys.length
    ? "Point at a curve to read all runs at that point; press it to see their pictures."
    : "None of these runs has logged anything yet.";
  for (const [name, taken, metrics] of metrics_taken_alike(all_metrics)) {
    const series = metrics.map(({ run, step, value, spread }) => (
      { label: run.label, key: run.index, x: step.map((at) => position_of(run, at)), values: value, spread,
        color: run.color, dash: run.dash, marked: true }));
    charts.add(by_id("metric-charts"), name, series, { note: `${better_text(metrics[0])}; ${taken}` });
    reveal("metrics");
  }
  by_id("smooth").addEventListener("change", (event) => charts.set_smooth(event.target.checked));
  charts.draw();
};

// --- Differing options ---

const option_value = (value) => (value === null || value === "" ? "–" : plain_text(value));
const show_differences = () => {
  const rows = data.options.map(({ option, values }) => (
    { label: option.split(".").map(readable).join(" › "), values: values.map(option_value), best: [] }));
  if (rows.length) fill_table(by_id("differences-table"), "Option", rows);
  by_id("differences-note").textContent = rows.length
    ? "The options of the recipes that are not the same in all runs; – if a run has no such option."
    : "The recipes of these runs are the same.";
};

// --- The page ---

let pictures = null;
const charts = new Charts(unit, point_text, (position) => pictures && pictures.pick(position));
show_curves();
pictures = show_pictures();
show_results();
show_differences();
show_run_list(() => {
  charts.set_hidden((key) => hidden_runs.has(key));
  for (const { run, cell } of pictures.cells) cell.hidden = hidden_runs.has(run.index);
});
const remarks = runs.flatMap((run) => run.notes.map((note) => `${run.label}: ${note}`));
show_notes(remarks);
