import FrugalConv
import ReferenceKernels
import Testing

/// Random one-bit numbers for a stack of stages, and what plain loops over whole numbers make of
/// them, with thresholds in Double.
struct BinaryExperiment<Encoding: BitEncoding> {
  let convolution: Convolution
  let shape: MapShape
  let options: BinaryOptions
  let seed: UInt64
  let input: IntegerMap
  let parameters: [BinaryParameters]
  /// Of the last stage; nil when it pools.
  let sums: IntegerMap?
  /// What the last stage makes, in zeros and ones.
  let ones: IntegerMap

  /// Weights are as a trained model has them: above their threshold for the bit 1. Pooling joins
  /// sums or bits.
  init(
    _ convolution: Convolution, _ shape: MapShape, _ options: BinaryOptions, seed: UInt64 = 1
  ) throws {
    (self.convolution, self.shape, self.options) = (convolution, shape, options)
    self.seed = seed
    var generator = Generator(seed: seed)
    let values = Encoding.values
    input = IntegerMap(
      (0..<shape.count).map { _ in generator.next() % 2 == 0 ? values.zero : values.one }, shape)
    let outside =
      switch options.padding {
      case .zero: 0
      case .ones: values.one
      case .zeroBits: values.zero
      }
    let stages = convolution.stages
    let weightCounts = convolution.weightCounts
    var numbers = input
    var sums: IntegerMap?
    var ones = input
    var parameters: [BinaryParameters] = []
    for (index, stage) in stages.enumerated() {
      let isLast = index == stages.count - 1
      var current = BinaryParameters()
      if case .pool(_, let window) = stage.spatial {
        numbers = Reference.pooled(sums ?? numbers, window)
        ones = sums == nil ? Reference.pooled(ones, window) : numbers
      } else {
        let bits = (0..<weightCounts[index]).map { _ in generator.next() % 2 == 0 }
        current.weights = bits.map { $0 ? 1 : -1 }
        numbers = Reference.sums(
          stage, bits.map { $0 ? options.weights.one : options.weights.zero }, numbers,
          outside: outside)
        sums = numbers
      }
      let channels = numbers.shape.channels
      var poolsSums = false
      if !isLast, sums != nil, case .pool = stages[index + 1].spatial {
        poolsSums = stage.mix != .none && generator.next() % 2 == 0
      }
      if sums != nil, !poolsSums {
        if stage.mix == .none {
          current.threshold = generator.sumThreshold(channels)
        } else if generator.next() % 4 > 0 {
          current.threshold = generator.sumThreshold(channels)
        }
        let threshold = current.threshold
        ones = numbers
        for place in ones.elements.indices {
          let channel = place / ones.shape.planeSize % channels
          let isOne = threshold.isOne(numbers.elements[place], channel)
          ones.elements[place] = isOne ? 1 : 0
          numbers.elements[place] = isOne ? values.one : values.zero
        }
        if !isLast || stage.mix == .none { sums = nil }
      }
      if isLast, stage.mix != .none {
        current.scale = generator.values(.integers, channels)
        current.bias = generator.values(.integers, channels)
      }
      parameters.append(current)
    }
    (self.parameters, self.sums, self.ones) = (parameters, sums, ones)
  }

  func plan(threads: Int, _ level: Level, _ kernel: BinaryKernel) throws -> BinaryPlan<Encoding> {
    var options = options
    (options.threads, options.level, options.kernel) = (threads, level, kernel)
    return try convolution.binaryPlan(for: shape, encoding: Encoding.self, options)
  }

  /// Checks the kernels of planes and of lanes where they have a form for the convolution.
  @discardableResult func checkPlanesAndLanes(
    _ level: Level, threads: ClosedRange<Int> = 1...3,
    _ location: SourceLocation = #_sourceLocation
  ) throws -> Bool {
    try [BinaryKernel.planes, .lanes].allSatisfy { kernel in
      do {
        _ = try plan(threads: 1, level, kernel)
      } catch FrugalConvError.noBinaryForm { return true }
      return try check(level, kernel, threads: threads, location)
    }
  }

