// Fills the page from the data in it: head, facts, sample grids, curves, warnings.
"use strict";

const columns = data.curves.columns;
const steps = columns.step || [];
const last_of = (values) => (values || []).findLast((value) => value !== null);
const kimg_per_step = columns.kimg && last_of(steps) ? last_of(columns.kimg) / last_of(steps) : null;

/// "12.8 kimg, step 200"
const point_text = (step) => {
  const text = `step ${step.toLocaleString("en")}`;
  return kimg_per_step === null ? text : `${number_text(step * kimg_per_step)} kimg, ${text}`;
};

// --- Head and facts ---

const show_subtitle = () => {
  const { status, started, version, recipe } = data.run;
  const add = (text, kind = "") => by_id("subtitle").append(html_element("span", { class: kind }, text));
  if (typeof status === "string") add(status, `status ${status}`);
  if (typeof started === "string") add(`Started ${date_text(started)}`);
  if (typeof version === "string") add(`cspgan ${version}`);
  if (is_object(recipe) && typeof recipe.summary === "string") by_id("summary").textContent = recipe.summary;
};

/// A label, a value, and further lines: texts or elements.
const fact = (label, value, more = [], kind = "") => {
  const box = html_element("div", { class: "fact" }, html_element("div", { class: "label" }, label),
                           html_element("div", { class: `value ${kind}` }, value));
  for (const part of more)
    box.append(typeof part === "string" ? html_element("div", { class: "more" }, part) : part);
  by_id("facts").append(box);
  return box;
};

const show_progress = () => {
  const run = data.run, step = last_of(steps), kimg = last_of(columns.kimg) ?? run.kimg;
  const target = [run.total_kimg, is_object(run.recipe) ? run.recipe.kimg : null].find(is_number);
  const more = step === undefined ? [] : [`Step ${step.toLocaleString("en")}; 1 kimg is 1,000 real images shown`];
  if (!is_number(kimg)) {
    if (step !== undefined) fact("Progress", `Step ${step.toLocaleString("en")}`);
    return;
  }
  if (target)
    more.unshift(html_element("progress", { max: target, value: Math.min(kimg, target),
                                            "aria-label": "Share of the planned training" }));
  const value = target ? `${number_text(kimg)} of ${number_text(target)} kimg` : `${number_text(kimg)} kimg`;
  fact("Progress", value, more).classList.add("wide");
};

const show_facts = () => {
  const run = data.run;
  show_progress();
  const rates = (columns.images_per_second || []).filter(is_number).slice(-20).sort((a, b) => a - b);
  if (rates.length) fact("Images per second", number_text(rates[rates.length >> 1]), ["median of the last reports"]);
  const waits = (columns.wait_share || []).filter(is_number);
  if (waits.length) {
    const share = waits.reduce((sum, value) => sum + value, 0) / waits.length;
    fact("Waiting for data", percent_text(share), ["share of the training time"]);
  }
  const parameters = is_object(run.parameters) ? run.parameters : {};
  for (const [name, count] of Object.entries(parameters).filter(([, value]) => is_number(value)))
    fact(name[0].toUpperCase() + name.slice(1), large_number(count), ["parameters"]);
  const size = is_object(run.recipe) ? run.recipe.image_size : null;
  if (is_number(size)) fact("Picture size", `${size} × ${size}`, ["pixels"]);
  if (run.device) fact("Device", String(run.device));
  if (is_number(run.seed)) fact("Seed", String(run.seed));
  if (is_object(run.data)) {
    const path = run.data.path === undefined ? [] : [String(run.data.path)];
    if (is_number(run.data.images)) {
      fact("Data", `${run.data.images.toLocaleString("en")} images`, path).classList.add("wide");
    } else if (path.length) {
      fact("Data", path[0], [], "small").classList.add("wide");
    }
  }
};

// --- Sample grids through time ---

class Viewer {
  constructor(grids, on_point) {
    Object.assign(this, { grids, on_point });
    this.picture = by_id("picture");
    keep_crisp(this.picture);
    reveal("viewer");
    this.player = new Player(grids.length, (index) => this.show(index));
    this.player.show(grids.length - 1);
  }

