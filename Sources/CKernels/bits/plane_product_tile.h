// Products of one-bit numbers by table where filters are few: pixels stand in the lanes, so that a
// vector is full whatever the number of filters. The nibble of a filter's weights picks the table
// of its products with each nibble of activations, and 32 neighbouring pixels look theirs up, all
// at once. Windows are read from bordered rows: the columns between rows are computed, too.
//
// Sums are bytes with a sign, and numbers of 16 bits where a byte does not hold those of all steps:
// a nibble outside the map, the byte 128, looks up 0, which is exact. Nibbles of displaced channels
// can be outside in part: their pixels have bits for all, and what those outside add is taken off
// by what sums begin with, a byte for each kind of pixel near the border.
#pragma once

#include "counts.h"

/// Filters of a tile, and sums of each that are kept before they are finished.
enum { PLANE_FILTERS = 4, PLANE_SUMS = 512 };

/// Sums of all steps: bytes, or numbers of 16 bits, which are sums of bytes of some steps. Rows are
/// read in whole vectors, behind the last filter's, too.
typedef struct {
  uint8_t bytes[PLANE_FILTERS * PLANE_SUMS + 32];
  int16_t wide[PLANE_FILTERS * PLANE_SUMS + 32];
} plane_sums;

/// What sums begin with: 0, or a table's value for each kind of pixel.
typedef struct {
  const uint8_t *kinds, *tables;
} plane_start;

/// Where sums of four filters go: to memory, or as bits to one plane.
typedef struct {
  uint8_t *sums;
  uint8_t *out;
  bytes32 below[PLANE_FILTERS], bit[PLANE_FILTERS];
} plane_end;

/// Sums of four filters over some steps, `[4][PLANE_SUMS]` or as bits, for `vectors` times 32
/// pixels, the x-th and those behind it.
FRUGAL_INLINE void plane_tile(const int vectors, const frugal_plane_product *p, plane_start start,
                              const plane_end *end, ptrdiff_t x, const ptrdiff_t *offsets,
                              ptrdiff_t steps, const uint8_t *planes, const uint8_t *weights) {
  planes += x;
  bytes32 sum[PLANE_FILTERS][2];
  UNROLLED (v, vectors) {
    const bytes32 kinds = start.kinds ? load_bytes32(start.kinds + x + 32 * v) : (bytes32)(0);
    UNROLLED (f, PLANE_FILTERS)
      sum[f][v] =
          start.kinds ? look_up(load_bytes32(start.tables + f * TABLE_BYTES), kinds) : (bytes32)(0);
  }
  const uint8_t *tables = p->tables;
  for (ptrdiff_t s = 0; s < steps; s++, weights += PLANE_FILTERS) {
    const uint8_t *nibbles = planes + offsets[s];
    if (vectors == 2) {
      const bytes32 index[2] = {load_bytes32(nibbles), load_bytes32(nibbles + 32)};
      UNROLLED (f, PLANE_FILTERS) add_looked_up2(tables, weights, f, index, sum[f]);
    } else {
      const bytes32 index = load_bytes32(nibbles);
      UNROLLED (f, PLANE_FILTERS)
        sum[f][0] += look_up(load_bytes32(tables + 8 * weights[f]), index);
    }
  }
  if (!end->out) {
    UNROLLED (f, PLANE_FILTERS)
      UNROLLED (v, vectors) store_bytes32(end->sums + f * PLANE_SUMS + x + 32 * v, sum[f][v]);
    return;
  }
  UNROLLED (v, vectors) {
    uint8_t *out = end->out + x + 32 * v;
    bytes32 bits = load_bytes32(out);
    UNROLLED (f, PLANE_FILTERS) {
      const signed_bytes32 below = __builtin_bit_cast(signed_bytes32, end->below[f]);
      bits |= (bytes32)(__builtin_bit_cast(signed_bytes32, sum[f][v]) > below) & end->bit[f];
    }
    store_bytes32(out, bits);
  }
}

/// Some rows, or some columns of one row.
typedef struct {
  ptrdiff_t y, x, rows, columns;
} plane_part;

/// -1 where sums are above a limit, for 32 pixels.
FRUGAL_INLINE bytes32 sums_above(const bool is_wide, const plane_sums *sums, ptrdiff_t place,
                                 int32_t limit) {
  if (!is_wide) {
    const bytes32 v = load_bytes32(sums->bytes + place);
    return (bytes32)(__builtin_bit_cast(signed_bytes32, v) > (signed_bytes32)((int8_t)limit));
  }
  const shorts16 low = load_shorts16(sums->wide + place);
  const shorts16 high = load_shorts16(sums->wide + place + 16);
  return joined_bytes(low > (shorts16)((int16_t)limit), high > (shorts16)((int16_t)limit));
}

