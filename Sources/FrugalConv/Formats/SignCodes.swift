internal import CKernels

/// How the signs of one group's weights stand in words, as `frugal_signs` has them.
struct SignCodes {
  /// Outputs of the group, and rows of its product.
  let outputs, rows: Int
  let format: WeightFormat

  static let panelOutputs = Int(FRUGAL_SIGN_OUTPUTS)
  static let wordRows = Int(FRUGAL_SIGN_ROWS)

  init(outputs: Int, rows: Int, _ format: WeightFormat) {
    (self.outputs, self.rows, self.format) = (outputs, rows, format)
  }

  init(_ stage: MatrixStage) {
    self.init(outputs: stage.outputs.size, rows: stage.rows, stage.format)
  }

  /// Words for four product rows of a panel.
  private var planes: Int { format == .ternary ? 2 : 1 }
  var wordsOfPanel: Int { (rows + Self.wordRows - 1) / Self.wordRows * planes }
  var wordsOfGroup: Int { (outputs + Self.panelOutputs - 1) / Self.panelOutputs * wordsOfPanel }

  /// The words of a group from an output on, which begins a panel. A word takes the place of a
  /// float.
  func words(
    of group: Int, from output: Int, at start: UnsafePointer<Float>
  ) -> UnsafePointer<UInt32> {
    let offset = group * wordsOfGroup + output / Self.panelOutputs * wordsOfPanel
    return UnsafeRawPointer(start + offset).assumingMemoryBound(to: UInt32.self)
  }

  /// Writes all words of a group whose weights are checked.
  func fill(_ start: UnsafeMutablePointer<Float>, _ weights: ArraySlice<Float>) {
    let bytes = UnsafeMutableRawPointer(start)
    for panel in 0..<wordsOfGroup / wordsOfPanel {
      let first = panel * Self.panelOutputs
      for index in 0..<wordsOfPanel {
        let (word, plane) = index.quotientAndRemainder(dividingBy: planes)
        var code: UInt32 = 0
        for r in 0..<min(Self.panelOutputs, outputs - first) {
          let filter = weights.startIndex + (first + r) * rows
          for i in 0..<min(Self.wordRows, rows - word * Self.wordRows) {
            let weight = weights[filter + word * Self.wordRows + i]
            if isSet(weight, plane) { code |= 1 << UInt32(Self.wordRows * r + i) }
          }
        }
        bytes.storeBytes(
          of: code, toByteOffset: (panel * wordsOfPanel + index) * MemoryLayout<UInt32>.stride,
          as: UInt32.self)
      }
    }
  }

  private func isSet(_ weight: Float, _ plane: Int) -> Bool {
    if format == .binary { return weight >= 0 }
    return plane == 0 ? weight > 0 : weight < 0
  }

  /// The scale of a filter: the magnitude of its weights that are not zero.
  static func magnitude(of filter: ArraySlice<Float>) -> Float {
    filter.first { $0 != 0 }.map(abs) ?? 0
  }

  /// Throws when the weights of a filter have not one magnitude, zero aside for ternary ones.
  static func check(
    _ weights: [Float], filters: Int, _ format: WeightFormat, stage: Int
  ) throws(FrugalConvError) {
    let rows = weights.count / filters
    for filter in 0..<filters {
      let values = weights[filter * rows..<(filter + 1) * rows]
      let scale = magnitude(of: values)
      for value in values where abs(value) != scale && (format == .binary || value != 0) {
        throw .weightLacksFormat(
          format, stage: stage, filter: filter, value: value, scale: scale)
      }
    }
  }
}
