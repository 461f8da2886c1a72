// Products of one-bit numbers by table where filters are few: pixels stand in the lanes, so that a
// vector is full whatever the number of filters. The nibble of a filter's weights picks the table
// of its products with each nibble of activations, and 32 neighbouring pixels look theirs up, all
// at once. Windows are read from bordered rows: the columns between rows are computed, too.
//
// Sums are bytes with a sign: a nibble outside the map, the byte 128, looks up 0, which is exact.
#pragma once

#include "counts.h"

/// Filters of a tile, and bytes of their sums that are kept before they are finished.
enum { PLANE_FILTERS = 4, PLANE_SUMS = 512 };

/// Sums of four filters, `[4][PLANE_SUMS]`, for `vectors` times 32 pixels.
FRUGAL_INLINE void plane_tile(const int vectors, const frugal_plane_product *p,
                              const ptrdiff_t *offsets, const uint8_t *planes,
                              const uint8_t *weights, uint8_t *sums) {
  bytes32 sum[PLANE_FILTERS][2];
  UNROLLED (f, PLANE_FILTERS)
    UNROLLED (v, vectors) sum[f][v] = (bytes32)(0);
  const ptrdiff_t steps = p->steps;
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
  UNROLLED (f, PLANE_FILTERS)
    UNROLLED (v, vectors) store_bytes32(sums + f * PLANE_SUMS + 32 * v, sum[f][v]);
}

/// Some rows, or some columns of one row.
typedef struct {
  ptrdiff_t y, x, rows, columns;
} plane_part;

/// Adds bits of neighbouring filters, at most four, to their planes; those of one plane together.
FRUGAL_INLINE void finish_plane_bits(const frugal_plane_product *p, const frugal_count_finish *f,
                                     plane_part part, const uint8_t *sums, ptrdiff_t filter,
                                     ptrdiff_t filters) {
  const ptrdiff_t count = (part.rows - 1) * p->pitch + part.columns;
  const int32_t *channels = p->channels + filter, *thresholds = f->thresholds + filter;
  for (ptrdiff_t first = 0, end = 0; first < filters; first = end) {
    const ptrdiff_t plane = channels[first] / 8;
    signed_bytes32 below[PLANE_FILTERS];
    bytes32 bit[PLANE_FILTERS];
    for (; end < filters && channels[end] / 8 == plane; end++) {
      below[end] = (signed_bytes32)((int8_t)(thresholds[end] - 1));
      bit[end] = (bytes32)((uint8_t)(1 << channels[end] % 8));
    }
    uint8_t *out = (uint8_t *)f->out + plane * f->plane_stride + part.y * p->pitch + part.x;
    for (ptrdiff_t x = 0; x < count; x += 32) {
      bytes32 bits = load_bytes32(out + x);
      for (ptrdiff_t i = first; i < end; i++) {
        const bytes32 sum = load_bytes32(sums + i * PLANE_SUMS + x);
        bits |= (bytes32)(__builtin_bit_cast(signed_bytes32, sum) > below[i]) & bit[i];
      }
      store_bytes32(out + x, bits);
    }
  }
}

FRUGAL_INLINE void finish_plane_sums(const frugal_sums kind, const frugal_plane_product *p,
                                     const frugal_count_finish *f, plane_part part,
                                     const uint8_t *sums, ptrdiff_t filter, ptrdiff_t filters) {
  const ptrdiff_t count = part.rows * part.columns;
  for (ptrdiff_t i = 0; i < filters; i++) {
    // Without the columns between rows.
    uint8_t dense[PLANE_SUMS + 32];
    for (ptrdiff_t y = 0; y < part.rows; y++)
      for (ptrdiff_t x = 0; x < part.columns; x += 32)
        store_bytes32(dense + y * part.columns + x,
                      load_bytes32(sums + i * PLANE_SUMS + y * p->pitch + x));
    const ptrdiff_t place = p->channels[filter + i] * f->plane_stride + part.y * p->width + part.x;
    for (ptrdiff_t x = 0; x < count; x += LANES) {
      const signed_bytes8 eight = *(const unaligned_signed_bytes8 *)(dense + x);
      store_sums(kind, f, __builtin_convertvector(eight, integers8) * (integers8)(f->factor),
                 filter + i, place + x, smaller_of(LANES, count - x));
    }
  }
}

FRUGAL_INLINE void finish_planes(const frugal_plane_product *p, const frugal_count_finish *f,
                                 plane_part part, const uint8_t *sums, ptrdiff_t filter,
                                 ptrdiff_t filters) {
  switch (f->kind) {
    case FRUGAL_SUMS_BITS:
      finish_plane_bits(p, f, part, sums, filter, filters);
      break;
    case FRUGAL_SUMS_INT32:
      finish_plane_sums(FRUGAL_SUMS_INT32, p, f, part, sums, filter, filters);
      break;
    case FRUGAL_SUMS_INT16:
      finish_plane_sums(FRUGAL_SUMS_INT16, p, f, part, sums, filter, filters);
      break;
    case FRUGAL_SUMS_FLOAT:
      finish_plane_sums(FRUGAL_SUMS_FLOAT, p, f, part, sums, filter, filters);
      break;
  }
}

FRUGAL_INLINE void multiply_part(const frugal_plane_product *p, const frugal_count_finish *f,
                                 plane_part part) {
  // Rows are read in whole vectors, behind the last filter's sums, too.
  uint8_t sums[PLANE_FILTERS * PLANE_SUMS + 32];
  const ptrdiff_t count = (part.rows - 1) * p->pitch + part.columns;
  const uint8_t *weights = p->weights, *planes = p->planes + part.y * p->pitch + part.x;
  const ptrdiff_t *offsets = p->offsets;
  for (ptrdiff_t group = 0; group < p->groups; group++, offsets += p->steps) {
    for (ptrdiff_t filter = 0; filter < p->filters; filter += PLANE_FILTERS) {
      ptrdiff_t x = 0;
      for (; x + 32 < count; x += 64) plane_tile(2, p, offsets, planes + x, weights, sums + x);
      if (x < count) plane_tile(1, p, offsets, planes + x, weights, sums + x);
      finish_planes(p, f, part, sums, group * p->filters + filter,
                    smaller_of(PLANE_FILTERS, p->filters - filter));
      weights += p->steps * PLANE_FILTERS;
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
      multiply_part(p, f, part);
    }
  }
}
