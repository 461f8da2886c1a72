/// A kind of work that takes time: what the cost model adds up. Each has one coefficient per level,
/// fitted by `convbench fit`; how much of it a run does follows from the planned stages.
public enum CostTerm: Int, CaseIterable, Sendable {
  // MARK: Products of kernels of our own

  /// Multiply-adds in register tiles of whole vectors of columns.
  case tileMultiplyAdds
  /// Vectors that those tiles load, and weights that they broadcast.
  case tileOperands
  /// Register tiles begun and stored.
  case tiles
  /// Floats stored by tiles, and read again where a sum goes on.
  case tileFloats
  /// Multiply-adds of tiles along the outputs, for fewer columns than a vector; empty lanes too.
  case narrowMultiplyAdds
  /// Outputs that those tiles store one by one.
  case narrowFloats
  /// Weights that a tile finds in the second-level cache.
  case weightsBeyondFirst
  /// Weights that a tile finds beyond the second-level cache.
  case weightsBeyondSecond
  /// Right-hand floats that a tile finds in the second-level cache.
  case rightBeyondFirst

  /// Multiply-adds of tiles of eight-pixel pieces, over blocks with borders.
  case pieceMultiplyAdds
  /// Vectors that those tiles load, and weights that they broadcast.
  case pieceOperands
  /// Those tiles, begun and stored.
  case pieceTiles

  // MARK: Products of OpenBLAS

  /// Multiply-adds of sgemm, its tiles filled up.
  case sgemmMultiplyAdds
  /// Weights that it packs.
  case sgemmWeights
  /// Right-hand floats that it packs.
  case sgemmRight
  /// Floats that it stores.
  case sgemmFloats
  /// Calls of it.
  case sgemmCalls
  /// Multiply-adds of sgemv.
  case sgemvMultiplyAdds

  // MARK: Rows that the spatial step produces

  /// Floats of displaced copies without a stride.
  case copiedFloats
  /// Rows of planes that displaced copies write.
  case copiedRows
  /// Planes, or strips of them, that are copied.
  case copies
  /// Floats of copies that take every so many-th pixel, or rows of another length.
  case sampledFloats
  /// Their rows.
  case sampledRows

  /// Floats of blocks with borders.
  case borderedFloats
  /// Rows of them.
  case borderedRows

  /// Multiply-adds of windows on single channels, rows filled up to vectors.
  case tapMultiplyAdds
  /// The same for windows without unrolled kernels.
  case plainTapMultiplyAdds
  /// The same with a stride above two: pixels are gathered one by one.
  case gatheredTapMultiplyAdds
  /// Pixels that such windows touch, without a stride.
  case tappedFloats
  /// With a stride.
  case sampledTapFloats
  /// Rows of their output.
  case tapRows
  /// Planes, or strips of them, that windows on single channels write.
  case tapPlanes
  /// Taps of pooling in whole vectors.
  case pooledTaps
  /// Taps of pooling one by one: at borders, and in narrow maps.
  case singlePooledTaps

  // MARK: Elementwise passes

  /// Floats that an epilogue outside a product goes over.
  case epilogueFloats
  /// Rows of channels that it, a mean or a gate goes over.
  case epilogueRows
  /// Floats that go through an exponential.
  case exponentials
  /// Floats of residuals.
  case residualFloats
  /// Floats that means are taken of.
  case meanFloats
  /// Floats that gates scale: planes or weights.
  case scaledFloats

  // MARK: Memory

  /// Floats of maps that a stage reads or writes in the second-level cache or beyond.
  case floatsBeyondFirst
  /// Floats that a pass reads beyond the second-level cache.
  case readBeyondSecond
  /// Floats that a pass writes beyond the second-level cache.
  case writtenBeyondSecond
  /// Floats that a pass reads beyond the third-level cache.
  case readBeyondThird
  /// Floats that a pass writes beyond the third-level cache.
  case writtenBeyondThird

  // MARK: Numbers of one bit

  /// Floats that become bits.
  case packedFloats
  /// Floats that become bits and come from beyond the second-level cache.
  case packedBeyondSecond
  /// Runs of bits that are put in another order.
  case movedBits
  /// Vectors of words that displaced pixels are joined from, and of borders around them.
  case joinedVectors
  /// Pixels that become bytes of nibbles, with their borders.
  case expandedPixels
  /// Those bytes.
  case expandedNibbles
  /// Vectors of products of four pixels with 32 filters' nibbles that are looked up.
  case lookUps
  /// Half words of four pixels that are joined with those of 32 filters, and their ones counted.
  case countedLanes
  /// Those tiles, begun and stored.
  case laneTiles
  /// Tiles of them whose sums are widened.
  case widenedTiles
  /// Bytes of weights that a block of pixels finds beyond the first-level cache.
  case weightBytesBeyondFirst
  /// The same beyond the second-level cache.
  case weightBytesBeyondSecond
  /// Vectors of counts that become bits.
  case finishedVectors
  /// Vectors of a plane of nibbles that pixels are split into.
  case splitVectors
  /// Vectors of products of 32 pixels with a filter's nibble that are looked up.
  case planeLookUps
  /// Vectors of those sums that become bits.
  case finishedPlanes
  /// Bytes of bits that become words.
  case joinedBytes
  /// Vectors of four words whose ones are counted.
  case countedVectors
  /// Words behind them, counted one by one.
  case countedWords
  /// Their sums.
  case countedSums
  /// Words of windows that are pooled.
  case pooledWords
  /// Tasks of stages in one bit.
  case bitTasks
  /// Passes over whole maps, packing among them.
  case bitPasses

  // MARK: Calls

  /// Calls of block kernels.
  case kernelCalls
  /// Tasks, and steps of chains.
  case tasks
  /// Passes over whole maps.
  case passes
}
