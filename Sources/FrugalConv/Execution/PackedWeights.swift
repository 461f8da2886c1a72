internal import CKernels

/// How the weights of a product stand.
enum WeightOrder: Hashable, Sendable {
  /// Output by output, as given: for OpenBLAS, and where channels are not mixed.
  case rows
  /// In panels of outputs, as the fused kernels read them.
  case panels
  /// As signs, in panels of outputs; the scales stand apart.
  case codes(WeightFormat)

  init(_ stage: MatrixStage?) {
    self =
      switch (stage?.engine, stage?.format) {
      case (.fused, .float32): .panels
      case (.fused, .some(let format)): .codes(format)
      default: .rows
      }
  }
}

/// How many numbers each stage of a packing holds, and where they begin.
struct WeightPacking: Hashable, Sendable {
  struct Part: Hashable, Sendable {
    /// Floats from the start of the packed weights.
    var weights = 0
    var bias = 0
    var reduce = 0
    var reduceBias = 0
    var expand = 0
    var expandBias = 0
    /// One per output, where weights are signs.
    var scales = 0
    var order = WeightOrder.rows
    /// What the order of the weights, and the channel of a folded scale, depend on.
    var mix = ChannelMix.none
  }

  /// The widest vector a kernel reads at the end of a panel, less one.
  static let readable = 7

  private(set) var parts: [Part] = []
  private(set) var count = 0

  init(_ convolution: Convolution, _ planned: [PlannedStage]) throws(FrugalConvError) {
    var channels = convolution.channels
    for (stage, planned) in zip(convolution.stages, planned) {
      let outputs = stage.outputChannels(channels)
      let hidden = stage.squeezeExcite?.hidden ?? 0
      var part = Part()
      part.mix = stage.mix
      part.order = WeightOrder(planned.matrix)
      if let matrix = planned.matrix, case .codes = part.order {
        part.weights = reserve(try product(SignCodes(matrix).wordsOfGroup, matrix.outputs.count))
        part.scales = reserve(outputs)
      } else {
        part.weights = reserve(try stage.weightCount(channels) + Self.readable)
      }
      part.bias = reserve(stage.bias ? outputs : 0)
      let gateWeights = try product(hidden, outputs) + (hidden > 0 ? Self.readable : 0)
      part.reduce = reserve(gateWeights)
      part.reduceBias = reserve(hidden)
      part.expand = reserve(gateWeights)
      part.expandBias = reserve(hidden > 0 ? outputs : 0)
      parts.append(part)
      channels = outputs
    }
  }

  private mutating func reserve(_ size: Int) -> Int {
    defer { count += WorkspaceLayout.aligned(size) }
    return count
  }
}

/// The parameters of a convolution as its plan's kernels read them. Shared by all plans of equal
/// packing; a value.
public struct PackedWeights: Sendable {
  var storage: AlignedStorage<Float>
  let packing: WeightPacking

  public var bytes: Int { storage.count * MemoryLayout<Float>.stride }
}

extension Plan {
  /// Packs trained numbers, one element per stage, for `run`.
  ///
  /// Scales are folded into the weights. Throws when a length does not fit its stage, and when the
  /// plan's `weightFormat` cannot hold a weight of a channel mix: of each filter, binary weights are
  /// of one magnitude, ternary ones of one or zero.
  public func pack(_ parameters: [StageParameters]) throws(FrugalConvError) -> PackedWeights {
    try check(parameters)
    let weights = PackedWeights(storage: AlignedStorage(zeros: packing.count), packing: packing)
    fill(weights.storage.start, parameters)
    return weights
  }

  /// Replaces the numbers of packed weights, in place when nobody shares them.
  ///
  /// Throws, and changes nothing, when a length does not fit or the weights are of another packing.
  public func update(
    _ weights: inout PackedWeights, _ parameters: [StageParameters]
  ) throws(FrugalConvError) {
    try check(weights)
    try check(parameters)
    if !isKnownUniquelyReferenced(&weights.storage) {
      weights.storage = AlignedStorage(zeros: packing.count)
    }
    fill(weights.storage.start, parameters)
  }

  func check(_ weights: PackedWeights) throws(FrugalConvError) {
    guard weights.packing == packing else {
      throw .foreignWeights(expected: packing.count, found: weights.packing.count)
    }
  }

