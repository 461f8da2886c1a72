// The block kernels: plain structs and pointers, one function table per instruction-set level.
//
// Every function works on one block (some microseconds of work), never allocates, never decides
// and never touches a byte outside the rows it is given. Pointers need the alignment of a float,
// no more. Maps are planar: row y, column x of a plane stands at `plane + y*width + x`.
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// ---------------------------------------------------------------------------------------------
// Producing rows: displaced copies

/// One row of a produced block: a channel's plane, displaced.
typedef struct {
  ptrdiff_t channel;  ///< of the map
  ptrdiff_t dy;       ///< rows; any value, also beyond the plane
  ptrdiff_t dx;       ///< columns; any value, also beyond the plane
} frugal_displaced_row;

/// The planes that displaced rows are read from, and how densely.
typedef struct {
  const float *map;
  ptrdiff_t channel_stride;      ///< floats between the planes of neighbouring channels
  ptrdiff_t height, width;       ///< of the input plane
  ptrdiff_t stride_y, stride_x;  ///< at least 1
  ptrdiff_t out_width;           ///< columns of an output row, at least 1
} frugal_displacement;

/// Writes output rows y0 ..< y1 of `count` displaced planes:
/// `dst[r*ld + (y-y0)*out_width + x] = plane_r[y*stride_y + dy_r][x*stride_x + dx_r]`, 0 outside.
typedef void frugal_displace_function(const frugal_displacement *d,
                                      const frugal_displaced_row *rows, ptrdiff_t count,
                                      ptrdiff_t y0, ptrdiff_t y1, float *dst, ptrdiff_t ld);

// ---------------------------------------------------------------------------------------------
// Producing blocks: planes with their borders

/// The planes that bordered rows are read from.
typedef struct {
  const float *map;          ///< the first plane
  ptrdiff_t channel_stride;  ///< floats between the planes
  ptrdiff_t height, width;
  ptrdiff_t pitch;   ///< floats between rows of the block: a multiple of 8, at least `width`
  ptrdiff_t margin;  ///< zeros before a plane's first row: a multiple of 8
} frugal_bordered_planes;

/// Writes rows y0 ..< y1, which may lie outside, of `count` planes, zeros outside, behind each row
/// and before the first: `dst[c*ld + margin + (y-y0)*pitch + x] = plane_c[y][x]` for x < width,
/// else 0. `ld` is at least `margin + (y1-y0)*pitch`.
typedef void frugal_border_function(const frugal_bordered_planes *b, ptrdiff_t count, ptrdiff_t y0,
                                    ptrdiff_t y1, float *dst, ptrdiff_t ld);

// ---------------------------------------------------------------------------------------------
// Producing rows: weighted taps of one channel (depthwise convolution, bilinear displacement)

/// Where tap (0, 0) of a channel reads: row `y*stride_y + top`, column `x*stride_x + left`.
typedef struct {
  ptrdiff_t top, left;  ///< minus the padding, or the floor of a real displacement; any value
} frugal_tap_origin;

/// A window of taps over each channel's own plane.
typedef struct {
  const float *map;
  ptrdiff_t channel_stride;  ///< floats between the planes of neighbouring channels
  ptrdiff_t height, width;   ///< of the input plane
  ptrdiff_t kernel_height, kernel_width;
  ptrdiff_t stride_y, stride_x;
  ptrdiff_t dilation_y, dilation_x;
  ptrdiff_t out_width;
  const frugal_tap_origin *origins;  ///< one for all channels, or one per channel
  ptrdiff_t origin_stride;           ///< 0: one for all; 1: one per channel
} frugal_depthwise;

/// What a sum takes in registers before it is stored: `clamp(sum + bias)`. NaN passes through.
typedef struct {
  const float *bias;  ///< of channel c at `bias[c]`, or null
  float low, high;    ///< -inf and +inf for no clamp
} frugal_finish;

/// Floats of scratch that `depthwise` needs.
ptrdiff_t frugal_depthwise_scratch(const frugal_depthwise *d);