/// Adds bits of neighbouring filters, at most four, to their planes; those of one plane together.
FRUGAL_INLINE void finish_plane_bits(const bool is_wide, const frugal_plane_product *p,
                                     const frugal_count_finish *f, plane_part part,
                                     const plane_sums *sums, ptrdiff_t filter, ptrdiff_t filters) {
  const ptrdiff_t count = (part.rows - 1) * p->pitch + part.columns;
  const int32_t *channels = p->channels + filter, *thresholds = f->thresholds + filter;
  for (ptrdiff_t first = 0, end = 0; first < filters; first = end) {
    const ptrdiff_t plane = channels[first] / 8;
    int32_t below[PLANE_FILTERS];
    bytes32 bit[PLANE_FILTERS];
    for (; end < filters && channels[end] / 8 == plane; end++) {
      below[end] = thresholds[end] - 1;
      bit[end] = (bytes32)((uint8_t)(1 << channels[end] % 8));
    }
    uint8_t *out = (uint8_t *)f->out + plane * f->plane_stride + part.y * p->pitch + part.x;
    for (ptrdiff_t x = 0; x < count; x += 32) {
      bytes32 bits = load_bytes32(out + x);
      for (ptrdiff_t i = first; i < end; i++) {
        bits |= sums_above(is_wide, sums, i * PLANE_SUMS + x, below[i]) & bit[i];
      }
      store_bytes32(out + x, bits);
    }
  }
}

FRUGAL_INLINE void finish_plane_sums(const bool is_wide, const frugal_sums kind,
                                     const frugal_plane_product *p, const frugal_count_finish *f,
                                     plane_part part, const plane_sums *sums, ptrdiff_t filter,
                                     ptrdiff_t filters) {
  const ptrdiff_t count = part.rows * part.columns;
  for (ptrdiff_t i = 0; i < filters; i++) {
    // Without the columns between rows.
    int16_t dense[PLANE_SUMS + 16];
    for (ptrdiff_t y = 0; y < part.rows; y++)
      for (ptrdiff_t x = 0; x < part.columns; x += 16) {
        const ptrdiff_t place = i * PLANE_SUMS + y * p->pitch + x;
        store_shorts16(dense + y * part.columns + x, is_wide ? load_shorts16(sums->wide + place)
                                                             : widened16(sums->bytes + place));
      }
    const ptrdiff_t place = p->channels[filter + i] * f->plane_stride + part.y * p->width + part.x;
    for (ptrdiff_t x = 0; x < count; x += LANES) {
      const integers8 eight =
          __builtin_convertvector(*(const unaligned_shorts8 *)(dense + x), integers8);
      store_sums(kind, f, eight * (integers8)(f->factor), filter + i, place + x,
                 smaller_of(LANES, count - x));
    }
  }
}

FRUGAL_INLINE void finish_planes(const bool is_wide, const frugal_plane_product *p,
                                 const frugal_count_finish *f, plane_part part,
                                 const plane_sums *sums, ptrdiff_t filter, ptrdiff_t filters) {
  switch (f->kind) {
    case FRUGAL_SUMS_BITS:
      finish_plane_bits(is_wide, p, f, part, sums, filter, filters);
      break;
    case FRUGAL_SUMS_INT32:
      finish_plane_sums(is_wide, FRUGAL_SUMS_INT32, p, f, part, sums, filter, filters);
      break;
    case FRUGAL_SUMS_INT16:
      finish_plane_sums(is_wide, FRUGAL_SUMS_INT16, p, f, part, sums, filter, filters);
      break;
    case FRUGAL_SUMS_FLOAT:
      finish_plane_sums(is_wide, FRUGAL_SUMS_FLOAT, p, f, part, sums, filter, filters);
      break;
  }
}

/// Bytes of four filters' sums over some steps.
FRUGAL_INLINE void sum_planes(const frugal_plane_product *p, plane_start start,
                              const plane_end *end, const ptrdiff_t *offsets, ptrdiff_t steps,
                              ptrdiff_t count, const uint8_t *planes, const uint8_t *weights) {
  ptrdiff_t x = 0;
  for (; x + 32 < count; x += 64) plane_tile(2, p, start, end, x, offsets, steps, planes, weights);
  if (x < count) plane_tile(1, p, start, end, x, offsets, steps, planes, weights);
}