  /// Every way in and out gives what the reference says: from bits and from float maps to bits, sums
  /// of 32 and 16 bits, added sums, and float maps with scale and bias. Numbers that a run is given
  /// touch guard pages, before them for even numbers of threads, behind for odd. Whether all were
  /// right.
  @discardableResult func check(
    _ level: Level, _ kernel: BinaryKernel = .automatic, threads: ClosedRange<Int> = 1...3,
    _ location: SourceLocation = #_sourceLocation
  ) throws -> Bool {
    var holds = true
    let bits = try BitMap<Encoding>(input.ones)
    let expected = try BitMap<Encoding>(ones)
    for count in threads {
      let plan = try plan(threads: count, level, kernel)
      let packed = try plan.pack(parameters)
      let side = GuardedSide.allCases[count % 2]
      let floats = BinarySource<Encoding>.floats(input.ones, side, seed: seed)
      for source in [.bits(bits), floats] {
        let run = BinaryRun(plan: plan, weights: packed, source: source, side: side)
        func expect(_ isRight: Bool, _ sink: String) {
          holds = holds && isRight
          #expect(
            isRight,
            """
            FRUGALCONV_SEED=\(seed): \(source.name) to \(sink), padding \(options.padding)
            \(plan)
            """, sourceLocation: location)
        }
        expect(try run.bits() == expected, "bits")
        guard let sums else { continue }
        expect(try run.sums() == sums.elements.map(Int32.init), "sums")
        if case .bits = source {
          let added = try run.sums(adding: -3, to: sums.elements.map(Int32.init))
          expect(added == sums.elements.map { Int32(-2 * $0) }, "added sums")
        }
        expect(try run.shortSums() == sums.elements.map(Int16.init), "sums of 16 bits")
        let last = parameters[parameters.count - 1]
        let scaled = sums.elements.enumerated().map { place, sum in
          let channel = place / sums.shape.planeSize % sums.shape.channels
          return Float(sum) * last.scale[channel] + last.bias[channel]
        }
        let canvas = try run.floats()
        expect(canvas.elements == scaled && canvas.damage == 0, "float maps")
      }
    }
    return holds
  }
}

extension IntegerMap {
  /// 1 for every 1, else 0.
  var ones: IntegerMap { IntegerMap(elements.map { $0 == 1 ? 1 : 0 }, shape) }
}

extension BitMap {
  /// The bit 1 for every 1.
  init(_ map: IntegerMap) throws {
    let numbers = map.elements.map(Int32.init)
    try self.init(numbers.span, shape: map.shape, atLeast: [1])
  }
}

extension SumThreshold? {
  /// The bit of a sum, as the definition says.
  fileprivate func isOne(_ sum: Int, _ channel: Int) -> Bool {
    switch self {
    case nil: return sum >= 0
    case .atLeast(let least): return sum >= least[channel]
    case .batchNorm(let norm, let scale, let bias, let tie):
      let x =
        (scale.isEmpty ? 1 : Double(scale[channel])) * Double(sum)
        + (bias.isEmpty ? 0 : Double(bias[channel]))
      let deviation = (Double(norm.variance[channel]) + Double(norm.epsilon)).squareRoot()
      let y =
        Double(norm.gamma[channel]) * (x - Double(norm.mean[channel])) / deviation
        + Double(norm.beta[channel])
      return tie == .one ? y >= 0 : y > 0
    }
  }
}

extension Generator {
  /// Thresholds around zero, some at the ends of the numbers; or batch norms, some with γ = ±0 and
  /// ±∞, some with ties at whole sums.
  fileprivate mutating func sumThreshold(_ channels: Int) -> SumThreshold {
    guard next() % 2 == 0 else {
      return .atLeast(
        (0..<channels).map { _ in pick([integer(-9...9), integer(-5...5), .min, .max]) })
    }
    let hasScale = next() % 2 == 0
    let norm = try! BatchNorm(
      gamma: (0..<channels).map { _ in
        pick([real(), real(), -1, 2, 0, -0.0, .infinity, -.infinity])
      },
      beta: (0..<channels).map { _ in pick([real(), real(), 0, -0.0, 1]) },
      mean: values(.integers, channels),
      variance: (0..<channels).map { _ in pick([abs(real()) * 9, 1, 0, .infinity]) })
    return .batchNorm(
      norm, scale: hasScale ? (0..<channels).map { _ in pick([real(), 1, -1, 0.5, 0]) } : [],
      bias: hasScale ? values(.integers, channels) : [], tie: pick([.zero, .one]))
  }
}
