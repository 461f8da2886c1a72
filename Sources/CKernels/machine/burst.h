// The size of a burst's round, for the tile and for the table.
#pragma once

enum {
  /// Multiply-adds of eight floats per round.
  FMA_BURST_STEPS = 12,
  FMA_BURST_FLOPS = FMA_BURST_STEPS * 8 * 2,
};
