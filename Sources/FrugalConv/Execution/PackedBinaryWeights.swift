internal import CKernels

/// Where each stage's numbers stand in packed weights, in bytes from their start.
struct BinaryPacking: Hashable, Sendable {
  struct Part: Hashable, Sendable {
    /// For each group.
    var weights: [Int] = []
    var thresholds = 0
    var inversions = 0
    /// For each kind of pixel near the border, as the thresholds.
    var corrections = 0
    var scale = 0
    var bias = 0
    /// Of pooling: words of one pixel.
    var pooledInversions = 0
    // What the order of the weights, and the meaning of thresholds, depend on.
    var kernel = BinaryKernel.automatic
    var values: [BitValues] = []
    var bases: [Int] = []
    var groups: [BinaryGroup] = []
    /// Of each kind of pixel near the border, the taps outside; of a shift, the channels.
    var outside: [[Int]] = []
    var isShift = false
    var mix = ChannelMix.none
  }

  private(set) var parts: [Part] = []
  private(set) var bytes = 0

  init(_ stages: [BinaryStage]) throws(FrugalConvError) {
    for stage in stages {
      var part = Part()
      switch stage {
      case .product(let stage) where stage.kernel == .planes:
        let planes = stage.planes!
        part.weights = [reserve(try product(stage.groups.count, stage.bytesOfWeights(planes)))]
        part.thresholds = reserve(try product(4, stage.outputs.channels))
        part.inversions = reserve(8 * stage.output.wordsPerPixel)
        if stage.border != nil {
          part.corrections = reserve(try product(stage.groups.count, stage.bytesOfCorrections))
        }
        describe(stage, &part)
      case .product(let stage):
        for group in stage.groups {
          let bytes =
            switch stage.kernel {
            case .tables: try product(group.steps, stage.wholeFilters)
            case .lanes: try product(4 * group.laneSteps, stage.wholeFilters)
            default: try product(8 * stage.input.wordsPerPixel, stage.outputs.size)
            }
          part.weights.append(reserve(bytes))
        }
        let filters = try product(stage.groups.count, stage.wholeFilters)
        let kinds = stage.border?.outside.count ?? 1
        part.thresholds = reserve(try product(stage.countsHave16Bits ? 2 : 4, kinds, filters))
        part.inversions = reserve(filters / 8)
        if stage.border != nil {
          part.corrections = reserve(try product(4, kinds, stage.outputs.channels))
        }
        describe(stage, &part)
      case .pooling(let pooling):
        part.pooledInversions = reserve(8 * pooling.output.wordsPerPixel)
      }
      parts.append(part)
    }
  }

  /// What does not depend on the kernel's layout.
  private mutating func describe(_ stage: BinaryProduct, _ part: inout Part) {
    part.scale = reserve(4 * stage.outputs.channels)
    part.bias = reserve(4 * stage.outputs.channels)
    part.kernel = stage.kernel
    part.values = [stage.activations, stage.weights]
    part.bases = stage.groups.indices.map(stage.base) + [stage.step]
    part.groups = stage.groups
    part.outside = stage.border?.outside ?? []
    part.isShift = stage.isShift
    part.mix = .groups(inputs: stage.inputs, outputs: stage.outputs)
  }

  private mutating func reserve(_ size: Int) -> Int {
    defer { bytes += BinaryWorkspace.aligned(size) }
    return bytes
  }
}

/// The weights and thresholds of a convolution as the kernels of its plan read them; shared by all
/// plans of equal packing; a value.
public struct PackedBinaryWeights: Sendable {
  let storage: AlignedStorage<UInt8>
  let packing: BinaryPacking

  public var bytes: Int { storage.count }
}

extension BinaryPlan {
  /// Packs trained numbers, one element per stage, for `run`.
  ///
  /// Weights become bits by their thresholds, batch norms whole thresholds of sums. Throws when a
  /// length does not fit its stage, and when a threshold is NaN.
  public func pack(_ parameters: [BinaryParameters]) throws(FrugalConvError) -> PackedBinaryWeights
  {
    try check(parameters)
    let packed = PackedBinaryWeights(
      storage: AlignedStorage(zeros: packing.bytes), packing: packing)
    let start = UnsafeMutableRawPointer(packed.storage.start)
    for (index, stage) in stages.enumerated() {
      let part = packing.parts[index]
      switch stage {
      case .product(let product):
        let isPooled = index + 1 < stages.count && stages[index + 1].product == nil
        let pooled = isPooled ? parameters[index + 1].threshold : nil
        let threshold = pooled ?? parameters[index].threshold
        if let planes = product.planes {
          product.fillPlaneWeights(start, part, parameters[index], planes)
          product.fillPlaneCorrections(start, part, parameters[index], planes)
          product.fillPlaneThresholds(
            start, part, threshold, inverts: pooled == nil, step: planes.tables.step)
        } else {
          product.fillWeights(start, part, parameters[index])
          product.fillCorrections(start, part, parameters[index])
          product.fillThresholds(start, part, threshold, inverts: pooled == nil)
        }
        product.fillScales(start, part, parameters[index])
      case .pooling:
        guard let product = stages[index - 1].product, let threshold = parameters[index].threshold
        else { continue }
        let words = (start + part.pooledInversions).assumingMemoryBound(to: UInt64.self)
        for channel in 0..<product.outputs.channels
        where threshold.folded(channel, limit: product.depth).isInverted {
          words[channel / 64] |= 1 << UInt64(channel % 64)
        }
      }
    }
    return packed
  }

