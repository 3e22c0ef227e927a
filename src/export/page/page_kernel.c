// The web page's convolutions as WebAssembly, with four numbers in one instruction. Freestanding, and without a stack:
// the numbers lie where the page's worker puts them. The same in JavaScript is `plain_convolve` of page_worker.js.

typedef float lanes __attribute__((vector_size(16), aligned(4)));

enum { block = 4, tile = 8 };  // channels and pixels that are computed together, in registers

// y [outputs, height, width] of x[input * plane + y * row + x], with stride 1. `w` is what page_worker.js packs: for
// each four outputs their biases, then their weights of each input and place in the kernel. Reads up to seven numbers
// beyond what it needs of x.
__attribute__((export_name("convolve"))) void convolve(const float* x, const float* w, float* y, int inputs,
                                                       int outputs, int kernel_height, int kernel_width, int plane,
                                                       int row, int height, int width) {
  const int block_size = block * (1 + inputs * kernel_height * kernel_width);
  for (int first = 0; first < outputs; first += block, w += block_size)
    for (int ty = 0; ty < height; ++ty)
      for (int tx = 0; tx < width; tx += tile) {
        lanes sums[block][2];
        for (int c = 0; c < block; ++c) sums[c][0] = sums[c][1] = (lanes){w[c], w[c], w[c], w[c]};
        const float* weight = w + block;
        for (int i = 0; i < inputs; ++i)
          for (int ky = 0; ky < kernel_height; ++ky) {
            const float* place = x + i * plane + (ty + ky) * row + tx;
            for (int kx = 0; kx < kernel_width; ++kx, ++place, weight += block) {
              const lanes left = *(const lanes*)place, right = *(const lanes*)(place + 4);
#pragma unroll
              for (int c = 0; c < block; ++c) {
                sums[c][0] += left * weight[c];
                sums[c][1] += right * weight[c];
              }
            }
          }
#pragma unroll
        for (int c = 0; c < block; ++c) {
          if (first + c >= outputs) break;
          float* const out = y + ((first + c) * height + ty) * width + tx;
          if (width - tx >= tile) {
            *(lanes*)out = sums[c][0];
            *(lanes*)(out + 4) = sums[c][1];
          } else {
#pragma unroll
            for (int k = 0; k < tile; ++k)
              if (tx + k < width) out[k] = sums[c][k / 4][k % 4];
          }
        }
      }
}
