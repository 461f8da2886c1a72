// Staging: the rows of the map that a piece of output needs, with their borders, into scratch.
#pragma once

#include "geometry.h"

/// The part of a slot that comes from the map.
typedef struct {
  ptrdiff_t source, target;  ///< floats from the plane, from the buffer
  ptrdiff_t rows, columns;
} depthwise_copy;

/// Copies that are remembered for the next channel of equal geometry.
enum { DEPTHWISE_COPIES = 2 };

/// A piece: `rows` output rows from `y` of one channel.
typedef struct {
  const float *plane;
  ptrdiff_t top, left;  ///< clamped, so that no product below overflows
  ptrdiff_t y, rows;
  bool borders;  ///< false when the buffer still holds this very geometry's zeros
  int copies;    ///< how many there were; only those of whole pieces are remembered
  depthwise_copy copy[DEPTHWISE_COPIES];
} depthwise_piece;

/// Output columns left of `left_end` and from `right_start` are staged; what lies between is read
/// from the map itself where a whole group of rows is inside.
typedef struct {
  bool direct;
  ptrdiff_t left_end, right_start;
} depthwise_panels;

/// Whether every tap row of output rows y ..< y + rows of the strip lies inside the map.
FRUGAL_INLINE bool rows_inside(const frugal_depthwise *d, ptrdiff_t top, ptrdiff_t y,
                               ptrdiff_t rows) {
  ptrdiff_t first = y * d->stride_y + top;
  ptrdiff_t last = first + (rows - 1) * d->stride_y + (d->kernel_height - 1) * d->dilation_y;
  return first >= 0 && last < d->height;
}

FRUGAL_INLINE void stage_copy(const frugal_depthwise *d, const depthwise_geometry *g,
                              const depthwise_copy *copy, const float *plane, float *buffer) {
  if (copy->rows > 0)
    copy_rows(buffer + copy->target, g->pitch, plane + copy->source, d->width, copy->rows,
              copy->columns, d->stride_x);
}

/// `rows` staged rows of one slot, the first of them from input row `row`, column `column`.
static FRUGAL_NO_LIBRARY_CALLS void stage_slot(const frugal_depthwise *d,
                                               const depthwise_geometry *g, depthwise_piece *piece,
                                               ptrdiff_t row, ptrdiff_t rows, ptrdiff_t column,
                                               float *buffer, ptrdiff_t at) {
  float *slot = buffer + at;
  const ptrdiff_t width = g->slot_width, pitch = g->pitch, stride = d->stride_x;
  index_range inside = indices_inside(row, 1, rows, d->height);
  index_range columns = indices_inside(column, stride, width, d->width);
  ptrdiff_t n = columns.end - columns.start;
  if (n == 0) inside.end = inside.start;

  if (piece->borders) {
    for (ptrdiff_t q = 0; q < inside.start; q++) zero_run(slot + q * pitch, width);
    for (ptrdiff_t q = inside.end; q < rows; q++) zero_run(slot + q * pitch, width);
    for (ptrdiff_t q = inside.start; q < inside.end; q++) {
      zero_run(slot + q * pitch, columns.start);
      zero_run(slot + q * pitch + columns.end, width - columns.end);
    }
  }
  const depthwise_copy copy = {
      .source = (row + inside.start) * d->width + column + columns.start * stride,
      .target = at + inside.start * pitch + columns.start,
      .rows = inside.end - inside.start,
      .columns = n,
  };
  if (piece->copies < DEPTHWISE_COPIES) piece->copy[piece->copies] = copy;
  piece->copies++;
  stage_copy(d, g, &copy, piece->plane, buffer);
}

/// All slots of `rows` staged rows.
FRUGAL_INLINE void stage_rows(const frugal_depthwise *d, const depthwise_geometry *g,
                              depthwise_piece *piece, ptrdiff_t row, ptrdiff_t rows, float *buffer,
                              ptrdiff_t staged_row) {
  for (ptrdiff_t j = 0; j < g->slots; j++) {
    // A slot's first column is that of its first tap, less the tap's offset into the slot.
    ptrdiff_t into = j * d->dilation_x / g->slot_step * d->stride_x;
    stage_slot(d, g, piece, row, rows, piece->left + j * d->dilation_x - into, buffer,
               staged_row * g->pitch + j * g->slot_width);
  }
}

