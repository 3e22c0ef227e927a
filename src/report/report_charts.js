// Curves as inline SVG: axes, values under the pointer or the arrow keys, one crosshair through all charts.
"use strict";

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

/// Round tick positions that cover [low, high]; powers of ten, halved where they are few, on a logarithmic axis.
const ticks = (low, high, count, logarithmic) => {
  if (logarithmic) {
    const found = [];
    const factors = high - low < 1.3 ? [1, 2, 5] : [1];
    const stride = Math.max(1, Math.ceil((high - low) / count));
    for (let power = Math.floor(low); power <= high; power += stride)
      for (const factor of factors) found.push(power + Math.log10(factor));
    return found.filter((tick) => tick >= low - 1e-9 && tick <= high + 1e-9);
  }
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough) || 10);
  const found = [];
  for (let index = Math.ceil(low / step - 1e-9); index * step <= high + step * 1e-9; ++index) found.push(index * step);
  return found;
};

/// Mean over a window of the points around each, weighted by a triangle; null where there is no value.
const smoothed = (values) => {
  const half = Math.max(1, Math.round(values.length / 40));
  return values.map((value, center) => {
    if (value === null) return null;
    let sum = 0, weights = 0;
    for (let index = Math.max(0, center - half); index <= Math.min(values.length - 1, center + half); ++index) {
      if (values[index] === null) continue;
      const weight = half + 1 - Math.abs(index - center);
      sum += weight * values[index];
      weights += weight;
    }
    return sum / weights;
  });
};

const nearest_index = (sorted, value) => {
  let best = 0;
  sorted.forEach((candidate, index) => {
    if (Math.abs(candidate - value) < Math.abs(sorted[best] - value)) best = index;
  });
  return best;
};

/// All charts of the page over one x axis. `axis` is {values, unit}; `describe(index)` says which moment a point is;
/// `on_pick(index)` is told which point a person pressed.
class Charts {
  constructor(container, axis, describe, on_pick) {
    Object.assign(this, { container, axis, describe, on_pick, charts: [], smooth: true, hovered: null, moment: null });
    new ResizeObserver(() => this.draw()).observe(container);
  }

  /// series: [{label, values, color}]; options: {zero: draw a line at 0, logarithmic: start so, unit}.
  add(title, series, options = {}) {
    const heading = html_element("h3", {}, title);
    const head = html_element("div", { class: "chart-head" }, heading);
    const legend = html_element("div", { class: "legend" });
    const picture = svg_element("svg", { tabindex: 0, role: "img" });
    const bubble = html_element("div", { class: "bubble", hidden: "" });
    const card = html_element("article", { class: "card chart" }, head, legend, picture, bubble);
    const chart = { title, series, options, legend, picture, bubble, card, logarithmic: Boolean(options.logarithmic) };
    const numbers = series.flatMap((line) => line.values).filter((value) => value !== null);
    if (numbers.every((value) => value > 0) && Math.max(...numbers) > 5 * Math.min(...numbers)) {
      const toggle = html_element("button", { type: "button", "aria-pressed": chart.logarithmic,
                                              "aria-label": `Logarithmic axis for ${title}` }, "log");
      toggle.addEventListener("click", () => {
        chart.logarithmic = !chart.logarithmic;
        toggle.setAttribute("aria-pressed", chart.logarithmic);
        this.draw();
      });
      head.append(toggle);
    } else {
      chart.logarithmic = false;
    }
    for (const line of series) {
      line.smooth_values = smoothed(line.values);
      const key = html_element("span", { class: "key" });
      key.style.background = line.color;
      line.readout = html_element("b", {});
      legend.append(html_element("span", {}, key, `${line.label} `, line.readout));
    }
    const last = series.map((line) => `${line.label} ${number_text(line.values.findLast((value) => value !== null))}`);
    picture.setAttribute("aria-label", `${title} over ${this.axis.unit}; at the end: ${last.join(", ")}. ` +
                                       "Arrow keys read single values.");
    this.listen(chart);
    this.charts.push(chart);
    this.container.append(card);
  }

