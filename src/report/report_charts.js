// Curves as inline SVG: axes, values under the pointer or the arrow keys, one crosshair through all charts.
"use strict";

/// Round tick positions that cover [low, high]; powers of ten, halved if they are few, on a logarithmic axis.
const ticks = (low, high, count, logarithmic) => {
  if (logarithmic) {
    const found = [];
    const factors = high - low < 2 ? [1, 2, 5] : [1];
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

/// Mean over a window of the points around each, weighted by a triangle; null if there is no value.
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

/// {card, head, legend, picture, bubble}: what every chart is made of. The note is a line below the title, or "".
const chart_card = (title, note) => {
  const head = html_element("div", { class: "chart-head" }, html_element("h3", {}, title));
  const legend = html_element("div", { class: "legend" });
  const picture = svg_element("svg", { tabindex: 0, role: "img" });
  const bubble = html_element("div", { class: "bubble", hidden: "" });
  const card = html_element("article", { class: "card chart" }, head);
  if (note) card.append(html_element("p", { class: "chart-note" }, note));
  card.append(legend, picture, bubble);
  return { card, head, legend, picture, bubble };
};

/// A button that a chart's head takes, pressed at the start or not; `on_press(pressed)` is told of each change.
const toggle_button = (text, description, pressed, on_press) => {
  const button = html_element("button", { type: "button", "aria-pressed": pressed, "aria-label": description }, text);
  button.addEventListener("click", () => {
    const now = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", now);
    on_press(now);
  });
  return button;
};

/// {entry, readout}: a line's place in the legend, and the element there that takes its value.
const legend_entry = ({ label, color, dash }) => {
  const key = html_element("span", { class: "key" }), readout = html_element("b", {});
  key.style.borderTopColor = color;
  if (dash) key.style.borderTopStyle = "dashed";
  return { entry: html_element("span", {}, key, `${label} `, readout), readout };
};

/// Puts a chart's bubble beside a place of its picture, inside the card.
const place_bubble = ({ card, picture, bubble, legend }, place) => {
  const box = card.getBoundingClientRect();
  const x = picture.getBoundingClientRect().left - box.left + place;
  const width = bubble.offsetWidth, gap = 12;
  const left = x + gap + width < box.width ? x + gap : x - gap - width;
  bubble.style.left = `${Math.max(6, Math.min(box.width - width - 6, left))}px`;
  bubble.style.top = `${legend.offsetTop + legend.offsetHeight + 6}px`;
};

/// Empties a picture and draws lines and numbers of two axes. Each is {low, high: its ends, powers of ten if it is
/// logarithmic, logarithmic, text: of a number, unit: said after the last number of x}. Returns the places of the ends,
/// and x_place, x_value and y_place between values and places.
const draw_axes = (picture, height, x_axis, y_axis) => {
  const width = Math.max(200, picture.clientWidth || 320);
  const text_of = (axis, tick) => (axis.text || number_text)(axis.logarithmic ? 10 ** tick : tick);
  const y_ticks = ticks(y_axis.low, y_axis.high, 6, y_axis.logarithmic);
  const y_texts = y_ticks.map((tick) => text_of(y_axis, tick));
  const left = 12 + 7 * Math.max(3, ...y_texts.map((text) => text.length)), right = width - 8;
  const top = 8, bottom = height - 24;
  const scaled = (axis, value) => (axis.logarithmic ? Math.log10(value) : value);
  const share = (axis, position) => (position - axis.low) / (axis.high - axis.low);
  const x_at = (position) => left + share(x_axis, position) * (right - left);
  const y_at = (position) => bottom - share(y_axis, position) * (bottom - top);

  picture.replaceChildren();
  picture.setAttribute("height", height);
  picture.setAttribute("viewBox", `0 0 ${width} ${height}`);
  y_ticks.forEach((tick, index) => {
    const y = y_at(tick), zero = tick === 0 && !y_axis.logarithmic && y_axis.low < 0;
    svg_element("line", { x1: left, x2: right, y1: y, y2: y, class: zero ? "zero-line" : "grid-line" }, picture);
    svg_element("text", { x: left - 8, y: y + 4, "text-anchor": "end" }, picture).textContent = y_texts[index];
  });
  const x_ticks = ticks(x_axis.low, x_axis.high, Math.max(2, Math.floor(width / 75)), x_axis.logarithmic);
  x_ticks.forEach((tick, index) => {
    const x = x_at(tick), is_last = index === x_ticks.length - 1;
    const to_the_right = right - x < (is_last && x_axis.unit ? 50 : 20);  // no room to center the text under its place
    const text = svg_element("text", { x: to_the_right ? Math.min(right, x + 14) : x, y: height - 6,
                                       "text-anchor": to_the_right ? "end" : "middle" }, picture);
    text.textContent = text_of(x_axis, tick) + (is_last && x_axis.unit ? ` ${x_axis.unit}` : "");
  });
  const x_value = (place) => {
    const position = x_axis.low + (place - left) / (right - left) * (x_axis.high - x_axis.low);
    return x_axis.logarithmic ? 10 ** position : position;
  };
  return { left, right, top, bottom, x_value, x_place: (value) => x_at(scaled(x_axis, value)),
           y_place: (value) => y_at(scaled(y_axis, value)) };
};

/// All charts of a page over one x axis. `describe(position)` says which point a position is; `on_pick(position)` is
/// told which one a person pressed.
class Charts {
  constructor(unit, describe, on_pick) {
    Object.assign(this, { unit, describe, on_pick, charts: [], smooth: true, hovered: null, point: null });
    this.first = Infinity;
    this.last = -Infinity;
    this.resizing = new ResizeObserver(() => this.draw());
  }

  /// series: [{label, x, values, color, and where they apply: dash, spread, marked: points are
  /// few, so each is marked and none is smoothed, key: what set_hidden asks for}];
  /// options: {zero: draw a line at 0, from_zero: start the axis there, logarithmic: start so, note: a line below the
  /// title}.
  add(container, title, series, options = {}) {
    const chart = { ...chart_card(title, options.note), title, series, options,
                    logarithmic: Boolean(options.logarithmic) };
    const { card, head, legend, picture } = chart;
    const numbers = series.flatMap((line) => line.values).filter((value) => value !== null);
    if (numbers.every((value) => value > 0) && Math.max(...numbers) > 5 * Math.min(...numbers)) {
      head.append(toggle_button("log", `Logarithmic axis for ${title}`, chart.logarithmic, (pressed) => {
        chart.logarithmic = pressed;
        this.draw();
      }));
    } else {
      chart.logarithmic = false;
    }
    for (const line of series) {
      line.smooth_values = line.marked ? line.values : smoothed(line.values);
      this.first = Math.min(this.first, line.x[0]);
      this.last = Math.max(this.last, line.x[line.x.length - 1]);
      Object.assign(line, legend_entry(line));
      legend.append(line.entry);
    }
    const last = series.map((line) => `${line.label} ${number_text(line.values.findLast((value) => value !== null))}`);
    picture.setAttribute("aria-label", `${title} over ${this.unit}; at the end: ${last.join(", ")}. ` +
                                       "Arrow keys read single values.");
    this.listen(chart);
    this.charts.push(chart);
    container.append(card);
    this.resizing.observe(card);
  }

  /// The place in `line.x` (ascending) nearest to a position, or null if the line ends well before it.
  index_near(line, position) {
    let low = 0, high = line.x.length - 1;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (line.x[middle] <= position) low = middle; else high = middle;
    }
    const index = position - line.x[low] <= line.x[high] - position ? low : high;
    return Math.abs(line.x[index] - position) <= (this.last - this.first) / 40 || (low < high &&
      line.x[0] <= position && position <= line.x[line.x.length - 1]) ? index : null;
  }

  shown(chart) {
    return chart.series.filter((line) => !line.hidden);
  }

  listen(chart) {
    const position_at = (event) => {
      const x = chart.x_value(event.clientX - chart.picture.getBoundingClientRect().left);
      const near = this.shown(chart).map((line) => ({ line, index: this.index_near(line, x) }))
        .filter(({ index }) => index !== null).map(({ line, index }) => line.x[index]);
      return near.length ? near.reduce((a, b) => (Math.abs(b - x) < Math.abs(a - x) ? b : a)) : null;
    };
    chart.picture.addEventListener("pointermove", (event) => this.hover(position_at(event), chart));
    chart.picture.addEventListener("pointerleave", () => this.hover(null));
    chart.picture.addEventListener("click", (event) => {
      const position = position_at(event);
      this.hover(position, chart);
      if (position !== null) this.on_pick(position);
    });
    chart.picture.addEventListener("blur", () => this.hover(null));
    chart.picture.addEventListener("keydown", (event) => {
      const move = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (event.key === "Enter" && this.hovered !== null) this.on_pick(this.hovered);
      const positions = [...new Set(this.shown(chart).flatMap((line) => line.x))].sort((a, b) => a - b);
      if (!move || !positions.length) return;
      event.preventDefault();
      const beyond = positions.findIndex((position) => position >= this.hovered);
      const index = this.hovered === null ? positions.length - 1 : beyond + move;
      this.hover(positions[Math.min(positions.length - 1, Math.max(0, index))], chart);
    });
  }

  set_smooth(smooth) {
    this.smooth = smooth;
    this.draw();
  }

  /// Hides the lines of which `hidden(key)` is true.
  set_hidden(hidden) {
    for (const line of this.charts.flatMap((chart) => chart.series)) {
      line.hidden = hidden(line.key);
      line.entry.hidden = line.hidden;
    }
    this.draw();
  }

  /// Marks the point of the picture that is shown; a position on the x axis.
  set_point(position) {
    this.point = position;
    for (const chart of this.charts) this.place_lines(chart);
  }

  hover(position, source) {
    this.hovered = position;
    for (const chart of this.charts) {
      this.place_lines(chart);
      this.read_out(chart);
      chart.bubble.hidden = chart !== source || position === null;
      if (!chart.bubble.hidden) this.fill_bubble(chart, position);
    }
  }

  fill_bubble(chart, position) {
    const lines = this.shown(chart).map((line) => {
      const index = this.index_near(line, position);
      if (index === null || line.values[index] === null) return html_element("div", {}, `${line.label}: –`);
      const spread = line.spread && line.spread[index] !== null ? ` ± ${number_text(line.spread[index])}` : "";
      const smooth = this.smooth && !line.marked ? ` (smooth ${number_text(line.smooth_values[index])})` : "";
      return html_element("div", {}, `${line.label}: ${number_text(line.values[index])}${spread}${smooth}`);
    });
    chart.bubble.replaceChildren(html_element("strong", {}, this.describe(position)), ...lines);
    place_bubble(chart, chart.x_place(position));
  }

  read_out(chart) {
    for (const line of chart.series) {
      const values = this.smooth ? line.smooth_values : line.values;
      const index = this.hovered === null ? null : this.index_near(line, this.hovered);
      line.readout.textContent = number_text(
        this.hovered === null ? values.findLast((found) => found !== null) : index === null ? null : values[index]);
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
    place(chart.point_line, this.point);
    place(chart.hover_line, this.hovered);
  }

  draw() {
    for (const chart of this.charts) this.draw_one(chart);
  }

  /// [low, high] of what the y axis shows. With smoothing, single spikes may leave the picture.
  y_range(chart) {
    const scale = (value) => (chart.logarithmic ? Math.log10(value) : value);
    const shown = this.shown(chart).flatMap((line) => {
      const spread = (index) => (line.spread && !chart.logarithmic ? line.spread[index] || 0 : 0);
      const raw = line.values.flatMap((value, index) => (
        value === null ? [] : [scale(value) - spread(index), scale(value) + spread(index)])).sort((a, b) => a - b);
      if (!raw.length) return [];
      if (!this.smooth || raw.length < 100) return [raw[0], raw[raw.length - 1]];
      const smooth = line.smooth_values.filter((value) => value !== null).map(scale);
      const low = raw[Math.floor(raw.length * 0.01)], high = raw[Math.ceil(raw.length * 0.99) - 1];
      return [low, high, Math.min(...smooth), Math.max(...smooth)];
    });
    if (!shown.length) return chart.logarithmic ? [0, 1] : [0, 1];
    if (chart.options.zero) shown.push(0);
    let low = Math.min(...shown), high = Math.max(...shown);
    const from_zero = chart.options.from_zero && !chart.logarithmic && low >= 0;
    if (high - low < 1e-12 * Math.max(1, Math.abs(high)) && !(from_zero && high > 0)) {
      const room = chart.logarithmic ? 0.5 : Math.abs(high) * 0.1 || 1;
      return [from_zero ? 0 : low - room, high + room];
    }
    if (from_zero) return [0, high * 1.1];
    const margin = (high - low) * 0.05;
    return [low - margin, high + margin];
  }

  draw_one(chart) {
    const picture = chart.picture;
    const [low, high] = this.y_range(chart);
    const first = this.first < this.last / 10 ? 0 : this.first;
    const axes = draw_axes(picture, 200, { low: first, high: first + (this.last - first || 1), unit: this.unit },
                           { low, high, logarithmic: chart.logarithmic });
    const { left, right, top, bottom, y_place } = axes;
    Object.assign(chart, { x_place: axes.x_place, x_value: axes.x_value });
    const clip = `clip-${this.charts.indexOf(chart)}`;
    const clip_path = svg_element("clipPath", { id: clip }, picture);
    svg_element("rect", { x: left - 2, y: top - 4, width: right - left + 6, height: bottom - top + 8 }, clip_path);
    const plot = svg_element("g", { "clip-path": `url(#${clip})` }, picture);
    const draw = (line, values, kind) => {
      let path = "", pen = "M";
      values.forEach((value, index) => {
        if (value === null) return;  // not logged at this step, as penalties that are due now and then
        path += `${pen}${chart.x_place(line.x[index]).toFixed(1)} ${y_place(value).toFixed(1)}`;
        pen = "L";
      });
      if (values.filter((value) => value !== null).length === 1) path += "h.01";  // a single point, drawn as a dot
      const curve = svg_element("path", { d: path, class: `curve ${kind}` }, plot);
      curve.style.stroke = line.color;
      if (line.dash) curve.style.strokeDasharray = line.dash;
    };
    const mark = (line) => line.values.forEach((value, index) => {
      if (value === null) return;
      const x = chart.x_place(line.x[index]);
      const spread = line.spread ? line.spread[index] : null;
      if (spread && (!chart.logarithmic || spread < value)) {
        const whisker = svg_element("path", { d: `M${x} ${y_place(value - spread)}V${y_place(value + spread)}`,
                                              class: "whisker" }, plot);
        whisker.style.stroke = line.color;
      }
      svg_element("circle", { cx: x, cy: y_place(value), r: 3.4, class: "point" }, picture).style.fill = line.color;
    });
    const lines = this.shown(chart);
    if (this.smooth) for (const line of lines) if (!line.marked) draw(line, line.values, "raw");
    for (const line of lines) draw(line, this.smooth ? line.smooth_values : line.values, "");
    for (const line of lines) if (line.marked) mark(line);
    chart.point_line = svg_element("line", { y1: top, y2: bottom, class: "point-line" }, picture);
    chart.hover_line = svg_element("line", { y1: top, y2: bottom, class: "hover-line" }, picture);
    this.place_lines(chart);
    this.read_out(chart);
  }
}
