// How the fast convolutions walk over tiles and channels.
//
// Two ways, by the size of the transformed weight. Small: it is transformed once, and each thread takes blocks of tiles
// through all three stages in its own cache. Large: all threads transform a block of tiles that fits in the shared
// cache, then each takes blocks of output channels, transforming their part of the weight as it goes.
#include "kernels/fast_convolution.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

#include "kernels/workspace.hpp"

namespace cspgan::kernels {
namespace {

// Numbers of floats: about the size of one core's second-level cache, and of a part of the third level.
constexpr std::size_t small_weight = 1'700'000;
constexpr std::size_t own_block = 200'000;
constexpr std::size_t shared_block = 2'600'000;
constexpr std::size_t least_round = 2'600'000;  // of a weight's gradient
constexpr std::size_t most_round = 8'200'000;
constexpr std::size_t least_tasks = 16;
constexpr std::size_t groups_of_blocks =
    4;  // of a position's work, so that the largest position keeps no thread waiting
constexpr std::size_t most_tiles_of_sums = 56;
constexpr std::size_t tiles_at_a_time = 4;  // tiles that a thread transforms at a time
// Positions are a power of two apart otherwise, and would share the cache's sets.
constexpr std::size_t position_padding = 3 * cache_line_floats;

std::size_t square(std::size_t value) { return value * value; }

/// A number of tiles that keeps the product busy, but no more than there are.
std::size_t limited(std::size_t tiles, std::size_t most) { return std::min(std::max<std::size_t>(tiles, 8), most); }

struct Problem {
  const Table& kernels;
  const Transforms& transforms;
  std::size_t width;
  std::size_t from;  // channels
  std::size_t to;
  std::size_t from_blocks;
  std::size_t to_blocks;
  std::size_t products;  // of two dimensions, as weights and taps
  std::size_t weights;
  std::size_t taps;
  std::size_t threads;
  std::size_t tile_rows = 0;
  std::size_t tile_columns = 0;
  std::size_t tiles = 0;

  /// The problem as far as a weight alone defines it.
  Problem(Algorithm algorithm, std::size_t input_channels, std::size_t output_channels)
      : kernels(table()),
        transforms(kernels.transforms[static_cast<std::size_t>(algorithm)]),
        width(kernels.width),
        from(input_channels),
        to(output_channels),
        from_blocks(divide_up(from, width)),
        to_blocks(divide_up(to, width)),
        products(square(transforms.products)),
        weights(square(transforms.weights)),
        taps(square(transforms.taps)),
        threads(thread_count()) {}
  Problem(Algorithm algorithm, const ImageView& input, const ImageView& output, std::size_t images)
      : Problem(algorithm, static_cast<std::size_t>(input.channels), static_cast<std::size_t>(output.channels)) {
    tile_rows = divide_up(static_cast<std::size_t>(output.height), transforms.outputs);
    tile_columns = divide_up(static_cast<std::size_t>(output.width), transforms.outputs);
    tiles = images * tile_rows * tile_columns;
  }

  /// The whole weight, transformed, is [to_blocks][weights][from][width] with a gap between positions.
  std::size_t position_stride() const { return from * width + position_padding; }
  std::size_t transformed_block() const { return weights * position_stride(); }
  bool is_small() const { return weights * from * to_blocks * width <= small_weight; }

  /// The weight's position that product `p` takes.
  std::size_t weight_of(std::size_t p) const {
    return transforms.weight_of[p / transforms.products] * transforms.weights +
           transforms.weight_of[p % transforms.products];
  }
  TileRange range(std::size_t first, std::size_t count) const { return {tile_rows, tile_columns, first, count}; }