/// Writes output rows y0 ..< y1 of channels c0 ..< c1:
/// `dst[(c-c0)*ld + (y-y0)*out_width + x] = finish(sum over (i,j) of weights[c][i][j] *
///  plane_c[y*stride_y + top_c + i*dilation_y][x*stride_x + left_c + j*dilation_x])`, 0 outside.
/// `weights` starts at channel 0. `scratch` holds `frugal_depthwise_scratch(d)` floats. Calls for
/// many rows may sum in another order than calls for few.
typedef void frugal_depthwise_function(const frugal_depthwise *d, const float *weights,
                                       const frugal_finish *finish, ptrdiff_t c0, ptrdiff_t c1,
                                       ptrdiff_t y0, ptrdiff_t y1, float *dst, ptrdiff_t ld,
                                       float *scratch);

// ---------------------------------------------------------------------------------------------
// Elementwise passes over rows that are in cache

typedef enum {
  FRUGAL_IDENTITY,    ///< x
  FRUGAL_SWISH,       ///< x * sigmoid(beta * x)
  FRUGAL_HARD_SWISH,  ///< x * clamp(x + 3, 0, 6) / 6
  FRUGAL_SIGMOID,     ///< 1 / (1 + exp(-x))
} frugal_activation;

typedef enum {
  FRUGAL_RESIDUAL_NONE,
  FRUGAL_RESIDUAL_BEFORE,  ///< added before the activation
  FRUGAL_RESIDUAL_AFTER,   ///< added after it
} frugal_residual_placement;

/// What happens to a row after the channel mix. NaN passes through every part of it.
typedef struct {
  frugal_activation activation;
  float beta;       ///< of swish
  float low, high;  ///< clamp, applied after the activation; -inf and +inf for none
  frugal_residual_placement residual;
} frugal_epilogue;

/// For r < count, i < n: `v = src[r*src_ld + i] + bias[r*bias_stride]`, residual (from
/// `residual[r*residual_ld + i]`), activation, clamp, residual, `dst[r*dst_ld + i] = v`.
/// `bias` may be null. `dst` may be `src` or `residual` with the same leading dimension;
/// otherwise they do not overlap.
typedef void frugal_epilogue_function(const frugal_epilogue *e, const float *bias,
                                      ptrdiff_t bias_stride, const float *residual,
                                      ptrdiff_t residual_ld, const float *src, ptrdiff_t src_ld,
                                      float *dst, ptrdiff_t dst_ld, ptrdiff_t count, ptrdiff_t n);

/// `dst[r*ld + i] *= scales[r]` for r < count, i < n.
typedef void frugal_scale_rows_function(const float *scales, float *dst, ptrdiff_t ld,
                                        ptrdiff_t count, ptrdiff_t n);

/// `means[r*mean_stride] = (sum over i < n of src[r*ld + i]) / divisor` for r < count; the order of
/// the additions depends on n alone.
typedef void frugal_mean_rows_function(const float *src, ptrdiff_t ld, ptrdiff_t count, ptrdiff_t n,
                                       float divisor, float *means, ptrdiff_t mean_stride);

// ---------------------------------------------------------------------------------------------
// Matrix products over packed weights

/// Outputs of the next panel of packed weights when `outputs` are left: 6, 4, or the odd rest.
/// Even numbers above 2 divide into sixes and fours.
static inline ptrdiff_t frugal_panel_rows(ptrdiff_t outputs) {
  if (outputs >= 6 && outputs != 8) return 6;
  return outputs >= 4 ? 4 : outputs;
}

/// `out[m][i] = clamp(sum over k of weights[m][k] * rows[k][i] + bias[m] + residual[m][i])`.
///
/// Long sums are cut into ranges of k, one call each: the bias belongs to the first, all others add
/// to what `out` holds, residual and clamp belong to the last. Seven floats behind the last panel
/// must be readable; their values do not matter.
typedef struct {
  const float *weights;  ///< panels of `frugal_panel_rows` outputs, `[depth][outputs of the panel]`
  ptrdiff_t depth;       ///< product rows of a panel
  ptrdiff_t outputs;
  ptrdiff_t k0, k1;   ///< the range of product rows of this call
  const float *rows;  ///< product row k0
  ptrdiff_t row_stride;
  ptrdiff_t columns;
  float *out;
  ptrdiff_t out_stride;
  int accumulates;    ///< adds to what `out` holds
  int finishes;       ///< takes residual and clamp
  const float *bias;  ///< of output m at `bias[m*bias_stride]`, or null
  ptrdiff_t bias_stride;
  const float *residual;  ///< or null; may be `out` when `accumulates` is 0
  ptrdiff_t residual_stride;
  float low, high;
} frugal_product;