/// The same over all steps, each byte of as many as it holds.
FRUGAL_INLINE void sum_planes_wide(const frugal_plane_product *p, const ptrdiff_t *offsets,
                                   ptrdiff_t count, const uint8_t *planes, const uint8_t *weights,
                                   plane_sums *sums) {
  const ptrdiff_t runs = (p->steps + p->most_steps - 1) / p->most_steps;
  for (ptrdiff_t run = 0; run < runs; run++) {
    const ptrdiff_t first = p->steps * run / runs, end = p->steps * (run + 1) / runs;
    const plane_end bytes = {.sums = sums->bytes};
    sum_planes(p, (plane_start){0}, &bytes, offsets + first, end - first, count, planes,
               weights + first * PLANE_FILTERS);
    for (ptrdiff_t i = 0; i < PLANE_FILTERS; i++) {
      for (ptrdiff_t x = 0; x < count; x += 16) {
        const ptrdiff_t place = i * PLANE_SUMS + x;
        const shorts16 added = widened16(sums->bytes + place);
        store_shorts16(sums->wide + place,
                       run == 0 ? added : load_shorts16(sums->wide + place) + added);
      }
    }
  }
}

/// The end of at most four filters' sums: bits, at once, where those go to one plane.
FRUGAL_INLINE plane_end end_of_sums(const frugal_plane_product *p, const frugal_count_finish *f,
                                    plane_part part, uint8_t *sums, ptrdiff_t filter,
                                    ptrdiff_t filters) {
  plane_end end = {.sums = sums};
  const int32_t *channels = p->channels + filter;
  const ptrdiff_t plane = channels[0] / 8;
  bool is_one = f->kind == FRUGAL_SUMS_BITS;
  for (ptrdiff_t i = 1; i < filters; i++) is_one = is_one && channels[i] / 8 == plane;
  if (!is_one) return end;
  end.out = (uint8_t *)f->out + plane * f->plane_stride + part.y * p->pitch + part.x;
  for (ptrdiff_t i = 0; i < PLANE_FILTERS; i++) {
    end.below[i] = (bytes32)((uint8_t)(i < filters ? f->thresholds[filter + i] - 1 : 0));
    end.bit[i] = (bytes32)((uint8_t)(i < filters ? 1 << channels[i] % 8 : 0));
  }
  return end;
}

FRUGAL_INLINE void multiply_part(const bool is_wide, const frugal_plane_product *p,
                                 const frugal_count_finish *f, plane_part part) {
  plane_sums sums;
  const ptrdiff_t count = (part.rows - 1) * p->pitch + part.columns;
  const uint8_t *weights = p->weights, *planes = p->planes + part.y * p->pitch + part.x;
  const ptrdiff_t *offsets = p->offsets;
  plane_start start = {p->kinds ? p->kinds + part.y * p->pitch + part.x : NULL, p->added};
  for (ptrdiff_t group = 0; group < p->groups; group++, offsets += p->steps) {
    for (ptrdiff_t filter = 0; filter < p->filters; filter += PLANE_FILTERS) {
      const ptrdiff_t first = group * p->filters + filter;
      const ptrdiff_t filters = smaller_of(PLANE_FILTERS, p->filters - filter);
      plane_end end = {0};
      if (is_wide) {
        sum_planes_wide(p, offsets, count, planes, weights, &sums);
      } else {
        end = end_of_sums(p, f, part, sums.bytes, first, filters);
        sum_planes(p, start, &end, offsets, p->steps, count, planes, weights);
      }
      if (!end.out) finish_planes(is_wide, p, f, part, &sums, first, filters);
      weights += p->steps * PLANE_FILTERS;
      if (p->kinds) start.tables += PLANE_FILTERS * TABLE_BYTES;
    }
  }
}

FRUGAL_NO_LIBRARY_CALLS void FRUGAL_SYMBOL(multiply_planes)(const frugal_plane_product *p,
                                                            const frugal_count_finish *f) {
  // Planes of bits have the columns between rows, too: they are one long row.
  const bool is_flat = f->kind == FRUGAL_SUMS_BITS;
  const ptrdiff_t height = is_flat ? 1 : p->height;
  const ptrdiff_t width = is_flat ? (p->height - 1) * p->pitch + p->width : p->width;
  const ptrdiff_t rows = is_flat ? 1 : larger_of(1, PLANE_SUMS / p->pitch);
  const ptrdiff_t columns = smaller_of(width, PLANE_SUMS);
  for (ptrdiff_t y = 0; y < height; y += rows) {
    for (ptrdiff_t x = 0; x < width; x += columns) {
      const plane_part part = {.y = y,
                               .x = x,
                               .rows = smaller_of(rows, height - y),
                               .columns = smaller_of(columns, width - x)};
      if (p->steps > p->most_steps)
        multiply_part(true, p, f, part);
      else
        multiply_part(false, p, f, part);
    }
  }
}
