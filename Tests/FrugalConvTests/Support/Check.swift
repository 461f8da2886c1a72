import FrugalConv
import ReferenceKernels
import Testing

/// Data for a convolution, and what the reference makes of it.
struct Experiment {
  let convolution: Convolution
  let shape: MapShape
  let kind: DataKind
  let weightFormat: WeightFormat
  let parameters: [StageParameters]
  let input: [Float]
  let residual: [Float]
  let outputShape: MapShape
  let expected: ReferenceMap

  /// Whole numbers where their sums are exact, unless told otherwise.
  init(
    _ convolution: Convolution, _ shape: MapShape, _ kind: DataKind? = nil, seed: UInt64 = 1,
    weightFormat: WeightFormat = .float32
  ) throws {
    self.weightFormat = weightFormat
    self.convolution = convolution
    self.shape = shape
    self.kind = kind ?? (convolution.isExactOnIntegers ? .integers : .reals)
    outputShape = try convolution.outputShape(for: shape)
    var generator = Generator(seed: seed)
    parameters = zip(convolution.stages, generator.parameters(for: convolution, self.kind)).map {
      $0.mix == .none ? $1 : $1.held(in: weightFormat)
    }
    input = generator.values(self.kind, shape.count)
    let takesResidual = convolution.residual.map { $0.source != .input } ?? false
    residual = takesResidual ? generator.values(self.kind, outputShape.count) : []
    expected = Reference.run(convolution, parameters, input, shape, residual: residual)
  }

  /// The compact output of a plan; records an issue when anything around it was written.
  func result(
    _ plan: Plan, _ arrangement: Arrangement = .gaps, _ outputArrangement: Arrangement? = nil
  ) throws -> [Float] {
    let weights = try plan.pack(parameters)
    let source = convolution.residual?.source
    var output = Canvas(
      outputShape, outputArrangement ?? arrangement, elements: source == .output ? residual : nil)
    let added = source == .map ? Canvas(outputShape, arrangement, elements: residual) : nil
    try plan.run(
      weights, Canvas(shape, arrangement, elements: input), residual: added, into: &output)
    #expect(output.damage == 0, "\(plan) wrote between planes")
    return output.elements
  }

  /// The first element that is not as expected, in words; nil when all are.
  func firstDifference(_ result: [Float]) -> String? {
    let isExact = kind == .integers && convolution.isExactOnIntegers
    for (i, (found, number)) in zip(result, expected.elements).enumerated() {
      if isExact ? Double(found) == number.value : number.allows(found) { continue }
      let (plane, pixel) = i.quotientAndRemainder(dividingBy: outputShape.planeSize)
      return """
        image \(plane / outputShape.channels), channel \(plane % outputShape.channels), \
        row \(pixel / outputShape.width), column \(pixel % outputShape.width): \
        \(found), expected \(number.value) ± \(isExact ? 0 : number.error)
        """
    }
    return result.count == expected.elements.count ? nil : "\(result.count) elements"
  }
}

/// Runs a convolution with each executor at each level, in the given forms, stage by stage and strip
/// by strip, on 1, 2 and 3 threads: as the reference says, the same bits for any number of threads,
/// nothing written between planes. Whether all were.
@discardableResult func check(
  _ convolution: Convolution, _ shape: MapShape, _ kind: DataKind? = nil, seed: UInt64 = 1,
  forms: [ShiftForm] = [.automatic], weightFormat: WeightFormat = .float32,
  _ location: SourceLocation = #_sourceLocation
) throws -> Bool {
  let experiment = try Experiment(
    convolution, shape, kind, seed: seed, weightFormat: weightFormat)
  if experiment.kind == .integers {
    // Else the expectation of exact results is not justified. Quarters of quarters: four bits.
    try #require(experiment.expected.largestMagnitude < 0x1p20, sourceLocation: location)
  }
  var holds = true
  for (level, executor) in variants(of: convolution, weightFormat) {
    for (form, traversal) in orders(of: convolution, forms) {
      var bits: [UInt32]?
      for threads in 1...3 {
        let options = PlanOptions(
          threads: threads, level: level, executor: executor, shiftForm: form,
          traversal: traversal, weightFormat: weightFormat)
        let plan = try convolution.plan(for: shape, options)
        let result = try experiment.result(plan)
        let words = "\(plan)\nseed \(seed), \(threads) threads, \(shape)"
        let difference = experiment.firstDifference(result)
        #expect(difference == nil, "\(words)", sourceLocation: location)
        let found = result.map(\.bitPattern)
        #expect(found == bits ?? found, "other bits: \(words)", sourceLocation: location)
        holds = holds && difference == nil && found == bits ?? found
        bits = found
      }
    }
  }
  return holds
}

/// Forms of shift, stage by stage; and strip by strip, where there are stages to join.
private func orders(
  of convolution: Convolution, _ forms: [ShiftForm]
) -> [(ShiftForm, Traversal)] {
  let wholeMaps = forms.map { ($0, Traversal.stageByStage) }
  let joined = [Traversal.stripByStrip, .blockByBlock].map { (ShiftForm.automatic, $0) }
  return wholeMaps + (convolution.stages.count > 1 ? joined : [])
}

/// The levels and executors that compute a convolution in ways of their own.
func variants(
  of convolution: Convolution, _ format: WeightFormat = .float32
) -> [(Level, Executor)] {
  let multiplies = convolution.stages.contains { $0.mix != .none }
  let executors: [Executor] =
    switch (multiplies, format) {
    case (false, _): [.automatic]
    case (true, .float32): [.openBLAS, .fused]
    case (true, _): [.fused]
    }
  return Level.available.flatMap { level in executors.map { (level, $0) } }
}

extension StageParameters {
  /// The same with weights that a format holds: the signs of the values, zero for the small ones
  /// where it has zeros, times 1 or 2 by filter.
  fileprivate func held(in format: WeightFormat) -> StageParameters {
    guard format != .float32 else { return self }
    let size = max(1, weights.count / max(1, scale.count))
    var held = self
    for (index, value) in weights.enumerated() {
      let magnitude: Float = index / size % 3 == 0 ? 2 : 1
      let isZero = format == .ternary && abs(value) < 0.5
      held.weights[index] = isZero ? 0 : value < 0 ? -magnitude : magnitude
    }
    return held
  }
}

/// The output of a convolution with default options on a compact map.
func output(
  of convolution: Convolution, _ parameters: [StageParameters], _ input: [Float], _ shape: MapShape
) throws -> [Float] {
  let plan = try convolution.plan(for: shape)
  return try plan.run(plan.pack(parameters), FeatureMap(input, shape: shape)).array()
}

/// Maps that find mistakes at borders and tails: one pixel, one column, one row, odd, two images.
let oddShapes: [Extent] = [1, Extent(5, 1), Extent(1, 9), Extent(7, 5), Extent(4, 19)]

extension MapShape {
  init(_ channels: Int, _ extent: Extent, images: Int = 1) {
    self.init(images: images, channels: channels, height: extent.height, width: extent.width)
  }
}
