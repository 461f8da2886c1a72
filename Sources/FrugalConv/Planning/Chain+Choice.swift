extension Convolution {
  /// The passes of a plan: chains where they pay, or wherever they can be when asked for.
  func passes(
    _ shapes: [MapShape], _ options: PlanOptions
  ) throws(FrugalConvError) -> [Pass] {
    var passes: [Pass] = []
    var first = 0
    while first < stages.count {
      var pass = Pass(stages: first..<first + 1, chain: nil)
      var end = first + 1
      while end < stages.count, options.traversal != .stageByStage, joins(end - 1, shapes) {
        end += 1
        if let chain = try chain(first..<end, shapes, options) {
          pass = Pass(stages: first..<end, chain: chain)
        }
      }
      passes.append(pass)
      first = pass.stages.upperBound
    }
    return passes
  }

  /// Whether a stage and the next one can run strip by strip.
  private func joins(_ stage: Int, _ shapes: [MapShape]) -> Bool {
    stages[stage].squeezeExcite == nil && stages[stage].spatial != .globalAverage
      && stages[stage + 1].spatial != .globalAverage && shapes[stage + 1].planeSize > 1
      && shapes[stage + 2].height <= Self.mostRows
      && shapes[stage + 2].height <= Self.mostRows
  }

  // Measured on Zen 1 (512 KiB of second-level cache, 8 MiB of third), one thread, against stage by
  // stage: MobileNetV2 block 0.80 of the time at 32×112², 0.95 at 64×56², 1.0 to 1.08 at 28² and
  // below; IGCV3 block 0.79, 0.89, 0.98; separable 0.92 at 112², 1.0 at 56². Strips of 224 pixels
  // cost 3 to 8 % more, of 900 as much. A chain that ends in a depthwise step (a DS block up to its
  // squeeze-excite) takes 1.04 to 1.1: planes written whole are written faster.
  /// Pixels of a strip.
  private static let stripPixels = 448
  /// Floats of windows.
  private static let mostWindowFloats = 400 * 1024
  /// Floats of a map in between that stage by stage still finds in cache.
  private static let leastMapFloats = 384 * 1024
  /// A plan lists the steps of a chain one by one.
  private static let mostRows = 1 << 16
  /// Rows of a slab, where slabs compute rows twice.
  private static let slabRows = 28

  /// A chain of some stages; nil when it would not pay.
  private func chain(
    _ range: Range<Int>, _ shapes: [MapShape], _ options: PlanOptions
  ) throws(FrugalConvError) -> Chain? {
    let maps = Array(shapes[range.lowerBound...range.upperBound])
    let forced = options.traversal == .stripByStrip
    guard forced || (options.shiftForm != .displacedWrite && pays(range, maps)) else { return nil }
    let reach = ChainReach(steps: stages[range].map(\.spatial), maps: maps)
    let output = maps[maps.count - 1]
    var stripRows = max(1, Self.stripPixels / output.width)
    while true {
      let whole = try Chain(range, reach, stripRows: stripRows, slabs: 1)
      if whole.windowFloats <= Self.mostWindowFloats || (forced && stripRows == 1) {
        let strips = (output.height + stripRows - 1) / stripRows
        let slabs =
          whole.carries ? max(output.images > 1 ? 1 : 2, output.height / Self.slabRows) : strips
        return try Chain(range, reach, stripRows: stripRows, slabs: min(strips, slabs))
      }
      guard stripRows > 1 else { return nil }
      stripRows /= 2
    }
  }

  private func pays(_ range: Range<Int>, _ maps: [MapShape]) -> Bool {
    stages[range.upperBound - 1].mix != .none
      && maps[maps.count - 1].planeSize >= 4 * Self.stripPixels
      && maps.dropFirst().dropLast().contains {
        $0.channels * $0.planeSize >= Self.leastMapFloats
      }
  }
}
