import FrugalConv

extension Problem {
  /// The problems of the library's own regression gate. Every kernel is run by one of them; to add
  /// a kernel, add a line and run `convbench record`. Small ones: valgrind takes some 0.3 µs for
  /// a multiply-add of eight floats.
  static func builtIn() throws -> [Problem] {
    let window = Window(3)
    let displacements = Displacements(channels: 64)
    let pointwise = Yardstick.convolution(name: "pointwise", try .pointwise(64, 64))
    let pointwise128 = Yardstick.convolution(name: "pointwise", try .pointwise(128, 128))
    let binary64 = try Convolution.window(64, 64, window, bias: false)
    let dense128 = Yardstick.convolution(name: "dense3x3", try .window(128, 128, window))
    return try [
      Problem("pointwise-56", .pointwise(32, 32, activation: .relu), 56, .sgemm),
      Problem("pointwise-28", .pointwise(64, 64, activation: .relu6), 28, .sgemm),
      Problem("pointwise-7", .pointwise(256, 256), 7, .sgemm),
      Problem("pointwise-odd", .pointwise(37, 41), 15),
      Problem("pointwise-stride2", .pointwise(32, 64, stride: 2), 28),
      Problem("pointwise-swish", .pointwise(32, 32, activation: .swish()), 14),
      Problem("pointwise-hard-swish", .pointwise(32, 32, activation: .hardSwish), 14),
      Problem("pointwise-sigmoid", .pointwise(32, 32, activation: .sigmoid), 14),
      Problem("fully-connected", .fullyConnected(512, 1000), 1),
      Problem("dense3x3-28", .window(32, 32, window), 28, .sgemm),
      Problem("dense3x3-stride2", .window(3, 32, Window(3, stride: 2)), 56),
      Problem("grouped3x3-28", .grouped(64, 64, groups: 16, window), 28),

      Problem(
        "sign-weights-28", .pointwise(64, 64), 28, .floatWeights, numbers: .floats(weights: .binary)
      ),
      Problem(
        "ternary-weights-28", .pointwise(64, 64), 28, .floatWeights,
        numbers: .floats(weights: .ternary)),
      Problem("sign-weights3x3-7", .window(64, 64, window), 7, numbers: .floats(weights: .binary)),

      Problem("depthwise-112", .depthwise(8, window), 112, .plainLoops),
      Problem("depthwise-28", .depthwise(64, window, activation: .relu6), 28, .plainLoops),
      Problem("depthwise-14", .depthwise(64, window), 14),
      Problem("depthwise-7", .depthwise(128, window), 7, .plainLoops),
      Problem("depthwise-stride2", .depthwise(32, Window(3, stride: 2)), 56),
      Problem("depthwise5x5", .depthwise(64, Window(5)), 28, .plainLoops),
      Problem("depthwise-dilated", .depthwise(32, Window(3, dilation: 2)), 28),
      Problem("separable-28", .depthwiseSeparable(64, 64), 28),

      Problem("shift-28", .shift(displacements.whole, 64), 28, pointwise),
      Problem("shift-7", .shift(displacements.whole, 64), 7, pointwise),
      Problem("shift-stride2", .shift(displacements.whole, 64, stride: 2), 28),
      Problem("shift-alone", .shiftAlone(displacements.whole), 28),
      Problem("conv-shift-conv", .convShiftConv(32, 32, expansion: 3), 16),
      Problem("active-shift-28", .activeShift(displacements.real, 64), 28, pointwise),

      Problem(
        "igcv1-28", ComparedOperator.igcv1.convolution(64), 28,
        .convolution(name: "grouped-pair", ComparedOperator.groupedPair.convolution(64))),
      Problem("igcv2-28", ComparedOperator.igcv2.convolution(64), 28),
      Problem("igcv3-block", .igcv3Block(16, 16), 14),
      Problem("mobilenetv2-block", .mobileNetV2Block(16, 16), 14),
      Problem("ds-block", .dsBlock(16, 16), 14),

      Problem("binary1x1-28", .pointwise(128, 128, bias: false), 28, pointwise128, numbers: .bits),
      Problem("binary3x3-14", .window(128, 128, window, bias: false), 14, dense128, numbers: .bits),
      Problem("binary3x3-odd", .window(70, 37, window, bias: false), 13, numbers: .bits),
      Problem(
        "binary-shift-28", .shift(Displacements(channels: 128).whole, 128, bias: false), 28,
        numbers: .bits),
      Problem(
        "binary-shift-strided",
        .shift(Displacements(channels: 128).whole, 128, stride: 2, bias: false), 28,
        numbers: .bits),
      Problem(
        "binary-grouped3x3-28", .grouped(64, 64, groups: 16, window, bias: false), 28,
        numbers: .bits),
      Problem("binary-interleaved-14", .igcv1(primaries: 16, size: 4, window), 14, numbers: .bits),
      Problem(
        "binary-fully-connected", .fullyConnected(2048, 1000, bias: false), 1, numbers: .bits),
      Problem(
        "binary-shift-chain",
        .shift(displacements.whole, 64, bias: false)
          .followed(by: .shift(displacements.whole, 64, bias: false)), 14, numbers: .bits),
      Problem(
        "binary-pooled",
        .window(64, 64, window, bias: false)
          .followed(by: .pooling(64, .maximum, Window(2, stride: 2))), 14, numbers: .bits),
      Problem(
        "binary1x1-unpacked", .pointwise(64, 37, bias: false), 15,
        numbers: .bits(unpacked: true, kernel: .automatic)),
      // Kernels that the planner does not choose at every level.
      Problem("binary3x3-lanes", binary64, 7, numbers: .bits(unpacked: false, kernel: .lanes)),
      Problem("binary3x3-tables", binary64, 7, numbers: .bits(unpacked: false, kernel: .tables)),

      Problem("maximum-pooling", .pooling(32, .maximum, Window(3, stride: 2)), 28),
      Problem("average-pooling", .pooling(32, .average(countsPadding: false), window), 28),
      Problem("global-average", .globalAverage(128), 14),
      Problem("squeeze-excite", .squeezeExcite(64, SqueezeExcite(hidden: 8)), 28),
    ]
  }
}

/// The same displacements in every run.
private struct Displacements {
  let whole: [Displacement]
  let real: [RealDisplacement]

  init(channels: Int) {
    whole = .evenlySpread(channels: channels)
    real = .random(channels: channels)
  }
}

extension Convolution {
  /// A shift without a mix of channels.
  fileprivate static func shiftAlone(
    _ displacements: [Displacement]
  ) throws(FrugalConvError) -> Convolution {
    try Convolution(
      channels: displacements.count, stages: [Stage(.shift(displacements), bias: false)])
  }
}
