// A chart with axes of its own, whose points the pointer, a touch or the arrow keys read, and a press chooses.
"use strict";

class Plot {
  /// Options: {title, note, height, x_axis(), y_axis(): as draw_axes takes them, draw(axes, parent): what stays,
  /// mark(axes, parent): what moves with the threshold, points(): [{x, y, words: lines of text}] in the order of the
  /// arrow keys, by_x: the pointer finds the point nearest along x, else the one nearest in the plane, describe(): the
  /// text in the place of the picture, on_pick(point, x): a press, on_draw(axes)}.
  constructor(container, options) {
    Object.assign(this, chart_card(options.title, options.note), { options, read: null });
    this.listen();
    container.append(this.card);
    new ResizeObserver(() => this.draw()).observe(this.card);
    this.draw();
  }

  listen() {
    const { picture } = this;
    const nearest = (event) => {
      const box = picture.getBoundingClientRect(), { x_place, y_place } = this.axes;
      const distance = ({ x, y }) => Math.hypot(x_place(x) - (event.clientX - box.left), this.options.by_x ? 0
        : y_place(y) - (event.clientY - box.top));
      const far = this.points.map(distance);
      return far.length ? far.indexOf(Math.min(...far)) : null;
    };
    const pick = (x) => {
      if (this.read !== null) this.options.on_pick(this.points[this.read], x);
    };
    picture.addEventListener("pointermove", (event) => this.show(nearest(event)));
    picture.addEventListener("pointerleave", () => this.show(null));
    picture.addEventListener("blur", () => this.show(null));
    picture.addEventListener("click", (event) => {
      this.show(nearest(event));
      pick(this.axes.x_value(event.clientX - picture.getBoundingClientRect().left));
    });
    picture.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && this.read !== null) pick(this.points[this.read].x);
      const move = { ArrowLeft: -1, ArrowRight: 1 }[event.key], last = this.points.length - 1;
      if (!move || last < 0) return;
      event.preventDefault();
      this.show(this.read === null ? (move > 0 ? 0 : last) : Math.min(last, Math.max(0, this.read + move)));
    });
  }

  draw() {
    const { options, picture } = this;
    this.axes = draw_axes(picture, options.height, options.x_axis(), options.y_axis());
    this.points = options.points();
    options.draw(this.axes, svg_element("g", {}, picture));
    this.marks = svg_element("g", {}, picture);
    this.reading = svg_element("g", {}, picture);
    if (options.on_draw) options.on_draw(this.axes);
    this.update();
    this.show(null);
  }

  /// After the threshold moved.
  update() {
    this.marks.replaceChildren();
    this.options.mark(this.axes, this.marks);
    this.picture.setAttribute("aria-label", this.options.describe());
  }

  /// Reads a point by its index, or none.
  show(index) {
    this.read = index;
    this.reading.replaceChildren();
    this.bubble.hidden = index === null;
    if (index === null) return;
    const { x, y, words } = this.points[index], { x_place, y_place, top, bottom } = this.axes, at = x_place(x);
    svg_element("line", { x1: at, x2: at, y1: top, y2: bottom, class: "hover-line" }, this.reading);
    const [title, ...lines] = words.map((line, index) => html_element(index ? "div" : "strong", {}, line));
    this.bubble.replaceChildren(title, ...lines);
    place_bubble(this, at);
    if (this.options.by_x) return;
    svg_element("circle", { cx: at, cy: y_place(y), r: 4, class: "point read" }, this.reading);
    const below = this.picture.getBoundingClientRect().top - this.card.getBoundingClientRect().top + bottom;
    this.bubble.style.top = `${below - this.bubble.offsetHeight - 10}px`;  // where curves of rates leave room
  }
}
