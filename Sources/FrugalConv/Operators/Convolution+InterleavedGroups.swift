extension Convolution {
  /// An interleaved group convolution (IGCV1, Zhang et al. 2017): `y = P W_d Pᵀ W_p x`, in L
  /// primary partitions of M channels a k×k convolution, then in M secondary partitions, each
  /// with one channel of every primary, a 1×1. Nothing but a sum stands between the two.
  ///
  /// Weights `[L·M'][M][k][k]` and `[M'·L][L]`, the secondary's as applied to the permuted
  /// channels `m·L + l`; M' is `widened`, or M.
  public static func igcv1(
    primaries: Int, size: Int, widened: Int? = nil, _ window: Window = Window(3),
    bias: Bool = true, activation: Activation = .identity
  ) throws(FrugalConvError) -> Convolution {
    let outputs = try product(primaries, widened ?? size)
    let interleaved = try ChannelGroups.interleaved(
      channels: outputs, groups: widened ?? size)
    return try grouped(
      product(primaries, size), outputs, groups: primaries, window, bias: false
    ).followed(
      by: Convolution(
        channels: outputs,
        stages: [
          Stage(
            .none(), .groups(inputs: interleaved, outputs: interleaved), bias: bias,
            activation: activation)
        ]))
  }

  /// A product of sparse convolutions (IGCV2, Xie et al. 2018): `y = P_L W_L … P_1 W_1 x` with
  /// groups of K₁ … K_L channels. The channel index is written in mixed radix K; factor l joins
  /// the channels that differ in digit l only. The first factor is spatial.
  ///
  /// Weights: `[C][k][k]` for K₁ = 1, else `[C][K₁][k][k]`; then `[C][K_l]` each, group by group.
  /// Throws when the sizes do not multiply to the channels.
  public static func igcv2(
    _ channels: Int, groupSizes sizes: [Int], _ window: Window = Window(3), bias: Bool = true,
    activation: Activation = .identity
  ) throws(FrugalConvError) -> Convolution {
    var stride = 1
    var stages: [Stage] = []
    for (index, size) in sizes.enumerated() {
      try requirePositive(size, "the size of a group")
      let isLast = index == sizes.count - 1
      let (bias, activation) = isLast ? (bias, activation) : (false, .identity)
      if index == 0, size == 1 {
        stages.append(Stage(.depthwise(window), bias: bias, activation: activation))
        continue
      }
      guard channels % stride == 0, (channels / stride) % size == 0 else {
        throw .groupSizesDoNotMultiplyTo(channels: channels, sizes: sizes)
      }
      let groups = try ChannelGroups(channels: channels, size: size, stride: stride)
      stages.append(
        Stage(
          index == 0 ? window.step : .none(), .groups(inputs: groups, outputs: groups), bias: bias,
          activation: activation))
      stride *= size
    }
    guard stride == channels else {
      throw .groupSizesDoNotMultiplyTo(channels: channels, sizes: sizes)
    }
    return try Convolution(channels: channels, stages: stages)
  }

  /// Sizes K₂ … K_L of `count` 1×1 factors that multiply to the channels with the smallest sum, so
  /// the fewest parameters: the balance condition of IGCV2, `K_l = C^(1/(L−1))`, as near as the
  /// divisors of C allow. Largest first.
  public static func balancedGroupSizes(
    channels: Int, count: Int
  ) throws(FrugalConvError) -> [Int] {
    try requirePositive(channels, "channels")
    try requireAtMost(1 << 24, channels, "channels")
    try requirePositive(count, "factors")
    try requireAtMost(64, count, "factors")
    // The best split of a divisor of the channels, from the best splits with one factor less.
    let divisors = (1...channels).filter { channels % $0 == 0 }
    var best = Dictionary(uniqueKeysWithValues: divisors.map { ($0, [$0]) })
    for _ in 1..<count {
      var longer: [Int: [Int]] = [:]
      for product in divisors {
        for last in divisors where product % last == 0 {
          let split = best[product / last]! + [last]
          if split.reduce(0, +) < longer[product]?.reduce(0, +) ?? .max { longer[product] = split }
        }
      }
      best = longer
    }
    return best[channels]!.sorted(by: >)
  }

  /// An inverted residual with grouped 1×1s (IGCV3, Sun et al. 2018): 1×1 in G₁ groups to t·C
  /// channels, their permutation, depthwise, ReLU6, 1×1 in G₂ groups; the input is added when it
  /// fits. The outer 1×1s are linear.
  ///
  /// Weights `[t·C][C/G₁]` group by group, `[t·C][k][k]` and biases in permuted order
  /// `j·G₁ + g`, `[D][t·C/G₂]`.
  public static func igcv3Block(
    _ inputs: Int, _ outputs: Int, expansion: Int = 6, groups: (Int, Int) = (2, 2),
    _ window: Window = Window(3), bias: Bool = true
  ) throws(FrugalConvError) -> Convolution {
    let expanded = try product(inputs, expansion)
    return try Convolution(
      channels: inputs,
      stages: [
        Stage(
          .none(),
          .groups(
            inputs: .contiguous(channels: inputs, groups: groups.0),
            outputs: .interleaved(channels: expanded, groups: groups.0)), bias: bias),
        Stage(.depthwise(window), bias: bias, activation: .relu6),
        Stage(
          .none(),
          .groups(
            inputs: .contiguous(channels: expanded, groups: groups.1),
            outputs: .contiguous(channels: outputs, groups: groups.1)), bias: bias),
      ],
      residual: window.stride == 1 && inputs == outputs ? Residual(.input) : nil)
  }
}