  listen(chart) {
    const index_at = (event) => {
      const box = chart.picture.getBoundingClientRect();
      return nearest_index(this.axis.values, chart.x_value(event.clientX - box.left));
    };
    chart.picture.addEventListener("pointermove", (event) => this.hover(index_at(event), chart));
    chart.picture.addEventListener("pointerleave", () => this.hover(null));
    chart.picture.addEventListener("click", (event) => {
      this.hover(index_at(event), chart);
      this.on_pick(index_at(event));
    });
    chart.picture.addEventListener("blur", () => this.hover(null));
    chart.picture.addEventListener("keydown", (event) => {
      const move = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (event.key === "Enter" && this.hovered !== null) this.on_pick(this.hovered);
      if (!move) return;
      event.preventDefault();
      const last = this.axis.values.length - 1;
      this.hover(this.hovered === null ? last : Math.min(last, Math.max(0, this.hovered + move)), chart);
    });
  }

  set_smooth(smooth) {
    this.smooth = smooth;
    this.draw();
  }

  /// Marks the moment of the picture that is shown; a position on the x axis.
  set_moment(position) {
    this.moment = position;
    for (const chart of this.charts) this.place_lines(chart);
  }

  hover(index, source) {
    this.hovered = index;
    for (const chart of this.charts) {
      this.place_lines(chart);
      this.read_out(chart);
      chart.bubble.hidden = chart !== source || index === null;
      if (!chart.bubble.hidden) this.fill_bubble(chart, index);
    }
  }

  fill_bubble(chart, index) {
    const lines = chart.series.map((line) => {
      const smooth = this.smooth ? ` (smooth ${number_text(line.smooth_values[index])})` : "";
      return html_element("div", {}, `${line.label}: ${number_text(line.values[index])}${smooth}`);
    });
    chart.bubble.replaceChildren(html_element("strong", {}, this.describe(index)), ...lines);
    const card = chart.card.getBoundingClientRect();
    const x = chart.picture.getBoundingClientRect().left - card.left + chart.x_place(this.axis.values[index]);
    const bubble = chart.bubble.offsetWidth, gap = 12;
    const left = x + gap + bubble < card.width ? x + gap : x - gap - bubble;
    chart.bubble.style.left = `${Math.max(6, Math.min(card.width - bubble - 6, left))}px`;
    chart.bubble.style.top = `${chart.legend.offsetTop + chart.legend.offsetHeight + 6}px`;
  }

  read_out(chart) {
    for (const line of chart.series) {
      const values = this.smooth ? line.smooth_values : line.values;
      const value = this.hovered === null ? values.findLast((found) => found !== null) : values[this.hovered];
      line.readout.textContent = number_text(value);
    }
  }

  place_lines(chart) {
    const place = (line, position) => {
      if (!line) return;
      line.style.display = position === null ? "none" : "";
      if (position === null) return;
      const x = chart.x_place(position);
      line.setAttribute("x1", x);
      line.setAttribute("x2", x);
    };
    place(chart.moment_line, this.moment);
    place(chart.hover_line, this.hovered === null ? null : this.axis.values[this.hovered]);
  }

  draw() {
    for (const chart of this.charts) this.draw_one(chart);
  }

  /// [low, high] of what the y axis shows. With smoothing, single spikes may leave the picture.
  y_range(chart) {
    const scale = (value) => (chart.logarithmic ? Math.log10(value) : value);
    const shown = chart.series.flatMap((line) => {
      const raw = line.values.filter((value) => value !== null).map(scale).sort((a, b) => a - b);
      if (!this.smooth || raw.length < 50) return [raw[0], raw[raw.length - 1]];
      const smooth = line.smooth_values.filter((value) => value !== null).map(scale);
      const low = raw[Math.floor(raw.length * 0.01)], high = raw[Math.ceil(raw.length * 0.99) - 1];
      return [low, high, Math.min(...smooth), Math.max(...smooth)];
    });
    if (chart.options.zero) shown.push(0);
    let low = Math.min(...shown), high = Math.max(...shown);
    const from_zero = chart.options.from_zero && !chart.logarithmic && low >= 0;
    if (high - low < 1e-12 * Math.max(1, Math.abs(high)) && !(from_zero && high > 0)) {
      const room = chart.logarithmic ? 0.5 : Math.abs(high) * 0.1 || 1;
      return [low - room, high + room];
    }
    if (from_zero) return [0, high * 1.1];
    const margin = (high - low) * 0.05;
    return [low - margin, high + margin];
  }