typedef void frugal_multiply_function(const frugal_product *p);

/// Product rows that overlap in a block: row k0 + k of output pixel (y, x) stands at
/// `block[taps[k] + y*pitch + x]`. Seven floats behind the last must be readable.
typedef struct {
  const float *block;
  const ptrdiff_t *taps;
  ptrdiff_t pitch;
  ptrdiff_t height, width;  ///< of the output pixels
} frugal_tap_rows;

/// Pieces of eight pixels in a tile of it: with the outputs of a panel they make twelve sums.
static inline ptrdiff_t frugal_tile_pieces(ptrdiff_t outputs) {
  return outputs <= 4 || outputs == 8 ? 3 : 2;
}

/// A product as above, over rows that overlap: `p->rows` is not used, and the columns are the
/// pixels of `t`, row by row.
typedef void frugal_multiply_taps_function(const frugal_product *p, const frugal_tap_rows *t);

/// `scaled[m][k] = weights[m][k] * scales[k / taps * scale_stride]`, both in panels of
/// `frugal_panel_rows` outputs; the seven floats behind either are read, behind `scaled` written.
typedef void frugal_scale_panels_function(const float *weights, ptrdiff_t depth, ptrdiff_t outputs,
                                          const float *scales, ptrdiff_t taps,
                                          ptrdiff_t scale_stride, float *scaled);

// ---------------------------------------------------------------------------------------------
// Products whose weights are signs

/// Product rows that one word of codes spans, and outputs of a panel of codes.
enum { FRUGAL_SIGN_ROWS = 4, FRUGAL_SIGN_OUTPUTS = 8 };

/// Weights that are a sign, or a sign or zero, times a scale of each output.
///
/// They stand in panels of eight outputs, the last one filled up with zero bits. A panel is a list
/// of words, one for each four product rows: bit 4*r + i belongs to output r of the panel and row i
/// of the four. Binary: 1 is +1, 0 is -1. Ternary: each word is followed by a second one; the first
/// has the weights that are +1, the second those that are -1. Bits of rows from the depth on do not
/// matter.
typedef struct {
  const uint32_t *codes;
  const float *scales;  ///< of output m at `scales[m*scale_stride]`
  ptrdiff_t scale_stride;
} frugal_signs;

/// A product as above with the weights of `s`, each sum times the scale of its output, by additions
/// and subtractions alone: `p->weights` is not used, k0 is a multiple of four and `residual` is not
/// `out`. A ternary weight of zero takes no part, whatever the row holds.
typedef void frugal_multiply_binary_function(const frugal_product *p, const frugal_signs *s);
typedef void frugal_multiply_ternary_function(const frugal_product *p, const frugal_signs *s);

// ---------------------------------------------------------------------------------------------
// Pooling

typedef enum {
  FRUGAL_POOL_MAX,             ///< NaN wins
  FRUGAL_POOL_AVERAGE,         ///< divides by the taps inside the map
  FRUGAL_POOL_AVERAGE_PADDED,  ///< divides by all taps
} frugal_pooling;

/// Rows y0 ..< y1 of channels c0 ..< c1, windows as in `frugal_depthwise` (one origin). A window
/// that touches no pixel gives 0 for averages and -infinity for the maximum.
typedef void frugal_pool_function(const frugal_depthwise *d, frugal_pooling kind, ptrdiff_t c0,
                                  ptrdiff_t c1, ptrdiff_t y0, ptrdiff_t y1, float *dst,
                                  ptrdiff_t ld);

// ---------------------------------------------------------------------------------------------
// Bits: maps packed along channels, and products of one-bit numbers
//
// A bit map holds `pixel_words` words per pixel, channel c in bit c%64 of word c/64; bits behind
// the last channel are 0. A nibble is four channels of a pixel, or four weights of a filter.

