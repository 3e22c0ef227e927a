// Computes pictures in a worker, so that the page never waits for them. The network is a list of operators, each with
// the places of its inputs and its output in one memory; convolutions are computed by page_kernel.c as WebAssembly or,
// without it, by plain_convolve.
"use strict";

const block = 4;        // outputs that are computed together
const for_stack = 4096; // numbers at the start of the memory, which a compiler may want for the kernel

/// One after the other, these numbers get their places in the memory.
const layout = {
  size: for_stack,
  constants: [],
  reserve(count) {
    const place = this.size;
    this.size += Math.ceil(count / 4) * 4;
    return place;
  },
  keep(numbers) {
    const place = this.reserve(numbers.length);
    this.constants.push([place, numbers]);
    return place;
  },
};

const from_base64 = (text) => {
  const letters = atob(text), bytes = new Uint8Array(letters.length);
  for (let k = 0; k < bytes.length; ++k) bytes[k] = letters.charCodeAt(k);
  return bytes;
};

const from_digits = (text) => Uint8Array.from(text.match(/../g), (pair) => parseInt(pair, 16));

const half_value = (bits) => {
  const sign = bits & 0x8000 ? -1 : 1, exponent = bits >> 10 & 31, fraction = bits & 1023;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
};

/// float32 of float16, little-endian.
const from_half = (bytes) => {
  const view = new DataView(bytes.buffer), values = new Float32Array(bytes.length / 2);
  for (let k = 0; k < values.length; ++k) values[k] = half_value(view.getUint16(2 * k, true));
  return values;
};

// --- Convolutions ---

/// For each four outputs their biases, then their weights of each input and place in the kernel: 0 for outputs that
/// there are not.
const pack = (outputs, inputs, height, width, bias, weight) => {
  const blocks = Math.ceil(outputs / block), packed = new Float32Array(blocks * block * (1 + inputs * height * width));
  let at = 0;
  const put = (first, value) => {
    for (let c = 0; c < block; ++c, ++at) if (first + c < outputs) packed[at] = value(first + c);
  };
  for (let first = 0; first < outputs; first += block) {
    put(first, bias);
    for (let i = 0; i < inputs; ++i)
      for (let ky = 0; ky < height; ++ky)
        for (let kx = 0; kx < width; ++kx) put(first, (o) => weight(o, i, ky, kx));
  }
  return { place: layout.keep(packed), height, width };
};

/// The same as page_kernel.c, on the places of numbers.
const plain_convolve = (memory) => (x, w, y, inputs, outputs, kernel_height, kernel_width, plane, row, height, width) => {
  const block_size = block * (1 + inputs * kernel_height * kernel_width), pixels = height * width;
  for (let first = 0; first < outputs; first += block, w += block_size)
    for (let ty = 0; ty < height; ++ty)
      for (let tx = 0; tx < width; tx += 2) {
        let a0 = memory[w], b0 = memory[w + 1], c0 = memory[w + 2], d0 = memory[w + 3];
        let a1 = a0, b1 = b0, c1 = c0, d1 = d0, at = w + block;
        for (let i = 0; i < inputs; ++i)
          for (let ky = 0; ky < kernel_height; ++ky) {
            let from = x + i * plane + (ty + ky) * row + tx;
            let left = memory[from];
            for (let kx = 0; kx < kernel_width; ++kx, at += block) {
              const right = memory[++from];
              const a = memory[at], b = memory[at + 1], c = memory[at + 2], d = memory[at + 3];
              a0 += a * left; a1 += a * right;
              b0 += b * left; b1 += b * right;
              c0 += c * left; c1 += c * right;
              d0 += d * left; d1 += d * right;
              left = right;
            }
          }
        const sums = [a0, b0, c0, d0], next = [a1, b1, c1, d1];
        for (let c = 0; c < block && first + c < outputs; ++c) {
          const out = y + (first + c) * pixels + ty * width + tx;
          memory[out] = sums[c];
          if (tx + 1 < width) memory[out + 1] = next[c];
        }
      }
};

/// Copies maps to the scratch, with a border of zeros, and for the kernel's sake longer rows.
const with_border = (node, border) => {
  const side = node.in_side, row = side + 2 * border + 8, plane = (side + 2 * border) * row;
  memory.fill(0, scratch, scratch + node.in_channels * plane + 8);
  for (let i = 0; i < node.in_channels; ++i)
    for (let sy = 0; sy < side; ++sy) {
      const from = node.in + (i * side + sy) * side;
      memory.copyWithin(scratch + i * plane + (sy + border) * row + border, from, from + side);
    }
  return { row, plane };
};
const border_size = (node, border) =>
  node.in_channels * (node.in_side + 2 * border) * (node.in_side + 2 * border + 8) + 8;

