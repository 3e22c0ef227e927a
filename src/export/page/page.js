// The page: what its controls ask for, in the order in which it matters. The worker computes the pictures.
"use strict";

const { network, directions } = JSON.parse(document.getElementById("data").textContent);
const by_id = (id) => document.getElementById(id);
const make = (name, attributes, ...children) => {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
};

// --- Latents ---

/// Numbers in (0, 1] of a seed: SplitMix64, as in generator.hpp.
const uniform_numbers = (seed) => {
  const to_64_bits = (value) => BigInt.asUintN(64, value);
  let state = seed;
  return () => {
    let z = state = to_64_bits(state + 0x9e3779b97f4a7c15n);
    z = to_64_bits((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n);
    z = to_64_bits((z ^ (z >> 27n)) * 0x94d049bb133111ebn);
    return (Number((z ^ (z >> 31n)) >> 11n) + 1) / 2 ** 53;
  };
};

/// From a standard normal distribution (Box-Muller): those of random_latents(seed) in generator.hpp.
const random_latents = (seed) => {
  const uniform = uniform_numbers(seed);
  return Float32Array.from({ length: network.latent_size }, () => {
    const radius = Math.sqrt(-2 * Math.log(uniform()));
    return radius * Math.cos(2 * Math.PI * uniform());
  });
};

const dot = (a, b) => a.reduce((sum, value, k) => sum + value * b[k], 0);

/// On the arc from a to b; on the line if they point the same way.
const spherical = (a, b, t) => {
  const cosine = dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
  const angle = Math.acos(Math.min(Math.max(cosine, -1), 1)), sine = Math.sin(angle);
  const of_a = sine < 1e-6 ? 1 - t : Math.sin((1 - t) * angle) / sine;
  const of_b = sine < 1e-6 ? t : Math.sin(t * angle) / sine;
  return a.map((value, k) => of_a * value + of_b * b[k]);
};

// --- What is to be seen: views, each a canvas and the latents of its picture ---

const furthest = 3;  // of a direction's slider, in standard deviations of a latent
const now = { a: null, b: null, morph: 0, truncation: 1, shifts: directions.map(() => 0) };

const latents_of = (latents, shifts = []) => {
  const result = latents.map((value) => value * now.truncation);
  shifts.forEach((shift, row) => directions[row].forEach((value, k) => { result[k] += shift * value; }));
  return result;
};
const between = () => (now.morph === 0 ? now.a : now.morph === 1 ? now.b : spherical(now.a, now.b, now.morph));

/// `urgency`: the smallest is drawn first.
const view = (canvas, urgency, latents) => {
  canvas.width = canvas.height = network.side;
  return { canvas, urgency, latents };
};
const picture = view(by_id("picture"), 0, () => latents_of(between(), now.shifts));
const second = view(by_id("second"), 1, () => latents_of(now.b));
const tiles = Array.from({ length: 16 }, () => {
  const tile = view(make("canvas", {}), 2, () => latents_of(random_latents(tile.seed)));
  return tile;
});
const ends = directions.map((_, row) => [-furthest, furthest].map((shift) =>
  view(make("canvas", { "aria-hidden": "true" }), 3, () =>
    latents_of(between(), now.shifts.map((other, k) => (k === row ? shift : other))))));

// --- Drawing: one picture after the other. What is asked for again before its turn is drawn once, as it is then. ---

const worker = new Worker(URL.createObjectURL(new Blob([by_id("worker").textContent], { type: "text/javascript" })));
const wanted = new Set();
let drawing = null;  // a view
let machine = null;  // what computes, once the worker is ready

const draw_next = () => {
  if (drawing || !machine || !wanted.size) return;
  drawing = [...wanted].reduce((first, other) => (other.urgency < first.urgency ? other : first));
  wanted.delete(drawing);
  worker.postMessage({ latents: drawing.latents() });
};
const ask = (...views) => {
  for (const one of views) wanted.add(one);
  draw_next();
};
const ask_picture = () => ask(picture, ...ends.flat());

const show = ({ pixels, milliseconds }) => {
  drawing.canvas.getContext("2d").putImageData(new ImageData(pixels, network.side), 0, 0);
  if (drawing === picture) by_id("speed").textContent = `Drawn in ${Math.ceil(milliseconds)} ms by ${machine}`;
  drawing = null;
};
worker.onmessage = ({ data }) => {
  if (data.pixels) show(data);
  else machine = data.machine;
  draw_next();
};
worker.onerror = (event) => {
  by_id("problem").textContent = `The pictures cannot be computed here: ${event.message || "the browser allows no worker"}.`;
  by_id("problem").hidden = false;
};
worker.postMessage({
  network,
  weights: by_id("weights").textContent,
  kernel: location.hash === "#plain" ? "" : by_id("kernel").textContent,  // #plain: JavaScript alone
});

// --- Controls ---

/// Calls change(value) whenever the slider moves; returns a function that sets it.
const slider = (input, text, change) => {
  const react = () => {
    const value = Number(input.value), words = text(value);
    input.setAttribute("aria-valuetext", words);
    if (input.nextElementSibling?.localName === "output") input.nextElementSibling.textContent = words;
    change(value);
  };
  input.addEventListener("input", react);
  return (value) => {
    input.value = value;
    react();
  };
};

const some_seed = () => BigInt(Math.floor(Math.random() * 1e6));
const is_seed = (text) => /^\d{1,20}$/.test(text) && BigInt(text) < 2n ** 64n;

/// A field and a button for a seed, from 0 to 2^64 - 1; returns a function that sets it.
const seed_field = (field, dice, change) => {
  const react = () => {
    const text = field.value.trim();
    field.setAttribute("aria-invalid", !is_seed(text));
    if (is_seed(text)) change(BigInt(text));
  };
  const set = (seed) => {
    field.value = seed;
    react();
  };
  field.addEventListener("input", react);
  dice.addEventListener("click", () => set(some_seed()));
  return set;
};

const percent = (value) => `${Math.round(100 * value)} %`;
const signed = (value) => (value > 0 ? "+" : value < 0 ? "−" : "") + Math.abs(value).toFixed(1);

const set_morph = slider(by_id("morph"), percent, (value) => {
  now.morph = value;
  ask_picture();
});
const set_seed = seed_field(by_id("seed"), by_id("dice"), (seed) => {
  now.a = random_latents(seed);
  if (now.morph === 1) set_morph(0);  // else it would not be seen
  ask_picture();
});
const set_second = seed_field(by_id("second-seed"), by_id("second-dice"), (seed) => {
  now.b = random_latents(seed);
  ask(second);
  if (now.morph > 0) ask_picture();
});
const set_truncation = slider(by_id("truncation"), percent, (value) => {
  now.truncation = value;
  ask_picture();
  ask(second, ...tiles);
});

const set_directions = ends.map(([less, more], row) => {
  const input = make("input", { type: "range", min: -furthest, max: furthest, step: 0.1,
                                "aria-label": `Direction ${row + 1}` });
  by_id("directions").append(make("div", { class: "direction" }, less.canvas, input, more.canvas));
  return slider(input, signed, (value) => {
    now.shifts[row] = value;
    ask_picture();
  });
});
const reset = () => set_directions.forEach((set) => set(0));
by_id("reset").addEventListener("click", reset);
by_id("shape").hidden = directions.length === 0;

const take = (tile) => {
  set_seed(tile.seed);
  set_morph(0);
  reset();
  by_id("picture").scrollIntoView({ block: "nearest" });
};
for (const tile of tiles) {
  tile.button = make("button", { type: "button" }, tile.canvas);
  tile.button.addEventListener("click", () => take(tile));
  by_id("grid").append(tile.button);
}
const renew_tiles = () => {
  for (const tile of tiles) {
    tile.seed = some_seed();
    tile.button.setAttribute("aria-label", `Picture ${tile.seed}`);
  }
  ask(...tiles);
};
by_id("more").addEventListener("click", renew_tiles);
by_id("smooth").addEventListener("change", () => document.body.classList.toggle("crisp", !by_id("smooth").checked));

/// The picture enlarged by a whole factor, to 512 pixels at least.
const enlarged = () => {
  const size = network.side * Math.ceil(512 / network.side);
  const large = make("canvas", { width: size, height: size }), context = large.getContext("2d");
  context.imageSmoothingEnabled = by_id("smooth").checked;
  context.imageSmoothingQuality = "high";
  context.drawImage(by_id("picture"), 0, 0, size, size);
  return large;
};
by_id("save").addEventListener("click", () => enlarged().toBlob((file) => {
  const address = URL.createObjectURL(file);
  make("a", { href: address, download: `picture-${by_id("seed").value.trim()}.png` }).click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}));

set_second(some_seed());
set_seed(some_seed());
renew_tiles();
set_morph(0);
set_truncation(0.8);
reset();
by_id("notes").textContent = `${network.side} × ${network.side} pixels, from ${network.latent_size} random numbers. ` +
  "The whole network is in this file: nothing is sent, and nothing is loaded.";
