// Written by `convbench fit` from Benchmarks/CostModel; not to be edited.

/// Multiply-adds at the peak that one unit of each kind of work takes; what is not listed takes
/// none.
enum FittedCosts {
  static let portable: [CostTerm: Double] = [
  ]

  static let avx2: [CostTerm: Double] = [
    .tileMultiplyAdds: 0.679,
    .tileOperands: 5.8,
    .tiles: 1360.0,
    .narrowMultiplyAdds: 0.12,
    .narrowFloats: 339.0,
    .weightsBeyondFirst: 0.0456,
    .weightsBeyondSecond: 1.37,
    .rightBeyondFirst: 3.77,
    .sgemmMultiplyAdds: 1.1,
    .sgemmWeights: 12.4,
    .sgemmRight: 4.71,
    .sgemmFloats: 17.6,
    .sgemmCalls: 11500.0,
    .sgemvMultiplyAdds: 3.79,
    .copiedFloats: 5.98,
    .copiedRows: 92.7,
    .copies: 564.0,
    .sampledFloats: 26.1,
    .sampledRows: 189.0,
    .tapMultiplyAdds: 0.647,
    .plainTapMultiplyAdds: 2.56,
    .stagedFloats: 12.1,
    .sampledTapFloats: 18.1,
    .tapPlanes: 2580.0,
    .pooledTaps: 20.3,
    .epilogueFloats: 0.808,
    .exponentials: 16.9,
    .meanFloats: 3.81,
    .scaledFloats: 1.4,
    .writtenBeyondSecond: 9.71,
    .readBeyondThird: 207.0,
    .kernelCalls: 3820.0,
    .tasks: 9800.0,
    .passes: 19300.0,
  ]
}
