// Fills the page from the data in it. Text from a run reaches the page as text nodes only, never as markup.
"use strict";

const data = JSON.parse(document.getElementById("data").textContent);
const by_id = (id) => document.getElementById(id);
const reveal = (id) => { by_id(id).hidden = false; };
const is_object = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

const columns = data.curves.columns;
const steps = columns.step || [];
const last_of = (values) => (values || []).findLast((value) => value !== null);
const kimg_per_step = columns.kimg && last_of(steps) ? last_of(columns.kimg) / last_of(steps) : null;

/// "12.8 kimg, step 200"
const moment_text = (step) => {
  const text = `step ${step.toLocaleString("en")}`;
  return kimg_per_step === null ? text : `${number_text(step * kimg_per_step)} kimg, ${text}`;
};

/// The first number with this key in a tree of values.
const find_number = (tree, key) => {
  if (!is_object(tree)) return null;
  if (typeof tree[key] === "number") return tree[key];
  for (const child of Object.values(tree)) {
    const found = find_number(child, key);
    if (found !== null) return found;
  }
  return null;
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
  const { status, started, version } = data.run;
  const parts = [];
  if (typeof status === "string") parts.push(html_element("span", { class: `status ${status}` }, status));
  if (typeof started === "string") parts.push(`Started ${date_text(started)}`);
  if (typeof version === "string") parts.push(html_element("span", {}, `cspgan ${version}`));
  by_id("subtitle").append(...parts.map((part) => (typeof part === "string" ? html_element("span", {}, part) : part)));
};

const fact = (label, value, more, kind = "") => {
  const box = html_element("div", { class: "fact" },
    html_element("div", { class: "label" }, label), html_element("div", { class: `value ${kind}` }, value));
  if (more) box.append(...[more].flat().map((part) => (typeof part === "string" ? html_element("div", { class: "more" }, part) : part)));
  by_id("facts").append(box);
  return box;
};