/// The two edges of rows that lie inside the map, at the places where whole rows have them. For
/// stride 1 alone.
FRUGAL_INLINE void stage_edges(const frugal_depthwise *d, const depthwise_geometry *g,
                               const depthwise_piece *piece, const depthwise_panels *panels,
                               ptrdiff_t row, ptrdiff_t rows, float *staged) {
  const ptrdiff_t reach = (d->kernel_width - 1) * d->dilation_x, pitch = g->pitch;
  index_range columns = indices_inside(piece->left, 1, g->slot_width, d->width);
  const ptrdiff_t left_end = smaller_of(panels->left_end + reach, columns.end);
  // The last vector of a row reaches back over the panel's edge.
  const ptrdiff_t right_start =
      larger_of(smaller_of(panels->right_start, d->out_width - LANES), columns.start);
  const float *src = piece->plane + row * d->width;
  for (ptrdiff_t q = 0; q < rows; q++, src += d->width, staged += pitch) {
    if (panels->left_end > 0) {
      if (piece->borders) zero_run(staged, columns.start);
      copy_run(staged + columns.start, src + (piece->left + columns.start),
               left_end - columns.start);
    }
    if (panels->right_start < d->out_width) {
      copy_run(staged + right_start, src + (piece->left + right_start), columns.end - right_start);
      if (piece->borders) zero_run(staged + columns.end, g->slot_width - columns.end);
    }
  }
}

/// Stages a piece.
static FRUGAL_NO_LIBRARY_CALLS __attribute__((noinline)) void stage_piece(
    const frugal_depthwise *d, const depthwise_geometry *g, depthwise_piece *piece,
    const depthwise_panels *panels, float *buffer) {
  piece->copies = 0;
  const ptrdiff_t span = (piece->rows - 1) * d->stride_y + 1;
  const ptrdiff_t row = piece->y * d->stride_y + piece->top;
  const ptrdiff_t tap_rows = depthwise_tap_rows(d, piece->rows);
  if (panels->direct) {
    // Rows that only serve groups which lie inside need their edges alone.
    ptrdiff_t above = 0, below = piece->rows;
    while (above < below && !rows_inside(d, piece->top, piece->y + above,
                                         smaller_of(DEPTHWISE_ROWS, piece->rows - above)))
      above = smaller_of(above + DEPTHWISE_ROWS, piece->rows);
    while (below > above) {
      ptrdiff_t group = (below - 1) / DEPTHWISE_ROWS * DEPTHWISE_ROWS;
      if (rows_inside(d, piece->top, piece->y + group, below - group)) break;
      below = group;
    }
    if (above < below) {
      const ptrdiff_t reach = (d->kernel_height - 1) * d->dilation_y;
      ptrdiff_t staged_rows = span + reach;
      ptrdiff_t first = above == 0 ? 0 : above + reach,
                last = below == piece->rows ? staged_rows : below;
      if (first < last) {
        stage_rows(d, g, piece, row, first, buffer, 0);
        stage_edges(d, g, piece, panels, row + first, last - first, buffer + first * g->pitch);
        stage_rows(d, g, piece, row + last, staged_rows - last, buffer, last);
        piece->copies = DEPTHWISE_COPIES + 1;  // the edges are not remembered
        return;
      }
    }
  }
  if (tap_rows == d->dilation_y) {
    stage_rows(d, g, piece, row, depthwise_staged_rows(d, piece->rows), buffer, 0);
  } else {
    for (ptrdiff_t i = 0; i < d->kernel_height; i++)
      stage_rows(d, g, piece, row + i * d->dilation_y, span, buffer, i * tap_rows);
  }
}

/// Stages the same piece of another channel, borders and all else in place.
FRUGAL_INLINE void stage_piece_again(const frugal_depthwise *d, const depthwise_geometry *g,
                                     const depthwise_piece *piece, float *buffer) {
  for (int k = 0; k < piece->copies; k++) stage_copy(d, g, &piece->copy[k], piece->plane, buffer);
}