  private func check(_ parameters: [BinaryParameters]) throws(FrugalConvError) {
    guard parameters.count == stages.count else {
      throw .parametersPerStage(expected: stages.count, found: parameters.count)
    }
    let weightCounts = convolution.weightCounts
    for (index, (stage, given)) in zip(stages, parameters).enumerated() {
      let channels = stage.output.channels
      func check(_ found: Int, _ expected: Int, _ name: String, optional: Bool = false)
        throws(FrugalConvError)
      {
        guard found == expected || (optional && found == 0) else {
          throw .wrongLength(of: "\(name) of stage \(index)", expected: expected, found: found)
        }
      }
      let isProduct = stage.product != nil
      try check(given.weights.count, weightCounts[index], "weights")
      try check(given.scale.count, isProduct ? channels : 0, "scale", optional: true)
      try check(given.bias.count, isProduct ? channels : 0, "bias", optional: true)
      if isProduct { try given.weightThreshold.check(channels) }
      try given.threshold?.check(channels)
      if !isProduct, given.threshold != nil {
        guard stages[index - 1].product != nil, parameters[index - 1].threshold == nil else {
          throw .noBinaryForm(
            stage: index, reason: "a threshold behind pooled bits that had one already")
        }
      }
    }
  }
}

extension BinaryProduct {
  /// The bit of a weight.
  func isOne(
    _ given: BinaryParameters, _ group: Int, _ filter: Int, _ member: Int, _ tap: Int
  ) -> Bool {
    let row = (group * outputs.size + filter) * inputs.size + member
    return given.weightThreshold.isOne(
      given.weights[row * tapsPerChannel + tap], outputs.channel(filter, of: group))
  }

  /// Writes the bits of the weights, in the kernel's order.
  fileprivate func fillWeights(
    _ start: UnsafeMutableRawPointer, _ part: BinaryPacking.Part, _ given: BinaryParameters
  ) {
    for (index, group) in groups.enumerated() {
      let packed = start + part.weights[index]
      for filter in 0..<outputs.size {
        func bit(_ member: Int, _ tap: Int) -> Bool { isOne(given, index, filter, member, tap) }
        if kernel == .lanes {
          fillLanes(packed.assumingMemoryBound(to: UInt32.self), group, filter, bit)
          continue
        }
        guard kernel == .tables else {
          let words = packed.assumingMemoryBound(to: UInt64.self) + filter * input.wordsPerPixel
          for member in 0..<inputs.size where bit(member, 0) {
            words[member / 64] |= 1 << UInt64(member % 64)
          }
          continue
        }
        let place = FilterPlace(filter, of: wholeFilters, steps: group.steps)
        let bytes = packed.assumingMemoryBound(to: UInt8.self) + place.offset
        for tap in group.taps.indices {
          for member in 0..<inputs.size where bit(member, tap) {
            let step = tap * group.nibbles + member / 4
            bytes[step * place.pitch] |= 1 << UInt8(member % 4)
          }
        }
      }
    }
  }

  /// Writes the half words of one filter, in the lane that the kernel's header says.
  private func fillLanes(
    _ packed: UnsafeMutablePointer<UInt32>, _ group: BinaryGroup, _ filter: Int,
    _ bit: (_ member: Int, _ tap: Int) -> Bool
  ) {
    let place = filter % 2 * 16 + filter % 32 / 2
    let lane = place / 4 % 2 * 16 + place / 8 * 4 + place % 4
    let first = filter / 32 * 32 * group.laneSteps + lane
    for tap in group.taps.indices {
      for member in 0..<inputs.size where bit(member, tap) != laneCounts.isXor {
        let step = tap * group.halfWords + member / 32
        packed[first + 32 * step] |= 1 << UInt32(member % 32)
      }
    }
  }