  show(index) {
    const grid = this.grids[index];
    const place = `${index + 1} of ${this.grids.length}`;
    Object.assign(this.picture, { src: grid.image, width: grid.width, height: grid.height,
                                  alt: `Grid of generated images at ${point_text(grid.step)}` });
    by_id("point").setAttribute("aria-valuetext", point_text(grid.step));
    by_id("point-label").textContent = `Samples at ${point_text(grid.step)} (${place})`;
    const name = `step-${String(grid.step).padStart(8, "0")}.png`;
    Object.assign(by_id("save-picture"), { href: grid.image, download: name });
    this.on_point(grid.step);
  }

  show_step(step) {
    this.player.pause();
    this.player.show(nearest_index(this.grids.map((grid) => grid.step), step));
  }
}

// --- Curves ---

const of_discriminator = { label: "discriminator", color: "var(--series-0)" };
const of_generator = { label: "generator", color: "var(--series-1)" };
const single = (label, series) => ({ label, color: `var(--series-${series % 6})` });
const known_charts = [
  { title: "Losses", options: {}, lines: { loss_d: of_discriminator, loss_g: of_generator } },
  { title: "Scores", options: { zero: true, note: "mean logits; above 0 means real" },
    lines: { score_real: single("real", 2), score_fake: single("fake", 3) } },
  { title: "Gradient norms", options: { logarithmic: true },
    lines: { gradient_norm_d: of_discriminator, gradient_norm_g: of_generator } },
  { title: "Learning rates", options: { from_zero: true },
    lines: { learning_rate_d: of_discriminator, learning_rate_g: of_generator } },
  { title: "Images per second", options: { from_zero: true }, lines: { images_per_second: single("rate", 5) } },
  { title: "Share of time waiting for data", options: { from_zero: true }, lines: { wait_share: single("share", 4) } },
];
const not_curves = new Set(["step", "kimg", "epoch", "seconds", "time"]);
const positions = columns.kimg && columns.kimg.every((value) => value !== null) ? columns.kimg : steps;
const unit = positions === steps ? "steps" : "kimg";
const position_of = (step) => (unit === "kimg" && kimg_per_step !== null ? step * kimg_per_step : step);
const step_at = (position) => (unit === "kimg" ? Math.round(position / kimg_per_step) : position);

/// The charts of this run: the known ones that have numbers, all penalties in one, every other number by itself.
const chart_list = () => {
  const has = (key) => (columns[key] || []).some(is_number);
  const used = new Set(not_curves);
  const series_of = (lines) => Object.entries(lines).filter(([key]) => has(key)).map(([key, line]) => {
    used.add(key);
    return { ...line, x: positions, values: columns[key] };
  });
  const charts = known_charts.map(({ title, options, lines }) => ({ title, options, series: series_of(lines) }));
  const penalties = Object.keys(columns).filter((key) => key.startsWith("penalty_"));
  const penalty_lines = penalties.map((key, index) => (
    [key, single(readable(key.slice("penalty_".length)), index)]));
  charts.splice(2, 0, { title: "Penalties", options: {}, series: series_of(Object.fromEntries(penalty_lines)) });
  for (const key of Object.keys(columns).filter((name) => !used.has(name) && has(name))) {
    const label = readable(key);
    charts.push({ title: label[0].toUpperCase() + label.slice(1), options: {},
                  series: [{ ...single("value", 0), x: positions, values: columns[key] }] });
  }
  return charts.filter((chart) => chart.series.length > 0);
};

const make_charts = (charts) => {
  const list = steps.length ? chart_list() : [];
  for (const { title, series, options } of list) charts.add(by_id("charts"), title, series, options);
  by_id("smooth").addEventListener("change", (event) => charts.set_smooth(event.target.checked));
  document.querySelector("#curves .switch").hidden = list.length === 0;
  const rows = data.curves.rows_per_point;
  by_id("curves-note").classList.toggle("empty", list.length === 0);
  by_id("curves-note").textContent = list.length === 0 ? "Nothing has been logged yet: there is no row in metrics.jsonl."
    : `${rows > 1 ? `Each point is the mean of ${rows} logged rows. ` : ""}` +
      "Point at a curve to read its values; press it to see the pictures of that point.";
};