const show_facts = () => {
  const run = data.run;
  const kimg = last_of(columns.kimg), step = last_of(steps), target = find_number(run.recipe, "kimg");
  if (kimg !== undefined && kimg !== null) {
    const more = [`${step === undefined ? "" : `Step ${step.toLocaleString("en")}; `}1 kimg is 1,000 real images shown`];
    if (target) {
      const bar = html_element("progress", { max: target, value: Math.min(kimg, target), "aria-label": "Share of the planned training" });
      more.unshift(bar);
    }
    fact("Progress", target ? `${number_text(kimg)} of ${number_text(target)} kimg` : `${number_text(kimg)} kimg`, more).classList.add("wide");
  } else if (step !== undefined) {
    fact("Progress", `Step ${step.toLocaleString("en")}`);
  }
  const rates = (columns.images_per_second || []).filter((value) => value !== null).slice(-20).sort((a, b) => a - b);
  if (rates.length) fact("Images a second", number_text(rates[rates.length >> 1]), "median of the last reports");
  const parameters = is_object(run.parameters) ? run.parameters : {};
  if (typeof parameters.generator === "number") fact("Generator", large_number(parameters.generator), "parameters");
  if (typeof parameters.discriminator === "number") fact("Discriminator", large_number(parameters.discriminator), "parameters");
  const size = find_number(run.recipe, "image_size");
  if (size) fact("Picture size", `${size} × ${size}`, "pixels");
  if (run.device) fact("Device", String(run.device));
  if (run.seed !== undefined) fact("Seed", String(run.seed));
  if (is_object(run.data)) {
    const path = run.data.path === undefined ? null : String(run.data.path);
    const images = typeof run.data.images === "number" ? `${run.data.images.toLocaleString("en")} images` : path || "unknown";
    fact("Data", images, path, typeof run.data.images === "number" ? "" : "small").classList.add("wide");
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
    Object.assign(by_id("save-picture"), { href: grid.image, download: `step-${String(grid.step).padStart(8, "0")}.png` });
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
const known_charts = [
  { title: "Losses", options: {}, lines: { loss_d: of_discriminator, loss_g: of_generator } },
  { title: "Scores", options: { zero: true },
    lines: { score_real: { label: "real", color: "var(--series-2)" }, score_fake: { label: "fake", color: "var(--series-3)" } } },
  { title: "Gradient norms", options: { logarithmic: true }, lines: { grad_norm_d: of_discriminator, grad_norm_g: of_generator } },
  { title: "Learning rates", options: { from_zero: true }, lines: { learning_rate_d: of_discriminator, learning_rate_g: of_generator } },
  { title: "Images a second", options: { from_zero: true }, lines: { images_per_second: { label: "rate", color: "var(--series-5)" } } },
  { title: "Share of time waiting for data", options: { from_zero: true }, lines: { wait_share: { label: "share", color: "var(--series-4)" } } },
];
const not_curves = new Set(["step", "kimg", "epoch", "seconds", "time"]);

/// The charts of this run: the known ones that have numbers, all penalties in one, every other number by itself.
const chart_list = () => {
  const has = (key) => (columns[key] || []).some((value) => value !== null);
  const used = new Set(not_curves);
  const charts = known_charts.map(({ title, options, lines }) => {
    const series = Object.entries(lines).filter(([key]) => has(key)).map(([key, line]) => ({ ...line, values: columns[key] }));
    Object.keys(lines).forEach((key) => used.add(key));
    return { title, options, series };
  });
  const penalties = Object.keys(columns).filter((key) => key.startsWith("penalty_") && has(key));
  penalties.forEach((key) => used.add(key));
  charts.splice(2, 0, { title: "Penalties", options: {}, series: penalties.map((key, index) => (
    { label: key.slice("penalty_".length).replaceAll("_", " "), values: columns[key], color: `var(--series-${index % 6})` })) });
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
    by_id("alerts").append(html_element("p", { class: "alert" }, `${text}. `, html_element("a", { href: "#warnings" }, "Details")));
    const list = html_element("ul", {});
    const shown = latest.filter((row) => (typeof row.kind === "string" ? row.kind : "other") === kind);
    for (const row of shown) {
      const when = typeof row.step === "number" && row.step > 0 ? `${moment_text(row.step)}: ` : "";
      list.append(html_element("li", {}, when + (row.message === undefined ? "(no message)" : String(row.message))));
    }
    if (shown.length < count) list.append(html_element("li", {}, `and ${count - shown.length} earlier ones in warnings.jsonl`));
    by_id("warning-list").append(html_element("details", kind === "collapse" ? { open: "" } : {}, html_element("summary", {}, text), list));
  }
};

// --- Recipe ---

const plain_text = (value) => {
  if (value === null) return "–";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "number") return Number.isInteger(value) ? value.toLocaleString("en") : number_text(value);
  if (Array.isArray(value)) return value.map(plain_text).join(", ");
  if (is_object(value)) return Object.entries(value).map(([key, child]) => `${readable(key)} ${plain_text(child)}`).join(", ");
  return String(value);
};
const readable = (key) => key.replaceAll("_", " ");
const is_table = (value) => is_object(value) || (Array.isArray(value) && value.length > 0 && value.every(is_object));

/// Rows of one table, then its nested tables under headings of their own.
const recipe_part = (parent, table) => {
  const rows = Object.entries(table).filter(([, value]) => !is_table(value));
  if (rows.length) {
    const body = html_element("tbody", {}, ...rows.map(([key, value]) => html_element("tr", {},
      html_element("th", { scope: "row" }, readable(key)), html_element("td", {}, plain_text(value)))));
    parent.append(html_element("table", {}, body));
  }
  for (const [key, value] of Object.entries(table).filter(([, child]) => is_table(child))) {
    [value].flat().forEach((child) => {
      const kind = ["name", "type", "kind"].find((word) => typeof child[word] === "string");
      const heading = kind && Array.isArray(value) ? child[kind] : key;
      const rest = Object.fromEntries(Object.entries(child).filter(([name]) => !(Array.isArray(value) && name === kind)));
      parent.append(html_element("h3", { class: "nested" }, readable(heading)));
      recipe_part(parent, rest);
    });
  }
};