  /// A whole number of cache lines.
  std::size_t panel_floats(std::size_t blocks, std::size_t panel_tiles) const {
    return round_up(products * (blocks * panel_tiles * width + position_padding), cache_line_floats);
  }
  Panels panels(float* data, std::size_t blocks, std::size_t panel_tiles) const {
    return {data, static_cast<std::ptrdiff_t>(blocks * panel_tiles * width + position_padding),
            static_cast<std::ptrdiff_t>(panel_tiles * width)};
  }
};

Panels from_tile(Panels panels, std::size_t tile, std::size_t width) {
  panels.data += tile * width;
  return panels;
}

/// The address of a tap of the weight.
float* tap_of(const Problem& p, const WeightView& weight, std::size_t tap, std::size_t from, std::size_t to) {
  return weight.tap(tap / p.transforms.taps, tap % p.transforms.taps) +
         static_cast<std::ptrdiff_t>(from) * weight.from + static_cast<std::ptrdiff_t>(to) * weight.to;
}

/// Rows [first, first + rows) of the taps for one block of output channels: [taps][rows][width], zeros beyond `to`.
void pack_taps(const Problem& p, const WeightView& weight, std::size_t first, std::size_t rows, std::size_t block,
               float* packed) {
  const std::size_t used = std::min(p.width, p.to - block * p.width);
  for (std::size_t tap = 0; tap < p.taps; ++tap)
    pack_tap(tap_of(p, weight, tap, first, block * p.width), weight.from, weight.to, rows, used, p.width,
             packed + tap * rows * p.width);
}

/// The reverse, of one pair of blocks: [taps][width][width] to `rows` x `columns` channels of the weight, whose first
/// channels are (from, to). The rows are channels of the output if `along_from`, else of the input.
void unpack_taps(const Problem& p, const float* packed, const WeightView& weight, std::size_t from, std::size_t to,
                 bool along_from, std::size_t rows, std::size_t columns) {
  const std::ptrdiff_t column_stride = along_from ? weight.from : weight.to;
  for (std::size_t row = 0; row < rows; ++row)
    for (std::size_t tap = 0; tap < p.taps; ++tap) {
      float* target = along_from ? tap_of(p, weight, tap, from, to + row) : tap_of(p, weight, tap, from + row, to);
      const float* source = packed + (tap * p.width + row) * p.width;
      if (column_stride == 1)
        std::memcpy(target, source, columns * sizeof(float));
      else
        for (std::size_t column = 0; column < columns; ++column)
          target[static_cast<std::ptrdiff_t>(column) * column_stride] = source[column];
    }
}

/// The weight for one block of output channels: [weights][from][width], `stride` between positions.
void transform_block_weight(const Problem& p, const WeightView& weight, std::size_t block, float* packed,
                            std::size_t chunk, float* transformed, std::size_t stride) {
  for (std::size_t first = 0; first < p.from; first += chunk) {
    const std::size_t rows = std::min(chunk, p.from - first);
    pack_taps(p, weight, first, rows, block, packed);
    p.transforms.transform_weight(packed, rows, transformed + first * p.width, static_cast<std::ptrdiff_t>(stride));
  }
}
constexpr std::size_t chunk_rows = 32;

/// All products of `count` tiles with one block of output channels.
void multiply_tiles(const Problem& p, const Panels& inputs, std::size_t count, const float* weight, std::size_t stride,
                    const Panels& sums) {
  const auto width = static_cast<std::ptrdiff_t>(p.width);
  for (std::size_t position = 0; position < p.products; ++position) {
    Product product{.a = inputs.data + static_cast<std::ptrdiff_t>(position) * inputs.position_stride,
                    .a_row = width,
                    .a_depth = 1,
                    .a_block = inputs.block_stride,
                    .b = weight + p.weight_of(position) * stride,
                    .b_depth = width,
                    .b_block = width * width,
                    .c = sums.data + static_cast<std::ptrdiff_t>(position) * sums.position_stride,
                    .c_row = width,
                    .rows = count,
                    .block = p.width};
    const bool last = position + 1 == p.products;
    const std::ptrdiff_t to_next_weight =
        last ? 0 : static_cast<std::ptrdiff_t>(p.weight_of(position + 1) * stride) - (product.b - weight);
    for (std::size_t done = 0; done < p.from; done += longest_sum_of_channels) {
      product.depth = std::min(longest_sum_of_channels, p.from - done);
      product.accumulate = done > 0;
      product.next_a = product.a + inputs.position_stride;
      product.next_b = last ? nullptr : product.b + to_next_weight;
      p.kernels.multiply(product);
      product.a += static_cast<std::ptrdiff_t>(longest_sum_of_channels / p.width) * inputs.block_stride;
      product.b += longest_sum_of_channels * p.width;
    }
  }
}

void transform_weight(const Problem& p, const WeightView& weight, float* transformed, float* memory) {
  const std::size_t own_floats = p.taps * chunk_rows * p.width;
  share_tasks(p.to_blocks, p.threads, [&](std::size_t block, std::size_t thread) {
    transform_block_weight(p, weight, block, memory + thread * own_floats, chunk_rows,
                           transformed + block * p.transformed_block(), p.position_stride());
  });
}

/// The convolution with a small weight, which is given as it is or transformed.
void convolve_small(const Problem& p, const ImageView& input, const WeightView* weight, const float* transformed,
                    const ImageView& output, const Epilogue& epilogue) {
  const std::size_t of_tile = p.products * (p.from_blocks + 1) * p.width;
  const std::size_t block_tiles = limited(own_block / of_tile, divide_up(p.tiles, p.threads));
  const std::size_t weight_floats = weight == nullptr ? 0 : p.to_blocks * p.transformed_block();
  const std::size_t input_floats = p.panel_floats(p.from_blocks, block_tiles);
  const std::size_t own_floats = std::max(input_floats + p.panel_floats(1, block_tiles), p.taps * chunk_rows * p.width);
  float* const weights = workspace(weight_floats + p.threads * own_floats);
  float* const memory = weights + weight_floats;
  if (weight != nullptr) {
    transform_weight(p, *weight, weights, memory);
    transformed = weights;
  }
  share_tasks(divide_up(p.tiles, block_tiles), p.threads, [&](std::size_t task, std::size_t thread) {
    const std::size_t first = task * block_tiles;
    const std::size_t count = std::min(block_tiles, p.tiles - first);
    float* own = memory + thread * own_floats;
    const Panels inputs = p.panels(own, p.from_blocks, block_tiles);
    const Panels sums = p.panels(own + input_floats, 1, block_tiles);
    p.transforms.gather_input(input, p.range(first, count), {0, p.from_blocks}, inputs);
    for (std::size_t block = 0; block < p.to_blocks; ++block) {
      multiply_tiles(p, inputs, count, transformed + block * p.transformed_block(), p.position_stride(), sums);
      p.transforms.scatter_output(sums, output, p.range(first, count), {block, block + 1}, epilogue);
    }
  });
}

void convolve_large(const Problem& p, const ImageView& input, const WeightView& weight, const ImageView& output,
                    const Epilogue& epilogue) {
  const std::size_t of_tile = p.products * p.from_blocks * p.width;
  const std::size_t most = limited(shared_block / of_tile, p.tiles);
  const std::size_t all_tiles = divide_up(p.tiles, divide_up(p.tiles, most));
  const std::size_t sum_tiles = divide_up(all_tiles, divide_up(all_tiles, most_tiles_of_sums));
  const std::size_t stride = p.position_stride();
  const std::size_t input_floats = p.panel_floats(p.from_blocks, all_tiles);
  const std::size_t sum_floats = p.panel_floats(1, sum_tiles);
  const std::size_t weight_floats = p.weights * stride;
  const std::size_t packed_floats = p.taps * chunk_rows * p.width;
  const std::size_t own_floats = sum_floats + weight_floats + packed_floats;
  float* memory = workspace(input_floats + p.threads * own_floats);

  const Panels inputs = p.panels(memory, p.from_blocks, all_tiles);
  for (std::size_t first = 0; first < p.tiles; first += all_tiles) {
    const std::size_t count = std::min(all_tiles, p.tiles - first);
    share_tasks(divide_up(count, tiles_at_a_time), p.threads, [&](std::size_t task, std::size_t) {
      const std::size_t tile = task * tiles_at_a_time;
      p.transforms.gather_input(input, p.range(first + tile, std::min(tiles_at_a_time, count - tile)),
                                {0, p.from_blocks}, from_tile(inputs, tile, p.width));
    });
    share_tasks(p.to_blocks, p.threads, [&](std::size_t block, std::size_t thread) {
      float* own = memory + input_floats + thread * own_floats;
      const Panels sums = p.panels(own, 1, sum_tiles);
      float* transformed = own + sum_floats;
      transform_block_weight(p, weight, block, transformed + weight_floats, chunk_rows, transformed, stride);
      for (std::size_t tile = 0; tile < count; tile += sum_tiles) {
        const std::size_t part = std::min(sum_tiles, count - tile);
        multiply_tiles(p, from_tile(inputs, tile, p.width), part, transformed, stride, sums);
        p.transforms.scatter_output(sums, output, p.range(first + tile, part), {block, block + 1}, epilogue);
      }
    });
  }
}

/// The panels of a pair of channel blocks at one position, and those that are wanted next (or null).
struct PanelPair {
  const float* rows = nullptr;
  const float* columns = nullptr;
  const float* next_rows = nullptr;
  const float* next_columns = nullptr;
};

/// Adds the products of `count` tiles, rows times columns, to [width][width].
void multiply_gradients(const Problem& p, const PanelPair& pair, std::size_t count, std::size_t rows, float* sums) {
  const std::size_t chunks = divide_up(count, longest_sum_of_pixels);
  for (std::size_t chunk = 0; chunk < chunks; ++chunk) {
    const std::size_t tile = count * chunk / chunks;
    const std::size_t depth = count * (chunk + 1) / chunks - tile;
    const auto from_tile = [&](const float* panel) { return panel == nullptr ? nullptr : panel + tile * p.width; };
    p.kernels.multiply({.a = from_tile(pair.rows),
                        .a_row = 1,
                        .a_depth = static_cast<std::ptrdiff_t>(p.width),
                        .b = from_tile(pair.columns),
                        .b_depth = static_cast<std::ptrdiff_t>(p.width),
                        .c = sums,
                        .c_row = static_cast<std::ptrdiff_t>(p.width),
                        .rows = rows,
                        .depth = depth,
                        .block = depth,
                        .accumulate = true,
                        .next_a = from_tile(pair.next_rows),
                        .next_b = from_tile(pair.next_columns)});
  }
}

/// Products whose sums belong to one position of the weight, most of them first, since each group is a thread's work.
std::vector<std::vector<std::size_t>> positions_by_weight(const Problem& p) {
  std::vector<std::vector<std::size_t>> groups(p.weights);
  for (std::size_t position = 0; position < p.products; ++position) groups[p.weight_of(position)].push_back(position);
  std::stable_sort(groups.begin(), groups.end(), [](const auto& a, const auto& b) { return a.size() > b.size(); });
  return groups;
}

/// The gradient of a weight: its channel blocks in pairs, transformed tiles of a round of images, and sums of products.
struct WeightGradient {
  const Problem& p;
  const WeightView& gradient;
  Panels inputs{};
  Panels gradients{};
  // The gradient is made in vectors along the channels that lie next to each other in the weight.
  bool along_from = gradient.from == 1;
  std::size_t pairs = p.from_blocks * p.to_blocks;
  std::size_t of_sum = p.width * p.width;