typedef enum {
  FRUGAL_FLOAT32,
  FRUGAL_INT32,
  FRUGAL_INT16,
} frugal_number;

/// How planes become bits.
typedef struct {
  const void *map;
  frugal_number number;      ///< of the map and the thresholds
  ptrdiff_t channel_stride;  ///< numbers between the planes of neighbouring channels
  ptrdiff_t bits;            ///< of a pixel, at most 64*pixel_words
  const int32_t *channels;   ///< of each bit, -1 for a bit that is 0; null: bit b is channel b
  const ptrdiff_t *offsets;  ///< of each bit: numbers from a pixel's own place; null for none
  const void *thresholds;
  ptrdiff_t threshold_stride;  ///< 0: one for all channels; 1: one per channel
  int or_equal;                ///< compares with >= instead of >
  ptrdiff_t pixel_words;
} frugal_bit_packing;

/// Pixels first ..< first + count: bit b of `dst[i*pixel_words…]` is
/// `plane_b[first + i + offset_b] > threshold_b`, and 0 for NaN on either side.
typedef void frugal_pack_bits_function(const frugal_bit_packing *p, ptrdiff_t first,
                                       ptrdiff_t count, uint64_t *dst);

/// Pixels of a bit map to planes: `dst[c*ld + i] = bit c of pixel i ? one : zero`.
typedef void frugal_unpack_bits_function(const uint64_t *src, ptrdiff_t pixel_words,
                                         ptrdiff_t count, ptrdiff_t channels, float zero, float one,
                                         float *dst, ptrdiff_t ld);

/// The bits of a word that `mask` names, one behind the other from bit `place` of a pixel on.
typedef struct {
  uint64_t mask;
  int32_t word, place;
} frugal_bit_move;

/// Pixels of a bit map with their bits in another order; bits that no move writes are 0.
typedef void frugal_gather_bits_function(const uint64_t *src, ptrdiff_t src_words, ptrdiff_t count,
                                         const frugal_bit_move *moves, ptrdiff_t move_count,
                                         uint64_t *dst, ptrdiff_t dst_words);

/// Rows y0 ..< y1 of pooled bits, windows as in `frugal_depthwise` (one origin; its map is not
/// used): the OR of a window's bits inside the map, exclusive-or the words `inversions`, of one
/// pixel.
typedef void frugal_pool_bits_function(const frugal_depthwise *d, const uint64_t *map,
                                       ptrdiff_t pixel_words, const uint64_t *inversions,
                                       ptrdiff_t y0, ptrdiff_t y1, uint64_t *dst);

/// A range of channels of a bit map, to be read nibble by nibble within borders.
typedef struct {
  const uint64_t *words;
  ptrdiff_t pixel_words;
  ptrdiff_t height, width;
  ptrdiff_t first_bit, bits;  ///< of the range
  ptrdiff_t left, right;      ///< columns of border
  int outside;                ///< the bits of a pixel outside the map, all 0 or all 1
} frugal_bit_rows;

/// Bytes of a produced pixel.
static inline ptrdiff_t frugal_nibbles(ptrdiff_t bits) { return (bits + 3) / 4; }

/// Writes rows y0 ..< y1, which may lie outside, with their borders, all bits of their pixels:
/// `dst[((y-y0)*(left+width+right) + left+x)*pixel_words…]`.
typedef void frugal_border_bits_function(const frugal_bit_rows *b, ptrdiff_t y0, ptrdiff_t y1,
                                         uint64_t *dst);

/// Pixels whose channels are displaced, each by one of a few displacements.
typedef struct {
  ptrdiff_t pixel_words;
  ptrdiff_t height, width;         ///< of the output
  ptrdiff_t pixel_step, row_step;  ///< words between the places of neighbouring pixels and rows
  const ptrdiff_t *offsets;        ///< of each displacement: words from an output pixel's place
  ptrdiff_t count;
  const uint64_t *masks;  ///< the bits of each displacement, of four pixels, no bit in two of them
} frugal_bit_displacing;