const prepare_convolution = (node, weights) => {
  const [w, b] = node.weights, k = node.kernel, inputs = node.in_channels;
  node.packed = pack(node.out_channels, inputs, k, k, (o) => weights[b + o],
                     (o, i, ky, kx) => weights[w + ((o * inputs + i) * k + ky) * k + kx]);
  node.full_side = node.in_side + 2 * node.padding - k + 1;  // of the output with stride 1
  return [border_size(node, node.padding), node.stride > 1 ? node.out_channels * node.full_side ** 2 : 0];
};

const convolution = (node) => {
  const { place } = node.packed, side = node.full_side, k = node.kernel, pixels = side * side;
  const out = node.stride > 1 ? second_scratch : node.out;
  if (k === 1 && node.padding === 0) {
    convolve(node.in, place, out, node.in_channels, node.out_channels, 1, 1, pixels, pixels, 1, pixels);
  } else {
    const { row, plane } = with_border(node, node.padding);
    convolve(scratch, place, out, node.in_channels, node.out_channels, k, k, plane, row, side, side);
  }
  if (node.stride === 1) return;
  for (let c = 0, to = node.out; c < node.out_channels; ++c)
    for (let ty = 0; ty < node.out_side; ++ty)
      for (let tx = 0; tx < node.out_side; ++tx)
        memory[to++] = memory[out + c * pixels + (ty * side + tx) * node.stride];
};

/// Of the pixels in one phase of the stride: which places of the kernel reach them, the first, how many, and the row of
/// the input from which on.
const phase_of = (node, phase) => {
  const s = node.stride, first = (phase + node.padding) % s;
  const count = Math.max(Math.ceil((node.kernel - first) / s), 0);
  return { phase, first, count, size: Math.ceil((node.out_side - phase) / s),
           from: Math.floor((phase + node.padding) / s) - (count - 1) };
};

/// Each phase is a convolution of its own, with its part of the kernel backwards.
const prepare_transposed_convolution = (node, weights) => {
  const [w, b] = node.weights, k = node.kernel, outputs = node.out_channels, s = node.stride;
  const phases = Array.from({ length: s }, (_, phase) => phase_of(node, phase));
  node.phases = phases.flatMap((y) => phases.map((x) => ({
    x, y,
    packed: pack(outputs, node.in_channels, y.count, x.count, (o) => weights[b + o], (o, i, ky, kx) =>
      weights[w + ((i * outputs + o) * k + y.first + s * (y.count - 1 - ky)) * k + x.first + s * (x.count - 1 - kx)]),
  })));
  return [border_size(node, k), outputs * Math.ceil(node.out_side / s) ** 2];
};

const transposed_convolution = (node) => {
  const { row, plane } = with_border(node, node.kernel), s = node.stride, side = node.out_side;
  for (const { x, y, packed } of node.phases) {
    convolve(scratch + (y.from + node.kernel) * row + x.from + node.kernel, packed.place, second_scratch,
             node.in_channels, node.out_channels, packed.height, packed.width, plane, row, y.size, x.size);
    for (let c = 0, from = second_scratch; c < node.out_channels; ++c)
      for (let ty = y.phase; ty < side; ty += s)
        for (let tx = x.phase; tx < side; tx += s) memory[node.out + (c * side + ty) * side + tx] = memory[from++];
  }
};

// --- The other operators ---

const for_each_pixel = (node, value) => {
  const side = node.out_side;
  for (let c = 0, to = node.out; c < node.out_channels; ++c)
    for (let ty = 0; ty < side; ++ty)
      for (let tx = 0; tx < side; ++tx) memory[to++] = value(c, ty, tx);
};
const count_of = (node) => node.out_channels * node.out_side ** 2;
const for_each_number = (node, value) => {
  for (let k = 0, count = count_of(node); k < count; ++k) memory[node.out + k] = value(memory[node.in + k], k);
};

const group_norm = (node) => {
  const [scale, shift] = node.weights, pixels = node.in_side ** 2, members = node.in_channels / node.groups;
  for (let group = 0; group < node.groups; ++group) {
    const start = group * members * pixels, end = start + members * pixels;
    let sum = 0, squares = 0;
    for (let k = start; k < end; ++k) sum += memory[node.in + k];
    const mean = sum / (end - start);
    for (let k = start; k < end; ++k) squares += (memory[node.in + k] - mean) ** 2;
    const factor = 1 / Math.sqrt(squares / (end - start) + 1e-5);
    for (let k = start; k < end; ++k) {
      const channel = Math.floor(k / pixels);
      memory[node.out + k] = (memory[node.in + k] - mean) * factor * memory[scale + channel] + memory[shift + channel];
    }
  }
};