  private func check(_ parameters: [StageParameters]) throws(FrugalConvError) {
    let stages = convolution.stages
    guard parameters.count == stages.count else {
      throw .parametersPerStage(expected: stages.count, found: parameters.count)
    }
    var channels = convolution.channels
    for (index, (stage, given)) in zip(stages, parameters).enumerated() {
      func check(_ found: [Float], _ expected: Int, _ name: String, optional: Bool = false)
        throws(FrugalConvError)
      {
        guard found.count == expected || (optional && found.isEmpty) else {
          throw .wrongLength(
            of: "\(name) of stage \(index)", expected: expected, found: found.count)
        }
      }
      let weights = try stage.weightCount(channels)
      let outputs = stage.outputChannels(channels)
      let hidden = stage.squeezeExcite?.hidden ?? 0
      try check(given.weights, weights, "weights")
      if case .codes(let format) = packing.parts[index].order {
        try SignCodes.check(given.weights, filters: outputs, format, stage: index)
      }
      try check(given.scale, weights > 0 ? outputs : 0, "scale", optional: true)
      try check(given.bias, stage.bias ? outputs : 0, "bias", optional: true)
      let gate = given.squeezeExcite
      try check(gate?.reduce ?? [], hidden * outputs, "squeeze-excite reduce")
      try check(gate?.reduceBias ?? [], hidden, "squeeze-excite reduce bias")
      try check(gate?.expand ?? [], hidden * outputs, "squeeze-excite expand")
      try check(gate?.expandBias ?? [], hidden > 0 ? outputs : 0, "squeeze-excite expand bias")
      channels = outputs
    }
  }

  /// Writes every number of checked parameters to its place.
  private func fill(_ start: UnsafeMutablePointer<Float>, _ parameters: [StageParameters]) {
    var channels = convolution.channels
    for (index, stage) in convolution.stages.enumerated() {
      let (part, given) = (packing.parts[index], parameters[index])
      let outputs = stage.outputChannels(channels)
      stage.fillWeights(start, part, given, inputs: channels)
      if stage.bias {
        (start + part.bias).update(repeating: 0, count: outputs)
        copy(given.bias, to: start + part.bias)
      }
      if let gate = given.squeezeExcite {
        fillPanels(start + part.reduce, gate.reduce[...], outputs: gate.reduceBias.count)
        copy(gate.reduceBias, to: start + part.reduceBias)
        fillPanels(start + part.expand, gate.expand[...], outputs: outputs)
        copy(gate.expandBias, to: start + part.expandBias)
      }
      channels = outputs
    }
  }
}

extension Stage {
  fileprivate func fillWeights(
    _ storage: UnsafeMutablePointer<Float>, _ part: WeightPacking.Part, _ given: StageParameters,
    inputs: Int
  ) {
    let start = storage + part.weights
    guard case .groups(let inputs, let outputs) = mix else {
      let row = given.weights.count / inputs
      for i in given.weights.indices {
        start[i] = given.weights[i] * (given.scale.isEmpty ? 1 : given.scale[i / row])
      }
      return
    }
    let size = outputs.size * inputs.size * spatial.tapsPerChannel
    for group in 0..<outputs.count {
      let weights = given.weights[group * size..<(group + 1) * size]
      func scale(_ member: Int) -> Float {
        given.scale.isEmpty ? 1 : given.scale[outputs.channel(member, of: group)]
      }
      switch part.order {
      case .rows: fillRows(start + group * size, weights, outputs: outputs.size, scale: scale)
      case .panels: fillPanels(start + group * size, weights, outputs: outputs.size, scale: scale)
      case .codes(let format):
        let codes = SignCodes(outputs: outputs.size, rows: size / outputs.size, format)
        codes.fill(start + group * codes.wordsOfGroup, weights)
        for member in 0..<outputs.size {
          let first = weights.startIndex + member * codes.rows
          let row = weights[first..<first + codes.rows]
          storage[part.scales + outputs.channel(member, of: group)] =
            SignCodes.magnitude(of: row) * scale(member)
        }
      }
    }
  }
}

/// Writes the weights of a product output by output, as given.
private func fillRows(
  _ start: UnsafeMutablePointer<Float>, _ weights: ArraySlice<Float>, outputs: Int,
  scale: (Int) -> Float
) {
  let depth = weights.count / outputs
  for output in 0..<outputs {
    let factor = scale(output)
    for k in output * depth..<(output + 1) * depth {
      start[k] = weights[weights.startIndex + k] * factor
    }
  }
}

/// Writes the weights of a product in panels of outputs, product row by product row.
private func fillPanels(
  _ start: UnsafeMutablePointer<Float>, _ weights: ArraySlice<Float>, outputs: Int,
  scale: (Int) -> Float = { _ in 1 }
) {
  let depth = weights.count / outputs
  var first = 0
  while first < outputs {
    let width = frugal_panel_rows(outputs - first)
    let panel = start + first * depth
    for r in 0..<width {
      let factor = scale(first + r)
      let row = weights.startIndex + (first + r) * depth
      for k in 0..<depth { panel[k * width + r] = weights[row + k] * factor }
    }
    first += width
  }
}

private func copy(_ values: [Float], to target: UnsafeMutablePointer<Float>) {
  values.withUnsafeBufferPointer { source in
    if let base = source.baseAddress { target.update(from: base, count: source.count) }
  }
}