/// `dst[(y*width + x)*pixel_words…]` is the OR over displacements of their bits of the words at
/// `src + y*row_step + x*pixel_step + offset`.
typedef void frugal_displace_bits_function(const frugal_bit_displacing *d, const uint64_t *src,
                                           uint64_t *dst);

/// Writes rows y0 ..< y1, which may lie outside, with their borders: four times each nibble,
/// `dst[((y-y0)*(left+width+right) + left+x)*nibbles + n]`. Seven bytes behind are written, too.
typedef void frugal_expand_bits_function(const frugal_bit_rows *b, ptrdiff_t y0, ptrdiff_t y1,
                                         uint8_t *dst);

/// Some bytes of a pixel's window, from the window's first byte.
typedef struct {
  ptrdiff_t start, end;
} frugal_nibble_run;

/// Filters of a whole group of packed weights; the last group may be half of it.
enum { FRUGAL_FILTERS = 64 };

/// `count[f][pixel] = sum over n of tables[block[window of pixel + n]][weights[f][n]]`.
///
/// Weights stand in groups of 64 filters, the last of 32 when no more are left: `[steps][filters of
/// the group]`, a byte per nibble. Table t stands at `tables + 32*t`, twice; bytes of the block are
/// four times its number.
typedef struct {
  const uint8_t *block;
  ptrdiff_t pixel_step, row_step;  ///< bytes between windows of neighbouring output pixels and rows
  ptrdiff_t height, width;         ///< of the output
  const frugal_nibble_run *runs;   ///< of a window, none longer than `most_steps`
  ptrdiff_t run_count;
  ptrdiff_t most_steps;  ///< nibbles whose values add up to at most 255
  const uint8_t *tables;
  const uint8_t *weights;
  ptrdiff_t steps;    ///< nibbles of a filter; the sum of their values is at most 65534
  ptrdiff_t filters;  ///< any number; weights and thresholds are there for whole 32
} frugal_nibble_product;

/// The same for whole words: `count[f][pixel]` is the number of ones in pixel XOR filter, or AND.
typedef struct {
  const uint64_t *pixels;
  ptrdiff_t pixel_words;  ///< words between pixels
  ptrdiff_t count;
  const uint64_t *weights;  ///< `[filters][words]`
  ptrdiff_t words;
  ptrdiff_t filters;
  int is_and;
  /// The sum is `factor*count + ones*(ones of the pixel) + offset`.
  int32_t ones;
} frugal_word_product;

/// `count[f][pixel]` is the number of ones in the half words of a pixel's window XOR those of a
/// filter, or AND. Half word h of a word has its bits from 32h on.
///
/// Weights stand in groups of 32 filters, the last filled up with any: `[steps][32]`. Of the places
/// of the sixteen even filters and then the odd ones, every second four come first: 0-3, 8-11 …
/// 24-27, then 4-7, 12-15 … 28-31.
typedef struct {
  const uint32_t *block;
  ptrdiff_t pixel_step, row_step;  ///< half words between neighbouring windows, in whole words
  ptrdiff_t height, width;         ///< of the output
  const ptrdiff_t *offsets;        ///< of each step: half words from a window's first
  ptrdiff_t steps;                 ///< half words of a filter; counts are at most 65535
  const uint32_t *weights;
  ptrdiff_t filters;
  int is_and;
  int doubles;  ///< with AND: counts are `2*ones + 32*steps - ones of the window`
} frugal_lane_product;

/// Bits of a map as planes of nibbles, a byte per pixel, with borders.
typedef struct {
  const uint64_t *words;
  ptrdiff_t pixel_words;
  ptrdiff_t height, width;
  ptrdiff_t nibbles;      ///< of a pixel
  ptrdiff_t left, right;  ///< columns of border
  uint8_t outside;        ///< the byte of a pixel outside the map
  ptrdiff_t plane_stride;
} frugal_nibble_planes;

/// Writes rows y0 ..< y1, which may lie outside, with their borders:
/// `dst[n*plane_stride + (y-y0)*(left+width+right) + left+x]`. `left + 31` bytes behind each plane
/// are written, too.
typedef void frugal_split_nibbles_function(const frugal_nibble_planes *p, ptrdiff_t y0,
                                           ptrdiff_t y1, uint8_t *dst);