/// A pixel lies a quarter from the middle of its source and three quarters from that of the next one, or of itself at
/// the border.
const bilinear = (node) => {
  const side = node.in_side, next = (t) => Math.min(Math.max((t >> 1) + (t & 1 ? 1 : -1), 0), side - 1);
  const row = new Float32Array(side);
  for (let c = 0, to = node.out; c < node.out_channels; ++c)
    for (let ty = 0; ty < node.out_side; ++ty) {
      const near = node.in + (c * side + (ty >> 1)) * side, far = node.in + (c * side + next(ty)) * side;
      for (let k = 0; k < side; ++k) row[k] = 0.75 * memory[near + k] + 0.25 * memory[far + k];
      for (let tx = 0; tx < node.out_side; ++tx) memory[to++] = 0.75 * row[tx >> 1] + 0.25 * row[next(tx)];
    }
};

const operators = {
  convolution,
  transposed_convolution,
  group_norm,
  bilinear,
  scale_shift(node) {
    const [scale, shift] = node.weights, pixels = node.out_side ** 2;
    for (let k = 0, c = 0; c < node.out_channels; ++c)
      for (const end = k + pixels; k < end; ++k)
        memory[node.out + k] = memory[node.in + k] * memory[scale + c] + memory[shift + c];
  },
  leaky_relu(node) {
    const { slope } = node;
    for_each_number(node, (x) => (x < 0 ? x * slope : x));
  },
  nearest(node) {
    const side = node.in_side;
    for_each_pixel(node, (c, ty, tx) => memory[node.in + (c * side + (ty >> 1)) * side + (tx >> 1)]);
  },
  pixel_shuffle(node) {
    const side = node.in_side;
    for_each_pixel(node, (c, ty, tx) =>
      memory[node.in + ((4 * c + ty % 2 * 2 + tx % 2) * side + (ty >> 1)) * side + (tx >> 1)]);
  },
  add(node) { for_each_number(node, (x, k) => x + memory[node.second + k]); },
  concatenate(node) {
    const first = node.in_channels * node.in_side ** 2;
    memory.copyWithin(node.out, node.in, node.in + first);
    memory.copyWithin(node.out + first, node.second, node.second + count_of(node) - first);
  },
  tanh(node) { for_each_number(node, Math.tanh); },
  sigmoid(node) { for_each_number(node, (x) => 1 / (1 + Math.exp(-x))); },
};

// --- The network ---

let network, memory, convolve, scratch, second_scratch, values;

/// Gives each value, weight and scratch its place.
const lay_out = (weights) => {
  const sizes = [[0, 0]];
  for (const node of network.nodes) {
    if (node.kind === "convolution") sizes.push(prepare_convolution(node, weights));
    else if (node.kind === "transposed_convolution") sizes.push(prepare_transposed_convolution(node, weights));
    else node.weights = node.weights.map((place) => layout.keep(weights.subarray(place, place + node.out_channels)));
  }
  scratch = layout.reserve(Math.max(...sizes.map(([size]) => size)));
  second_scratch = layout.reserve(Math.max(...sizes.map(([, size]) => size)));
  values = layout.reserve(network.values);
  layout.reserve(8);  // the kernel may read some numbers more
  for (const node of network.nodes)
    for (const name of ["in", "second", "out"]) node[name] += values;
};

/// The memory's numbers and the convolution: of WebAssembly if there is a kernel and the browser takes it.
const make_machine = (kernel) => {
  if (kernel) {
    try {
      const shared = new WebAssembly.Memory({ initial: Math.ceil(4 * layout.size / 65536) });
      const module = new WebAssembly.Module(from_digits(kernel));
      const { convolve } = new WebAssembly.Instance(module, { env: { memory: shared } }).exports;
      return { memory: new Float32Array(shared.buffer), name: "WebAssembly",
               convolve: (x, w, y, ...sizes) => convolve(4 * x, 4 * w, 4 * y, ...sizes) };
    } catch { /* a browser without vectors, or one that forbids it */ }
  }
  const memory = new Float32Array(layout.size);
  return { memory, name: "JavaScript", convolve: plain_convolve(memory) };
};

const start = (message) => {
  network = message.network;
  const numbers = from_half(from_base64(message.weights));
  lay_out(numbers);
  const machine = make_machine(message.kernel);
  ({ memory, convolve } = machine);
  for (const [place, constants] of layout.constants) memory.set(constants, place);
  layout.constants = [];
  postMessage({ machine: machine.name });
};

/// The picture as red, green, blue and alpha, of latents.
const draw = ({ latents }) => {
  const begin = performance.now(), side = network.side, pixels = side * side;
  memory.set(latents, values + network.latents);
  for (const node of network.nodes) operators[node.kind](node);
  const colors = new Uint8ClampedArray(4 * pixels).fill(255);
  for (let c = 0; c < 3; ++c) {
    const from = values + network.image + (network.channels === 3 ? c * pixels : 0);
    for (let p = 0; p < pixels; ++p) colors[4 * p + c] = (memory[from + p] + 1) * 127.5;
  }
  postMessage({ pixels: colors, milliseconds: performance.now() - begin }, [colors.buffer]);
};

onmessage = ({ data }) => (data.latents ? draw(data) : start(data));