  /// Writes what is added to the sums of each kind of pixel near the border, so that the bits that
  /// stand for pixels outside count nothing: less their products, with the bit 0.
  fileprivate func fillCorrections(
    _ start: UnsafeMutableRawPointer, _ part: BinaryPacking.Part, _ given: BinaryParameters
  ) {
    guard let border else { return }
    let numbers = (start + part.corrections).assumingMemoryBound(to: Int32.self)
    for group in groups.indices {
      for filter in 0..<outputs.size {
        let index = group * outputs.size + filter
        for (kind, number) in corrections(border, given, group, filter).enumerated() {
          numbers[kind * outputs.channels + index] = Int32(number)
        }
      }
    }
  }

  /// What is added to the sums of a filter for each kind of pixel near the border.
  func corrections(
    _ border: BitBorder, _ given: BinaryParameters, _ group: Int, _ filter: Int
  ) -> [Int] {
    // Of each tap, or of each displaced channel.
    var sums = [Int](repeating: 0, count: isShift ? input.channels : tapsPerChannel)
    for member in 0..<inputs.size {
      for tap in 0..<tapsPerChannel {
        let isOne = isOne(given, group, filter, member, tap)
        sums[isShift ? inputs.channel(member, of: group) : tap] +=
          isOne ? weights.one : weights.zero
      }
    }
    return border.outside.map { outside in -outside.reduce(0) { $0 + activations.zero * sums[$1] } }
  }

  /// Writes thresholds of counts, or of sums, and which bits are inverted.
  fileprivate func fillThresholds(
    _ start: UnsafeMutableRawPointer, _ part: BinaryPacking.Part, _ threshold: SumThreshold?,
    inverts: Bool
  ) {
    let inversions = (start + part.inversions).assumingMemoryBound(to: UInt32.self)
    for place in 0..<groups.count * wholeFilters {
      let (group, filter) = place.quotientAndRemainder(dividingBy: wholeFilters)
      let channel = filter < outputs.size ? outputs.channel(filter, of: group) : nil
      let folded = channel.flatMap { threshold?.folded($0, limit: depth) }
      // Bits of no filter stay 0.
      let least = channel == nil ? .max : folded?.least ?? 0
      if countsHave16Bits {
        fillCountThresholds(start, part, place, least)
      } else {
        let thresholds = (start + part.thresholds).assumingMemoryBound(to: Int32.self)
        thresholds[place] = Int32(clamping: least)
      }
      if folded?.isInverted == true, inverts { inversions[place / 32] |= 1 << UInt32(place % 32) }
    }
  }

  /// For each kind of pixel the least count with `step·count + base + correction ≥ least`.
  private func fillCountThresholds(
    _ start: UnsafeMutableRawPointer, _ part: BinaryPacking.Part, _ place: Int, _ least: Int
  ) {
    let thresholds = (start + part.thresholds).assumingMemoryBound(to: UInt16.self)
    let corrections = (start + part.corrections).assumingMemoryBound(to: Int32.self)
    let (group, filter) = place.quotientAndRemainder(dividingBy: wholeFilters)
    let ordered = place / 32 * 32 + place % 2 * 16 + place % 32 / 2
    for kind in 0..<(border?.outside.count ?? 1) {
      let index = kind * groups.count * wholeFilters + ordered
      guard filter < outputs.size else {
        thresholds[index] = .max
        continue
      }
      var constant = base(group)
      if border != nil {
        constant += Int(corrections[kind * outputs.channels + group * outputs.size + filter])
      }
      let count = min(max(least, -depth), depth + 1) - constant
      thresholds[index] = UInt16(clamping: max(count + step - 1, 0) / step)
    }
  }

  /// Writes scales and biases in the order of the groups.
  fileprivate func fillScales(
    _ start: UnsafeMutableRawPointer, _ part: BinaryPacking.Part, _ given: BinaryParameters
  ) {
    let scale = (start + part.scale).assumingMemoryBound(to: Float.self)
    let bias = (start + part.bias).assumingMemoryBound(to: Float.self)
    for index in groups.indices {
      for filter in 0..<outputs.size {
        let channel = outputs.channel(filter, of: index)
        scale[index * outputs.size + filter] = given.scale.isEmpty ? 1 : given.scale[channel]
        bias[index * outputs.size + filter] = given.bias.isEmpty ? 0 : given.bias[channel]
      }
    }
  }
}

/// Where a filter's nibbles stand among the packed weights: in groups of 64, the last of 32 when
/// no more are left.
private struct FilterPlace {
  let offset: Int
  /// Bytes from one nibble to the next.
  let pitch: Int

  init(_ filter: Int, of wholeFilters: Int, steps: Int) {
    let whole = Int(FRUGAL_FILTERS)
    let first = filter / whole * whole
    pitch = min(whole, wholeFilters - first)
    offset = first * steps + filter - first
  }
}