/// Neighbouring channels as planes of bytes, channel c in bit c%8 of plane c/8.
typedef struct {
  const uint8_t *planes;
  ptrdiff_t count, plane_stride;
  ptrdiff_t pitch;  ///< bytes between rows
  ptrdiff_t height, width;
  const uint64_t *inversions;  ///< of a pixel's words
} frugal_byte_planes;

/// Pixels of planes, row after row, as `pixel_words` words, exclusive-or the inversions; bits of no
/// plane are 0 before. 31 bytes behind each plane's last pixel are read.
typedef void frugal_join_planes_function(const frugal_byte_planes *p, uint64_t *dst,
                                         ptrdiff_t pixel_words);

/// `sum[f][pixel] = sum over steps s of tables[weights[f][s]][planes[pixel + offsets[s]]]` for each
/// group, whole numbers with a sign; 0 where the byte of a plane is 128.
///
/// Weights stand in fours of filters, the last filled up with any: `[steps][4]`, a byte per nibble,
/// four times its table's number. Table t stands at `tables + 32*t`, twice.
typedef struct {
  const uint8_t *planes;     ///< the place of the first output pixel
  const ptrdiff_t *offsets;  ///< `[groups][steps]`: bytes from the place of an output pixel
  ptrdiff_t steps;           ///< nibbles of a filter; sums lie in -32767 ... 32766
  ptrdiff_t most_steps;      ///< nibbles whose values add up to -127 ... 126
  ptrdiff_t pitch;           ///< bytes between rows
  ptrdiff_t height, width;   ///< of the output
  const uint8_t *tables;
  const uint8_t *weights;
  ptrdiff_t groups;
  ptrdiff_t filters;        ///< of a group
  const int32_t *channels;  ///< of the output, for each filter of each group
  /// Of each output pixel, below 16, as a plane; null where nothing is added to the sums. Only
  /// where a byte holds all steps.
  const uint8_t *kinds;
  const uint8_t *added;  ///< tables of what is added for each kind, `[groups][fours][4]`
} frugal_plane_product;

typedef enum {
  FRUGAL_SUMS_BITS,
  FRUGAL_SUMS_INT32,
  FRUGAL_SUMS_INT16,
  FRUGAL_SUMS_FLOAT,
} frugal_sums;

/// What becomes of counts: numbers, planar, or bits, packed.
typedef struct {
  frugal_sums kind;
  // Bits: `value >= threshold`, exclusive-or the filter's inversion.
  const int32_t *thresholds;  ///< of the sum: for words and planes
  /// Of the count, for nibbles: for each 32 filters the sixteen even ones, then the odd ones.
  const uint16_t *count_thresholds;
  const uint32_t *inversions;  ///< a bit per filter
  uint64_t *words;             ///< of the first output pixel; zeros where bits are not 32 aligned
  ptrdiff_t pixel_words;
  ptrdiff_t first_bit;  ///< of filter 0
  // Numbers: `sum = factor*count + offset + times*correction`.
  int32_t factor, offset, times;
  const int32_t *corrections;  ///< of each filter; null for 0
  int accumulates;             ///< int32 only: adds to what `out` holds
  void *out;
  ptrdiff_t plane_stride;  ///< numbers between filters
  const float *scale;      ///< float only: `sum*scale + bias`
  const float *bias;
  // Near the map's border, for nibbles only: a pixel's kind is the sum of its row's and its
  // column's, and each kind has thresholds and corrections of its own. Null: all are of kind 0.
  const int32_t *row_kinds, *column_kinds;
  ptrdiff_t threshold_stride, correction_stride;  ///< between kinds
} frugal_count_finish;

/// Output pixels of all rows, one after the other.
typedef void frugal_multiply_nibbles_function(const frugal_nibble_product *p,
                                              const frugal_count_finish *f);
typedef void frugal_multiply_lanes_function(const frugal_lane_product *p,
                                            const frugal_count_finish *f);