// --- Metrics of evaluations ---

/// One chart per metric; a line for each setting, since metrics with other counts or extractors cannot be compared.
const make_metrics = (charts) => {
  by_id("metrics-note").textContent = data.metrics.length
    ? "Lines join metrics that were measured in the same way: same numbers of images, data, extractor and resizing."
    : data.run.model !== undefined
      ? "The pictures above are in pairs of rows: pictures, and below them what the model draws of them. How well the detector tells bad from good is in detection.html, at the end of the training."
      : "Not evaluated. If a run has --evaluate-every KIMG, its metrics are drawn here.";
  by_id("metrics-note").classList.toggle("empty", data.metrics.length === 0);
  for (const [name, settings] of metrics_by_name(data.metrics)) {
    const hows = distinct(settings.map(how_text)).filter((text) => text);
    const how = hows.join("; ");
    const series = settings.map((metric, index) => ({
      label: hows.length > 1 ? `${setting_text(metric)}, ${how_text(metric)}` : setting_text(metric), x: unit === "kimg" && metric.kimg.every(is_number) ? metric.kimg : metric.step,
      values: metric.value, spread: metric.spread, color: `var(--series-${index % 6})`, marked: true }));
    charts.add(by_id("metric-charts"), name, series, { note: `${better_text(settings[0])}${how && `; ${how}`}` });
  }
};

// --- Warnings ---

const warning_names = {
  collapse: ["sign of mode collapse", "signs of mode collapse"],
  skipped: ["image file skipped", "image files skipped"],
  checkpoint: ["checkpoint not written", "checkpoints not written"],
  file: ["file not written", "files not written"],
};

const show_warnings = () => {
  const { total, kinds, latest } = data.warnings;
  if (total === 0) return;
  reveal("warnings");
  reveal("alerts");
  const gravest_first = Object.entries(kinds).sort(([a], [b]) => (b === "collapse") - (a === "collapse"));
  for (const [kind, count] of gravest_first) {
    const names = warning_names[kind];
    const text = names ? `${count.toLocaleString("en")} ${names[count === 1 ? 0 : 1]}`
      : `${count.toLocaleString("en")} × ${kind.replaceAll("_", " ")}`;
    const link = html_element("a", { href: "#warnings" }, "Details");
    by_id("alerts").append(html_element("p", { class: "alert" }, `${text}. `, link));
    const list = html_element("ul", {});
    const shown = latest.filter((row) => (typeof row.kind === "string" ? row.kind : "other") === kind);
    for (const row of shown) {
      const when = typeof row.step === "number" && row.step > 0 ? `${point_text(row.step)}: ` : "";
      list.append(html_element("li", {}, when + (row.message === undefined ? "(no message)" : String(row.message))));
    }
    if (shown.length < count)
      list.append(html_element("li", {}, `and ${count - shown.length} earlier ones in warnings.jsonl`));
    const details = html_element("details", {}, html_element("summary", {}, text), list);
    details.open = kind === "collapse";
    by_id("warning-list").append(details);
  }
};

// --- The page ---

fill("The head", show_subtitle);
fill("The facts", show_facts);
fill("Warnings", show_warnings);
fill("Avatars", show_avatars);
fill("The recipe", show_recipe);
fill("Commands", show_commands);
let viewer = null;
const pick = (position) => viewer && viewer.show_step(step_at(position));
const charts = new Charts(unit, (position) => point_text(step_at(position)), pick);
fill("Metrics", () => make_metrics(charts));
fill("Curves", () => make_charts(charts));
charts.draw();
const show_point = (step) => charts.set_point(charts.charts.length ? position_of(step) : null);
if (data.grids.length) viewer = fill("Pictures", () => new Viewer(data.grids, show_point));
else reveal("no-grid");
show_notes(data.notes);
