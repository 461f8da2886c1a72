public import FrugalConv

/// Every stage of a convolution as plain loops in Double: the specification of the kernels.
///
/// It shares nothing with the library but the types that describe an operator, and does nothing
/// fast. The description must be valid.
public enum Reference {
  /// - Parameters:
  ///   - input: compact `[N][C][H][W]`.
  ///   - residual: what the output held or the residual map, compact; the input is known.
  public static func run(
    _ convolution: Convolution, _ parameters: [StageParameters], _ input: [Float],
    _ shape: MapShape, residual: [Float] = []
  ) -> ReferenceMap {
    var map = ReferenceMap(
      images: shape.images, channels: shape.channels, height: shape.height, width: shape.width)
    precondition(input.count == map.elements.count, "the input does not have the shape")
    map.elements = input.map { Number(Double($0)) }
    let added = convolution.residual?.source == .input ? input : residual
    for (index, stage) in convolution.stages.enumerated() {
      let isLast = index == convolution.stages.count - 1
      map = run(
        stage, parameters[index], map, residual: isLast ? convolution.residual : nil, added)
    }
    return map
  }

  private static func run(
    _ stage: Stage, _ parameters: StageParameters, _ input: ReferenceMap, residual: Residual?,
    _ added: [Float]
  ) -> ReferenceMap {
    var map = mixed(stage, parameters, input)
    for channel in 0..<map.channels where stage.bias && !parameters.bias.isEmpty {
      let bias = Double(parameters.bias[channel])
      map.update(channel) { _, x in x + Number(bias) }
    }
    func addResidual(_ placement: Residual.Placement) {
      guard residual?.placement == placement else { return }
      for i in map.elements.indices { map.elements[i] = map.elements[i] + Number(Double(added[i])) }
    }
    addResidual(.beforeActivation)
    map.elements = map.elements.map { stage.activation.applied(to: $0) }
    addResidual(.afterActivation)
    if let squeezeExcite = stage.squeezeExcite {
      map = excited(map, squeezeExcite, parameters.squeezeExcite!)
    }
    return map
  }

  /// The spatial step and the channel mix.
  private static func mixed(
    _ stage: Stage, _ parameters: StageParameters, _ input: ReferenceMap
  ) -> ReferenceMap {
    func weight(_ index: Int, _ output: Int) -> Double {
      let scale = parameters.scale.isEmpty ? 1 : parameters.scale[output]
      return Double(parameters.weights[index]) * Double(scale)
    }
    guard case .groups(let inputs, let outputs) = stage.mix else {
      guard case .depthwise(let window) = stage.spatial else { return input.moved(stage.spatial) }
      return input.windowed(window) { sum, n, c, i, j, x in
        sum.add(weight((c * window.kernel.height + i) * window.kernel.width + j, c), x)
      }
    }
    // The taps of a window belong to the mix; any other step comes before it.
    let (source, window): (ReferenceMap, Window) =
      if case .window(let window) = stage.spatial { (input, window) } else {
        (input.moved(stage.spatial), Window(1))
      }
    let (rows, columns) = (window.rows(of: source.height), window.columns(of: source.width))
    let members = outputs.members
    return source.summed(
      channels: outputs.channels, height: rows.outputs, width: columns.outputs
    ) { n, output, y, x in
      let (group, place) = members[output]
      var sum = Sum()
      for member in 0..<inputs.size {
        let input = inputs.place(member, group)
        for i in 0..<rows.kernel {
          for j in 0..<columns.kernel {
            let block = (group * outputs.size + place) * inputs.size + member
            sum.add(
              weight((block * rows.kernel + i) * columns.kernel + j, output),
              source[n, input, rows.position(y, i), columns.position(x, j)])
          }
        }
      }
      return sum
    }
  }

  private static func excited(
    _ map: ReferenceMap, _ squeezeExcite: SqueezeExcite, _ parameters: SqueezeExciteParameters
  ) -> ReferenceMap {
    let means = map.moved(.globalAverage)
    let hidden = means.dense(
      parameters.reduce, parameters.reduceBias, squeezeExcite.hidden, squeezeExcite.activation)
    let gates = hidden.dense(
      parameters.expand, parameters.expandBias, map.channels, squeezeExcite.gate)
    return map.made { n, c, y, x in map[n, c, y, x] * gates[n, c, 0, 0] }
  }
}

extension ChannelGroups {
  /// The channel of a member of a group, by the definition.
  func place(_ member: Int, _ group: Int) -> Int {
    let (high, low) = group.quotientAndRemainder(dividingBy: stride)
    return high * size * stride + member * stride + low
  }

  /// The group and the member that each channel is.
  var members: [(group: Int, member: Int)] {
    var members = [(group: Int, member: Int)](repeating: (-1, -1), count: size * count)
    for group in 0..<count {
      for member in 0..<size { members[place(member, group)] = (group, member) }
    }
    return members
  }
}

extension ReferenceMap {
  fileprivate mutating func update(_ channel: Int, _ change: (Int, Number) -> Number) {
    for n in 0..<images {
      for y in 0..<height {
        for x in 0..<width { self[n, channel, y, x] = change(n, self[n, channel, y, x]) }
      }
    }
  }

  /// A fully connected layer on each pixel; weights `[outputs][channels]`.
  fileprivate func dense(
    _ weights: [Float], _ bias: [Float], _ outputs: Int, _ activation: Activation
  ) -> ReferenceMap {
    var map = summed(channels: outputs) { n, d, y, x in
      var sum = Sum()
      for c in 0..<channels { sum.add(Double(weights[d * channels + c]), self[n, c, y, x]) }
      sum.add(Double(bias[d]))
      return sum
    }
    map.elements = map.elements.map { activation.applied(to: $0) }
    return map
  }
}