typedef void frugal_multiply_words_function(const frugal_word_product *p,
                                            const frugal_count_finish *f);
/// Sums go to the planes of their channels from the first output pixel on, as `factor*sum` or what
/// is made of it. Bits are added to planes of bytes, as in `frugal_byte_planes`, that have the
/// pitch of the product and hold zeros; there are no inversions, offsets, corrections or kinds. 31
/// bytes behind each plane's last pixel are read, and written of bits.
typedef void frugal_multiply_planes_function(const frugal_plane_product *p,
                                             const frugal_count_finish *f);

// ---------------------------------------------------------------------------------------------
// The machine

/// Runs `iterations` rounds of independent multiply-add chains in registers; returns a value that
/// depends on all of them. One round is `fma_burst_flops` floating point operations.
typedef float frugal_fma_burst_function(ptrdiff_t iterations);

/// Tells the processor that a thread is spinning.
void frugal_spin_hint(void);

/// How the calling thread computes: rounding, and what becomes of denormals. 0 where the processor
/// is not known.
uint64_t frugal_float_mode(void);
void frugal_set_float_mode(uint64_t mode);

/// A mode in which denormal operands and results count as zeros, otherwise as `mode`.
uint64_t frugal_flushing_denormals(uint64_t mode);

// ---------------------------------------------------------------------------------------------
// Levels

typedef enum {
  FRUGAL_LEVEL_PORTABLE,  ///< clang's vector types at the baseline of the target
  FRUGAL_LEVEL_AVX2,      ///< x86-64 with AVX2, FMA, F16C, POPCNT and BMI2
  /// x86-64 with AVX-512 F, BW, DQ, VL and VPOPCNTDQ besides; what it has no kernel for is AVX2's
  FRUGAL_LEVEL_AVX512,
  FRUGAL_LEVEL_COUNT,
} frugal_level;

/// All kernels of one level.
typedef struct {
  const char *name;
  frugal_displace_function *displace;
  frugal_border_function *border;
  frugal_depthwise_function *depthwise;
  frugal_multiply_function *multiply;
  frugal_multiply_taps_function *multiply_taps;
  frugal_scale_panels_function *scale_panels;
  frugal_multiply_binary_function *multiply_binary;
  frugal_multiply_ternary_function *multiply_ternary;
  frugal_epilogue_function *epilogue;
  frugal_scale_rows_function *scale_rows;
  frugal_mean_rows_function *mean_rows;
  frugal_pool_function *pool;
  frugal_pack_bits_function *pack_bits;
  frugal_unpack_bits_function *unpack_bits;
  frugal_gather_bits_function *gather_bits;
  frugal_pool_bits_function *pool_bits;
  frugal_border_bits_function *border_bits;
  frugal_displace_bits_function *displace_bits;
  frugal_expand_bits_function *expand_bits;
  frugal_multiply_nibbles_function *multiply_nibbles;
  frugal_multiply_lanes_function *multiply_lanes;
  frugal_multiply_words_function *multiply_words;
  frugal_split_nibbles_function *split_nibbles;
  frugal_multiply_planes_function *multiply_planes;
  frugal_join_planes_function *join_planes;
  frugal_fma_burst_function *fma_burst;
  double fma_burst_flops;
} frugal_kernels;

/// The kernels of a level, or null when this processor cannot run them.
const frugal_kernels *frugal_kernels_at(frugal_level level);

/// The name of a kernel and the level it belongs to, read from the `kernels.inc` tables.
typedef struct {
  const char *family, *kernel;
  frugal_level level;
} frugal_kernel_entry;

/// Every kernel variant that was built, and how many there are.
const frugal_kernel_entry *frugal_kernel_entries(ptrdiff_t *count);

/// Processors that this process may run on, or 0 when the system does not say.
int frugal_usable_processors(void);

/// The processor that the calling thread runs on, or -1 when the system does not say.
int frugal_current_processor(void);

/// Moves the calling thread to another processor, if it may run on another.
void frugal_leave_processor(int processor);

/// The processor's own name, at most 48 characters and a null, or "unknown".
void frugal_processor_name(char name[49]);

#ifdef __cplusplus
}
#endif
