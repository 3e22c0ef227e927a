// Fills the page from the data in it: head, facts, sample grids, curves, warnings.
"use strict";

const columns = data.curves.columns;
const steps = columns.step || [];
const last_of = (values) => (values || []).findLast((value) => value !== null);
const kimg_per_step = columns.kimg && last_of(steps) ? last_of(columns.kimg) / last_of(steps) : null;

/// "12.8 kimg, step 200"
const moment_text = (step) => {
  const text = `step ${step.toLocaleString("en")}`;
  return kimg_per_step === null ? text : `${number_text(step * kimg_per_step)} kimg, ${text}`;
};

const large_number = (value) => {
  if (value >= 1e6) return `${(value / 1e6).toFixed(2)} M`;
  return value.toLocaleString("en");
};

const date_text = (text) => {
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? text : date.toLocaleString("en-GB", { dateStyle: "long", timeStyle: "short" });
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
  if (rates.length) fact("Images a second", number_text(rates[rates.length >> 1]), ["median of the last reports"]);
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
  constructor(grids, on_moment) {
    Object.assign(this, { grids, on_moment, index: grids.length - 1, timer: null });
    this.picture = by_id("picture");
    this.slider = by_id("moment");
    this.button = by_id("play");
    this.slider.max = grids.length - 1;
    this.slider.addEventListener("input", () => { this.pause(); this.show(Number(this.slider.value)); });
    this.button.addEventListener("click", () => (this.timer === null ? this.play() : this.pause()));
    this.picture.addEventListener("load", () => this.choose_scaling());
    window.addEventListener("resize", () => this.choose_scaling());
    if (grids.length < 2) document.querySelector(".player").hidden = true;
    reveal("viewer");
    this.show(this.index);
  }

  show(index) {
    const grid = this.grids[index];
    this.index = index;
    const place = `${index + 1} of ${this.grids.length}`;
    Object.assign(this.picture, { src: grid.image, width: grid.width, height: grid.height,
                                  alt: `Grid of generated images at ${moment_text(grid.step)}` });
    this.slider.value = index;
    this.slider.setAttribute("aria-valuetext", moment_text(grid.step));
    by_id("moment-label").textContent = `Samples at ${moment_text(grid.step)} (${place})`;
    const name = `step-${String(grid.step).padStart(8, "0")}.png`;
    Object.assign(by_id("save-picture"), { href: grid.image, download: name });
    this.on_moment(grid.step);
  }

  show_step(step) {
    this.pause();
    this.show(nearest_index(this.grids.map((grid) => grid.step), step));
  }

  play() {
    if (this.index === this.grids.length - 1) this.show(0);
    const pause_ms = Math.min(600, Math.max(120, 8000 / this.grids.length));
    by_id("moment-label").setAttribute("aria-live", "off");
    this.timer = setInterval(() => {
      this.show(this.index + 1);
      if (this.index === this.grids.length - 1) this.pause();
    }, pause_ms);
    this.label("Pause the animation", "M3.5 2.5h3.2v11H3.5zM9.3 2.5h3.2v11H9.3z");
  }

  pause() {
    clearInterval(this.timer);
    this.timer = null;
    by_id("moment-label").setAttribute("aria-live", "polite");
    this.label("Play the animation", "M4 2.5v11l9-5.5z");
  }

  label(text, icon) {
    this.button.setAttribute("aria-label", text);
    by_id("play-icon").setAttribute("d", icon);
  }

  /// Enlarged at least twofold, pixels stay squares; a little enlarged or reduced, smoothing looks better.
  choose_scaling() {
    const scale = this.picture.clientWidth * window.devicePixelRatio / this.picture.naturalWidth;
    this.picture.classList.toggle("crisp", scale >= 2);
  }
}

// --- Curves ---