  /// Adds the products of a pair of blocks at one position to [width][width]; then (next_from, next_to) are wanted
  /// there.
  void multiply(std::size_t position, std::size_t from, std::size_t to, std::size_t count, float* sum,
                std::size_t next_position, std::size_t next_from, std::size_t next_to) const {
    const auto panel = [&](const Panels& panels, std::size_t at, std::size_t block) {
      return panels.data + static_cast<std::ptrdiff_t>(at) * panels.position_stride +
             static_cast<std::ptrdiff_t>(block) * panels.block_stride;
    };
    const float* const own_from = panel(inputs, position, from);
    const float* const own_to = panel(gradients, position, to);
    const bool ends = next_position == p.products;
    const float* const then_from = ends ? nullptr : panel(inputs, next_position, next_from);
    const float* const then_to = ends ? nullptr : panel(gradients, next_position, next_to);
    const std::size_t row_channels = along_from ? p.to - to * p.width : p.from - from * p.width;
    multiply_gradients(
        p,
        along_from ? PanelPair{own_to, own_from, then_to, then_from} : PanelPair{own_from, own_to, then_from, then_to},
        count, std::min(p.width, row_channels), sum);
  }

  /// Adds all products of one pair to its sums [weights], `stride` apart.
  void multiply_pair(std::size_t pair, std::size_t count, float* sums, std::size_t stride) const {
    const std::size_t from = pair % p.from_blocks;
    const std::size_t to = pair / p.from_blocks;
    for (std::size_t position = 0; position < p.products; ++position)
      multiply(position, from, to, count, sums + p.weight_of(position) * stride, position + 1, from, to);
  }

