extension Convolution {
  /// How many paths of channel mixes lead from each input to each output channel:
  /// `paths[output][input]`, the product of the 0/1 block masks of the stages. Counts stop at 2⁴⁰.
  public var paths: [[Int]] {
    var paths = (0..<channels).map { output in
      (0..<channels).map { $0 == output ? 1 : 0 }
    }
    for stage in stages {
      guard case .groups(let inputs, let outputs) = stage.mix else { continue }
      var mixed = [[Int]](repeating: [], count: outputs.channels)
      for group in 0..<inputs.count {
        var sum = [Int](repeating: 0, count: channels)
        for member in 0..<inputs.size {
          let row = paths[inputs.channel(member, of: group)]
          for input in 0..<channels { sum[input] += row[input] }
        }
        for input in 0..<channels { sum[input] = min(sum[input], 1 << 40) }
        for member in 0..<outputs.size { mixed[outputs.channel(member, of: group)] = sum }
      }
      paths = mixed
    }
    return paths
  }

  /// The strict complementary condition (IGCV1, IGCV2): exactly one path from every input channel
  /// to every output channel.
  public var isStrictlyComplementary: Bool { paths.allSatisfy { $0.allSatisfy { $0 == 1 } } }

  /// The loose complementary condition (IGCV3): at least one path from every input channel to
  /// every output channel.
  public var isLooselyComplementary: Bool { paths.allSatisfy { $0.allSatisfy { $0 >= 1 } } }
}
