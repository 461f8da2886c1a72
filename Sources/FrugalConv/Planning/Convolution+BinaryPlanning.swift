extension Convolution {
  /// Plans the convolution in numbers of one bit: activations of an encoding, weights of one or the
  /// other (`BinaryOptions.weights`), sums that are exact.
  ///
  /// Stages are 1×1, window and shift convolutions, dense, grouped or interleaved, and maximum
  /// pooling. Between stages sums become bits by the thresholds that are packed with the weights.
  ///
  /// Throws when the shape does not fit; when a stage has no form in one bit: a depthwise or
  /// bilinear step, a mean, an activation, squeeze-excite, a residual; and when the products of a
  /// filter are too many for their sum, naming the limit.
  public func binaryPlan<Encoding>(
    for input: MapShape, encoding: Encoding.Type,
    _ options: BinaryOptions = BinaryOptions()
  ) throws(FrugalConvError) -> BinaryPlan<Encoding> {
    let shapes = try shapes(for: input)
    let threads = options.threads ?? usableProcessors()
    try requirePositive(threads, "threads")
    try requireAtMost(1024, threads, "threads")
    let level = if let level = options.level { level } else { try Level.fromEnvironment() }
    guard level.kernels != nil else { throw .levelUnavailable(name: level.rawValue) }
    guard residual == nil else {
      throw .noBinaryForm(stage: stages.count - 1, reason: "a residual")
    }
    var planned: [BinaryStage] = []
    for (index, stage) in stages.enumerated() {
      planned.append(
        try stage.binary(
          index: index, from: shapes[index], to: shapes[index + 1], Encoding.values, options))
    }
    return try BinaryPlan(
      self, shapes, planned, threads: threads, level: level, options)
  }
}

extension Stage {
  fileprivate func binary(
    index: Int, from input: MapShape, to output: MapShape, _ values: BitValues,
    _ options: BinaryOptions
  ) throws(FrugalConvError) -> BinaryStage {
    guard activation == .identity else {
      throw .noBinaryForm(stage: index, reason: "an activation")
    }
    guard squeezeExcite == nil else {
      throw .noBinaryForm(stage: index, reason: "squeeze-excite")
    }
    guard mix == .none else {
      return .product(
        try BinaryProduct(
          self, index: index, from: input, to: output, activations: values, options))
    }
    guard case .pool(.maximum, let window) = spatial else {
      throw .noBinaryForm(stage: index, reason: "a spatial step without a channel mix")
    }
    guard index > 0 else {
      throw .noBinaryForm(stage: index, reason: "pooling before the first product")
    }
    let border = try window.borders(of: input.extent)
    return .pooling(
      BitPooling(input: input, output: output, window: TapWindow(window, border: border)))
  }
}

extension BinaryPlan {
  init(
    _ convolution: Convolution, _ shapes: [MapShape], _ planned: [BinaryStage], threads: Int,
    level: Level, _ options: BinaryOptions
  ) throws(FrugalConvError) {
    var workspace = BinaryWorkspace(threads: threads)
    // The packed input, then what each stage but the last writes.
    let first = planned[0].product
    workspace.reserve(map: 0, words: shapes[0].pixels * (first?.orderedWords ?? 0))
    for (index, stage) in planned.enumerated() {
      let output = stage.output
      if index < planned.count - 1 {
        workspace.reserve(map: index + 1, words: output.pixels * output.wordsPerPixel)
      }
      workspace.reserve(scratch: stage.scratch)
    }
    try requireAtMost(Workspace.mostBytes, workspace.bytes, "bytes of workspace")
    self.convolution = convolution
    (inputShape, outputShape) = (shapes[0], shapes[shapes.count - 1])
    (self.threads, self.level) = (threads, level)
    (weights, padding) = (options.weights, options.padding)
    stages = planned
    self.workspace = workspace
    packing = try BinaryPacking(planned)
  }
}

extension BinaryPlan: CustomStringConvertible {
  /// Each stage with its kernel and how it is cut.
  public var description: String {
    let lines = stages.enumerated().map { index, stage in
      switch stage {
      case .product(let product):
        """
        \(index): \(product.kernel.rawValue), \(product.depth) products a filter, \
        \(product.outputs.count) group(s), \(product.strips) strip(s) of \(product.stripRows) \
        row(s)\(product.parts > 1 ? ", filters in \(product.parts) parts" : "")
        """
      case .pooling: "\(index): pooled bits"
      }
    }
    return """
      \(Encoding.values) × \(weights), \(inputShape) to \(outputShape), \(level.rawValue), \
      \(threads) thread(s), \(workspaceBytes) bytes of workspace
      """ + lines.map { "\n  \($0)" }.joined()
  }
}
