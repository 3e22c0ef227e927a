// What the scripts of all pages share: the data, elements, numbers and words. Text from a run reaches a page as text
// nodes only, never as markup.
"use strict";

const data = JSON.parse(document.getElementById("data").textContent);
const by_id = (id) => document.getElementById(id);
const reveal = (id) => { by_id(id).hidden = false; };
const is_object = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
const is_number = (value) => typeof value === "number" && Number.isFinite(value);

const svg_element = (name, attributes, parent) => {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes || {})) element.setAttribute(key, value);
  if (parent) parent.append(element);
  return element;
};

const html_element = (name, attributes, ...children) => {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) element.setAttribute(key, value);
  element.append(...children);
  return element;
};

/// Up to four significant digits, thousands separated, tiny and huge numbers with a power of ten.
const number_text = (value) => {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size < 1e-3 || size >= 1e7) {
    const [digits, power] = value.toExponential(2).split("e");
    return `${Number(digits)}e${Number(power)}`.replace("-", "−").replace("e-", "e−");
  }
  const decimals = size >= 1000 ? 0 : size >= 100 ? 1 : size >= 10 ? 2 : 3;
  return value.toLocaleString("en", { maximumFractionDigits: decimals }).replace("-", "−");
};

const plain_text = (value) => {
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "number") return Number.isInteger(value) ? value.toLocaleString("en") : number_text(value);
  if (Array.isArray(value)) return value.map(plain_text).join(", ") || "none";
  if (is_object(value)) return said(value).map(([key, child]) => `${readable(key)} ${plain_text(child)}`).join(", ");
  return String(value);
};
const readable = (key) => key.replaceAll("_", " ") || "(no name)";
/// Fills a part of the page. If that fails because of the run's files, the rest of the page stays, and a note says so.
const fill = (what, action) => {
  try {
    return action();
  } catch (error) {
    data.notes.push(`${what} could not be shown: ${error.message}`);
    return null;
  }
};
/// The end of the page.
const show_notes = (notes) => {
  const ending = "Written by cspgan. This file is complete by itself: copy it, mail it, open it anywhere.";
  by_id("notes").append(...[...notes, ending].map((note) => html_element("p", {}, note)));
};
/// The entries of a table that say something.
const said = (table) => Object.entries(table).filter(([, value]) => value !== null && value !== "");
const large_number = (value) => {
  if (value >= 1e6) return `${(value / 1e6).toFixed(2)} M`;
  return value.toLocaleString("en");
};

const date_text = (text) => {
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? text : date.toLocaleString("en-GB", { dateStyle: "long", timeStyle: "short" });
};

const percent_text = (share) => `${(100 * share).toFixed(1)} %`;
const distinct = (values) => [...new Set(values)];

// --- Metrics of evaluations: [{name, lower_is_better, target, fakes, reals, data, extractor, resize, step, kimg, value, spread}] ---

const metrics_by_name = (metrics) => distinct(metrics.map((metric) => metric.name))
  .map((name) => [name, metrics.filter((metric) => metric.name === name)]);
const count_text = (count) => (is_number(count) ? count.toLocaleString("en") : "?");
/// "1,000 fakes, 4,400 reals"
const setting_text = (metric) => `${count_text(metric.fakes)} fakes, ${count_text(metric.reals)} reals`;
/// "train images 3f2a91c0, builtin, antialiased bilinear to 299"
const how_text = (metric) => [metric.data, metric.extractor, metric.resize].filter((text) => typeof text === "string" && text)
  .join(", ");
const better_text = (metric) => {
  if (is_number(metric.target)) return `${metric.target} is best`;
  if (metric.lower_is_better === null) return "neither is better";
  return metric.lower_is_better === false ? "higher is better" : "lower is better";
};

/// The best of some values of a metric, or null if none is better than another.
const best_of = (metric, values) => {
  if (is_number(metric.target))
    return values.reduce((best, value) => (Math.abs(value - metric.target) < Math.abs(best - metric.target) ? value : best));
  if (metric.lower_is_better === null) return null;
  return metric.lower_is_better === false ? Math.max(...values) : Math.min(...values);
};

/// [[name, how it was taken, its metrics]]: one entry for each way in which a metric was taken.
const metrics_taken_alike = (metrics) => metrics_by_name(metrics).flatMap(([name, settings]) => {
  const taken = (metric) => [setting_text(metric), how_text(metric)].filter((text) => text).join(", ");
  return distinct(settings.map(taken)).map((text) => [name, text, settings.filter((metric) => taken(metric) === text)]);
});

// --- Pictures through time ---

const nearest_index = (values, wanted) => values.reduce(
  (best, value, index) => (Math.abs(value - wanted) < Math.abs(values[best] - wanted) ? index : best), 0);

/// Enlarged at least twofold, pixels stay squares; a little enlarged or reduced, smoothing looks better.
const keep_crisp = (picture) => {
  const choose = () => {
    const scale = picture.clientWidth * window.devicePixelRatio / picture.naturalWidth;
    picture.classList.toggle("crisp", scale >= 2);
  };
  picture.addEventListener("load", choose);
  window.addEventListener("resize", choose);
};

/// The slider and the play button over `count` points; `on_show(index)` shows one.
class Player {
  constructor(count, on_show) {
    Object.assign(this, { count, on_show, index: 0, timer: null });
    this.slider = by_id("point");
    this.button = by_id("play");
    this.slider.max = count - 1;
    this.slider.addEventListener("input", () => { this.pause(); this.show(Number(this.slider.value)); });
    this.button.addEventListener("click", () => (this.timer === null ? this.play() : this.pause()));
    document.querySelector(".player").hidden = count < 2;
  }

  show(index) {
    this.index = index;
    this.slider.value = index;
    this.on_show(index);
  }

  play() {
    if (this.index === this.count - 1) this.show(0);
    const pause_ms = Math.min(600, Math.max(120, 8000 / this.count));
    by_id("point-label").setAttribute("aria-live", "off");
    this.timer = setInterval(() => {
      this.show(this.index + 1);
      if (this.index === this.count - 1) this.pause();
    }, pause_ms);
    this.label("Pause the animation", "M3.5 2.5h3.2v11H3.5zM9.3 2.5h3.2v11H9.3z");
  }

  pause() {
    clearInterval(this.timer);
    this.timer = null;
    by_id("point-label").setAttribute("aria-live", "polite");
    this.label("Play the animation", "M4 2.5v11l9-5.5z");
  }

  label(text, icon) {
    this.button.setAttribute("aria-label", text);
    by_id("play-icon").setAttribute("d", icon);
  }
}