  /// Adds the products at some positions of all pairs whose blocks of output channels are [begin, end) to sums [pairs].
  void multiply_positions(const std::vector<std::size_t>& positions, std::size_t begin, std::size_t end,
                          std::size_t count, float* sums) const {
    for (const std::size_t position : positions)
      for (std::size_t pair = begin * p.from_blocks; pair < end * p.from_blocks; ++pair) {
        const std::size_t next = pair + 1;
        multiply(position, pair % p.from_blocks, pair / p.from_blocks, count, sums + pair * of_sum,
                 next == end * p.from_blocks ? p.products : position, next % p.from_blocks, next / p.from_blocks);
      }
  }

  /// Sums [weights] of a pair, `stride` apart, to its part of the weight's gradient.
  void finish(std::size_t pair, const float* sums, std::size_t stride, float* taps) const {
    const std::size_t from = pair % p.from_blocks * p.width;
    const std::size_t to = pair / p.from_blocks * p.width;
    const std::size_t from_count = std::min(p.width, p.from - from);
    const std::size_t to_count = std::min(p.width, p.to - to);
    p.transforms.transform_gradient(sums, static_cast<std::ptrdiff_t>(stride), p.width, taps);
    unpack_taps(p, taps, gradient, from, to, along_from, along_from ? to_count : from_count,
                along_from ? from_count : to_count);
  }
};

}  // namespace

std::optional<Algorithm> algorithm_of(const Geometry& g) {
  if (g.padding != 1) return std::nullopt;
  if (g.kernel == 3 && g.stride == 1 && !g.transposed) return Algorithm::same_3;
  if (g.kernel == 3 && g.stride == 2) return g.transposed ? Algorithm::up_3 : Algorithm::down_3;
  if (g.kernel == 4 && g.stride == 2) return g.transposed ? Algorithm::up_4 : Algorithm::down_4;
  return std::nullopt;
}

std::size_t transformed_floats(Algorithm algorithm, std::size_t from, std::size_t to) {
  const Problem p(algorithm, from, to);
  return p.is_small() ? p.to_blocks * p.transformed_block() : 0;
}

void transform(Algorithm algorithm, const WeightView& weight, std::size_t from, std::size_t to, float* transformed) {
  const Problem p(algorithm, from, to);
  transform_weight(p, weight, transformed, workspace(p.threads * p.taps * chunk_rows * p.width));
}

void convolve(Algorithm algorithm, const ImageView& input, const float* transformed, const ImageView& output,
              std::size_t images, const Epilogue& epilogue) {
  const Problem p(algorithm, input, output, images);
  if (p.tiles > 0) convolve_small(p, input, nullptr, transformed, output, epilogue);
}

void convolve(Algorithm algorithm, const ImageView& input, const WeightView& weight, const ImageView& output,
              std::size_t images, const Epilogue& epilogue) {
  const Problem p(algorithm, input, output, images);
  if (p.tiles == 0) return;
  if (p.is_small())
    convolve_small(p, input, &weight, nullptr, output, epilogue);
  else
    convolve_large(p, input, weight, output, epilogue);
}

void convolve_weight_gradient(Algorithm algorithm, const ImageView& input, const ImageView& output_gradient,
                              std::size_t images, const WeightView& gradient) {
  const Problem p(algorithm, input, output_gradient, images);
  if (p.tiles == 0) return;
  WeightGradient work{p, gradient};
  const std::size_t of_tile = p.products * (p.from_blocks + p.to_blocks) * p.width;
  const std::size_t all_sums = work.pairs * p.weights * work.of_sum;
  // Each round but the only one reads and writes all sums.
  const std::size_t round_floats = std::clamp(2 * all_sums, least_round, most_round);
  const std::size_t rounds = divide_up(p.tiles, limited(round_floats / of_tile, p.tiles));
  const std::size_t all_tiles = divide_up(p.tiles, rounds);
  // One round: a thread takes a pair of blocks through all positions, and its sums stay in the thread's cache. Else a
  // thread takes a position through all pairs, and the tiles at that position do.
  const bool by_pairs = rounds == 1 && work.pairs >= least_tasks;
  const std::size_t sum_stride = by_pairs ? work.of_sum : work.pairs * work.of_sum + position_padding;
  const std::size_t of_taps = p.taps * work.of_sum;
  const std::size_t input_floats = p.panel_floats(p.from_blocks, all_tiles);
  const std::size_t gradient_floats = p.panel_floats(p.to_blocks, all_tiles);
  const std::size_t sum_floats = (by_pairs ? p.threads : 1) * p.weights * sum_stride;
  float* const memory = workspace(input_floats + gradient_floats + sum_floats + p.threads * of_taps);
  float* const sums = memory + input_floats + gradient_floats;
  float* const taps = sums + sum_floats;
  work.inputs = p.panels(memory, p.from_blocks, all_tiles);
  work.gradients = p.panels(memory + input_floats, p.to_blocks, all_tiles);

  const auto gather = [&](std::size_t first, std::size_t count) {
    share_tasks(divide_up(count, tiles_at_a_time), p.threads, [&](std::size_t task, std::size_t) {
      const std::size_t tile = task * tiles_at_a_time;
      const TileRange range = p.range(first + tile, std::min(tiles_at_a_time, count - tile));
      p.transforms.gather_input(input, range, {0, p.from_blocks}, from_tile(work.inputs, tile, p.width));
      p.transforms.gather_gradient(output_gradient, range, {0, p.to_blocks}, from_tile(work.gradients, tile, p.width));
    });
  };

  if (by_pairs) {
    gather(0, p.tiles);
    share_tasks(work.pairs, p.threads, [&](std::size_t pair, std::size_t thread) {
      float* const own = sums + thread * p.weights * sum_stride;
      std::memset(own, 0, p.weights * sum_stride * sizeof(float));
      work.multiply_pair(pair, p.tiles, own, sum_stride);
      work.finish(pair, own, sum_stride, taps + thread * of_taps);
    });
    return;
  }

  const std::vector<std::vector<std::size_t>> groups = positions_by_weight(p);
  const std::size_t columns = std::min(p.to_blocks, groups_of_blocks);
  for (std::size_t round = 0; round < rounds; ++round) {
    const std::size_t first = round * all_tiles;
    const std::size_t count = std::min(all_tiles, p.tiles - first);
    gather(first, count);
    share_tasks(groups.size() * columns, p.threads, [&](std::size_t task, std::size_t) {
      const std::vector<std::size_t>& positions = groups[task / columns];
      const std::size_t begin = p.to_blocks * (task % columns) / columns;
      const std::size_t end = p.to_blocks * (task % columns + 1) / columns;
      float* const own = sums + p.weight_of(positions.front()) * sum_stride;
      if (round == 0)
        std::memset(own + begin * p.from_blocks * work.of_sum, 0,
                    (end - begin) * p.from_blocks * work.of_sum * sizeof(float));
      work.multiply_positions(positions, begin, end, count, own);
    });
  }
  share_tasks(work.pairs, p.threads, [&](std::size_t pair, std::size_t thread) {
    work.finish(pair, sums + pair * work.of_sum, sum_stride, taps + thread * of_taps);
  });
}

}  // namespace cspgan::kernels