  draw_one(chart) {
    const width = Math.max(200, chart.picture.clientWidth || 320), height = 200;
    const [low, high] = this.y_range(chart);
    const y_ticks = ticks(low, high, 5, chart.logarithmic);
    const y_texts = y_ticks.map((tick) => number_text(chart.logarithmic ? 10 ** tick : tick));
    const left = 12 + 7 * Math.max(3, ...y_texts.map((text) => text.length)), right = width - 8;
    const top = 8, bottom = height - 24;
    const last = this.axis.values[this.axis.values.length - 1];
    const first = this.axis.values[0] < last / 10 ? 0 : this.axis.values[0];
    const span = last - first || 1;
    chart.x_place = (value) => left + (value - first) / span * (right - left);
    chart.x_value = (x) => first + (x - left) / (right - left) * span;
    const scaled = (value) => (chart.logarithmic ? Math.log10(value) : value);
    const y_place = (value) => bottom - (scaled(value) - low) / (high - low) * (bottom - top);

    const picture = chart.picture;
    picture.replaceChildren();
    picture.setAttribute("height", height);
    picture.setAttribute("viewBox", `0 0 ${width} ${height}`);
    y_ticks.forEach((tick, index) => {
      const y = bottom - (tick - low) / (high - low) * (bottom - top);
      const zero = tick === 0 && !chart.logarithmic && low < 0;
      svg_element("line", { x1: left, x2: right, y1: y, y2: y, class: zero ? "zero-line" : "grid-line" }, picture);
      svg_element("text", { x: left - 8, y: y + 4, "text-anchor": "end" }, picture).textContent = y_texts[index];
    });
    const x_ticks = ticks(first, first + span, Math.max(2, Math.floor(width / 75)), false);
    x_ticks.forEach((tick, index) => {
      const x = chart.x_place(tick), is_last = index === x_ticks.length - 1;
      const to_the_right = right - x < (is_last ? 50 : 20);  // no room to center the text under its place
      const text = svg_element("text", { x: to_the_right ? Math.min(right, x + 14) : x, y: height - 6,
                                         "text-anchor": to_the_right ? "end" : "middle" }, picture);
      text.textContent = number_text(tick) + (is_last ? ` ${this.axis.unit}` : "");
    });
    const clip = `clip-${this.charts.indexOf(chart)}`;
    const clip_path = svg_element("clipPath", { id: clip }, picture);
    svg_element("rect", { x: left - 2, y: top - 4, width: right - left + 6, height: bottom - top + 8 }, clip_path);
    const plot = svg_element("g", { "clip-path": `url(#${clip})` }, picture);
    const draw = (values, color, kind) => {
      let path = "", pen = "M";
      values.forEach((value, index) => {
        if (value === null) return;  // not logged at this step, as penalties that are due now and then
        path += `${pen}${chart.x_place(this.axis.values[index]).toFixed(1)} ${y_place(value).toFixed(1)}`;
        pen = "L";
      });
      if (values.filter((value) => value !== null).length === 1) path += "h.01";  // a single point, drawn as a dot
      const curve = svg_element("path", { d: path, class: `curve ${kind}` }, plot);
      curve.style.stroke = color;
    };
    if (this.smooth) for (const line of chart.series) draw(line.values, line.color, "raw");
    for (const line of chart.series) draw(this.smooth ? line.smooth_values : line.values, line.color, "");
    chart.moment_line = svg_element("line", { y1: top, y2: bottom, class: "moment-line" }, picture);
    chart.hover_line = svg_element("line", { y1: top, y2: bottom, class: "hover-line" }, picture);
    this.place_lines(chart);
    this.read_out(chart);
  }
}