const toml_key = (key) => (/^[A-Za-z0-9_-]+$/.test(key) ? key : JSON.stringify(key));
const toml_value = (value) => {
  if (Array.isArray(value)) return `[${value.filter((item) => item !== null).map(toml_value).join(", ")}]`;
  if (is_object(value)) return `{ ${Object.entries(value).filter(([, item]) => item !== null).map(([key, item]) => `${toml_key(key)} = ${toml_value(item)}`).join(", ")} }`;
  return JSON.stringify(value);
};
const toml_text = (table, path = "") => {
  const entries = Object.entries(table).filter(([, value]) => value !== null);
  const lines = entries.filter(([, value]) => !is_table(value)).map(([key, value]) => `${toml_key(key)} = ${toml_value(value)}`);
  for (const [key, value] of entries.filter(([, child]) => is_table(child))) {
    const name = path + toml_key(key);
    for (const child of [value].flat())
      lines.push("", Array.isArray(value) ? `[[${name}]]` : `[${name}]`, toml_text(child, `${name}.`).trimEnd());
  }
  return `${lines.join("\n").trim()}\n`;
};

const copy_text = async (text, button) => {
  const label = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    button.textContent = "Copying is not allowed here";
  }
  setTimeout(() => { button.textContent = label; }, 2000);
};

const show_recipe = () => {
  const recipe = data.run.recipe;
  if (!is_object(recipe) || Object.keys(recipe).length === 0) return;
  const general = Object.fromEntries(Object.entries(recipe).filter(([, value]) => !is_table(value)));
  const parts = Object.entries(recipe).filter(([, value]) => is_table(value));
  if (Object.keys(general).length) parts.unshift(["general", general]);
  for (const [key, value] of parts) {
    const section = html_element("section", {}, html_element("h3", {}, readable(key)[0].toUpperCase() + readable(key).slice(1)));
    recipe_part(section, Array.isArray(value) ? { [key]: value } : value);
    by_id("recipe-tables").append(section);
  }
  by_id("copy-recipe").addEventListener("click", (event) => copy_text(toml_text(recipe), event.currentTarget));
  reveal("recipe");
};

// --- Commands ---

const shell_word = (word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);

const show_commands = () => {
  const commands = [];
  const folder = data.folder.replace(/\/$/, "") || ".";
  if (typeof data.run.command === "string" && data.run.command) {
    const command = data.run.command;
    commands.push(["Resume, or train longer with a larger --kimg", /(^|\s)--resume(\s|=|$)/.test(command) ? command : `${command} --resume auto`]);
  }
  if (typeof data.checkpoint === "string") {
    const checkpoint = shell_word(data.checkpoint);
    const out = (name) => shell_word(`${folder}/${name}`);
    commands.push(["Sample single pictures", `sample --checkpoint ${checkpoint} --out ${out("pictures")} --count 1000 --seed 1`]);
    commands.push(["A grid, and rows from one face to another",
                   `sample --checkpoint ${checkpoint} --out ${out("grids")} --grid 8x8\nsample --checkpoint ${checkpoint} --out ${out("rows")} --interpolate 8`]);
  }
  for (const [label, text] of commands) {
    const button = html_element("button", { type: "button", "aria-label": `Copy the command: ${label}` }, "Copy");
    button.addEventListener("click", () => copy_text(text, button));
    by_id("command-list").append(html_element("div", { class: "command" }, html_element("h3", {}, label),
      html_element("div", { class: "row" }, html_element("pre", {}, text), button)));
  }
  if (commands.length) reveal("commands");
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
by_id("notes").append(...data.notes.map((note) => html_element("p", {}, note)),
                      html_element("p", {}, "Written by cspgan. This file is complete by itself: copy it, mail it, open it anywhere."));