const of_discriminator = { label: "discriminator", color: "var(--series-0)" };
const of_generator = { label: "generator", color: "var(--series-1)" };
const single = (label, series) => ({ label, color: `var(--series-${series})` });
const known_charts = [
  { title: "Losses", options: {}, lines: { loss_d: of_discriminator, loss_g: of_generator } },
  { title: "Scores", options: { zero: true }, lines: { score_real: single("real", 2), score_fake: single("fake", 3) } },
  { title: "Gradient norms", options: { logarithmic: true },
    lines: { gradient_norm_d: of_discriminator, gradient_norm_g: of_generator } },
  { title: "Learning rates", options: { from_zero: true },
    lines: { learning_rate_d: of_discriminator, learning_rate_g: of_generator } },
  { title: "Images a second", options: { from_zero: true }, lines: { images_per_second: single("rate", 5) } },
  { title: "Share of time waiting for data", options: { from_zero: true }, lines: { wait_share: single("share", 4) } },
];
const not_curves = new Set(["step", "kimg", "epoch", "seconds", "time"]);

/// The charts of this run: the known ones that have numbers, all penalties in one, every other number by itself.
const chart_list = () => {
  const has = (key) => (columns[key] || []).some(is_number);
  const used = new Set(not_curves);
  const series_of = (lines) => Object.entries(lines).filter(([key]) => has(key)).map(([key, line]) => {
    used.add(key);
    return { ...line, values: columns[key] };
  });
  const charts = known_charts.map(({ title, options, lines }) => ({ title, options, series: series_of(lines) }));
  const penalties = Object.keys(columns).filter((key) => key.startsWith("penalty_"));
  const penalty_lines = penalties.map((key, index) => (
    [key, single(key.slice("penalty_".length).replaceAll("_", " "), index % 6)]));
  charts.splice(2, 0, { title: "Penalties", options: {}, series: series_of(Object.fromEntries(penalty_lines)) });
  for (const key of Object.keys(columns).filter((name) => !used.has(name) && has(name))) {
    const label = key.replaceAll("_", " ");
    charts.push({ title: label[0].toUpperCase() + label.slice(1), options: {},
                  series: [{ label: "value", values: columns[key], color: "var(--series-0)" }] });
  }
  return charts.filter((chart) => chart.series.length > 0);
};

const make_charts = (on_pick) => {
  if (steps.length === 0) return null;
  const positions = columns.kimg && columns.kimg.every((value) => value !== null) ? columns.kimg : steps;
  const unit = positions === steps ? "steps" : "kimg";
  const describe = (index) => moment_text(steps[index]);
  const charts = new Charts(by_id("charts"), { values: positions, unit }, describe, (index) => on_pick(steps[index]));
  reveal("curves");
  for (const { title, series, options } of chart_list()) charts.add(title, series, options);
  charts.draw();
  by_id("smooth").addEventListener("change", (event) => charts.set_smooth(event.target.checked));
  const rows = data.curves.rows_per_point;
  by_id("curves-note").textContent = `${rows > 1 ? `Each point is the mean of ${rows} logged rows. ` : ""}` +
    "Point at a curve to read its values; press it to see the pictures of that moment.";
  return charts;
};

// --- Warnings ---

const warning_names = {
  collapse: ["sign of mode collapse", "signs of mode collapse"],
  skipped: ["image file skipped", "image files skipped"],
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
      const when = typeof row.step === "number" && row.step > 0 ? `${moment_text(row.step)}: ` : "";
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

show_subtitle();
show_facts();
show_warnings();
show_recipe();
show_commands();
let viewer = null;
const charts = make_charts((step) => viewer && viewer.show_step(step));
const show_moment = (step) => {
  if (charts) charts.set_moment(charts.axis.values[nearest_index(steps, step)]);
};
if (data.grids.length) viewer = new Viewer(data.grids, show_moment);
const ending = "Written by cspgan. This file is complete by itself: copy it, mail it, open it anywhere.";
by_id("notes").append(...[...data.notes, ending].map((note) => html_element("p", {}, note)));
