extension Convolution {
  /// Passes of as many stages as can run strip by strip.
  func stripPasses(_ shapes: [MapShape]) throws(FrugalConvError) -> [Pass] {
    try passes {
      joins($0.upperBound - 1, shapes)
    } of: { range throws(FrugalConvError) in
      try stripChain(range, shapes)
    }
  }

  /// Passes of stages, each as long as the next stage joins them.
  func passes(
    while joins: (Range<Int>) -> Bool, of chain: (Range<Int>) throws(FrugalConvError) -> Chain
  ) throws(FrugalConvError) -> [Pass] {
    var passes: [Pass] = []
    var first = 0
    while first < stages.count {
      var end = first + 1
      while end < stages.count, joins(first..<end) { end += 1 }
      passes.append(
        Pass(stages: first..<end, chain: end - first > 1 ? try chain(first..<end) : nil))
      first = end
    }
    return passes
  }

  /// Whether a stage and the next one can run together.
  func joins(_ stage: Int, _ shapes: [MapShape]) -> Bool {
    stages[stage].squeezeExcite == nil && stages[stage].spatial != .globalAverage
      && stages[stage + 1].spatial != .globalAverage && shapes[stage + 1].planeSize > 1
      && shapes[stage + 1].height <= Self.mostRows
      && shapes[stage + 2].height <= Self.mostRows
  }

  // Measured on Zen 1 (512 KiB of second-level cache), one thread: strips of 224 pixels cost 3 to 8 %
  // more, of 900 as much.
  /// Pixels of a strip.
  private static let stripPixels = 448
  /// Floats of windows; strips of several rows become lower until theirs are no more.
  private static let mostWindowFloats = 400 * 1024
  // Measured on Zen 3, depthwise-separable, one thread: 14 rows of 112 pixels take 0.80 to 0.95 of
  // the time of 4 with 16 to 32 channels, 40 channels of 96 pixels 1.02. Presumably for the rows
  // around a strip, which are read twice, and for depthwise taps, which go down 14 rows at a time.
  /// Rows of a strip that shares none with its neighbours.
  private static let rowsOfLooseStrips = 14
  /// Floats of their windows, most of a second-level cache: 64 channels take 0.94 of the time of 7 rows.
  private static let mostLooseFloats = 112 * 1024
  /// A plan lists the steps of a chain one by one.
  private static let mostRows = 1 << 16
  /// Rows of a slab, where slabs compute rows twice.
  private static let slabRows = 28

  /// A chain that runs strip by strip.
  private func stripChain(
    _ range: Range<Int>, _ shapes: [MapShape]
  ) throws(FrugalConvError) -> Chain {
    let maps = Array(shapes[range.lowerBound...range.upperBound])
    let reach = ChainReach(steps: stages[range].map(\.spatial), maps: maps)
    let output = maps[maps.count - 1]
    var stripRows = max(1, Self.stripPixels / output.width)
    var mostFloats = Self.mostWindowFloats
    if try !Chain(range, reach, stripRows: stripRows, slabs: 1).carries {
      stripRows = max(stripRows, Self.rowsOfLooseStrips)
      mostFloats = Self.mostLooseFloats
    }
    while true {
      let whole = try Chain(range, reach, stripRows: stripRows, slabs: 1)
      if whole.windowFloats <= mostFloats || stripRows == 1 {
        let strips = (output.height + stripRows - 1) / stripRows
        let slabs =
          whole.carries ? max(output.images > 1 ? 1 : 2, output.height / Self.slabRows) : strips
        return try Chain(range, reach, stripRows: stripRows, slabs: min(strips, slabs))
      }
      stripRows /= 2
    }
  }
}
