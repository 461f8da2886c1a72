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
  ///
  /// Of the kernels that can compute a stage it takes the one that the cost model predicts to be
  /// fastest; nothing is measured.
  public func binaryPlan<Encoding>(
    for input: MapShape, encoding: Encoding.Type,
    _ options: BinaryOptions = BinaryOptions()
  ) throws(FrugalConvError) -> BinaryPlan<Encoding> {
    try binaryCandidates(for: input, encoding: encoding, options).predictedBest
  }

  /// The same, but a choice that was measured earlier, and that the options allow, is taken over.
  public func binaryPlan<Encoding>(
    for input: MapShape, encoding: Encoding.Type, _ options: BinaryOptions = BinaryOptions(),
    knowing wisdom: Wisdom
  ) throws(FrugalConvError) -> BinaryPlan<Encoding> {
    let plans = try binaryCandidates(for: input, encoding: encoding, options)
    return wisdom.choice(of: plans, WisdomKey(plans[0], options)) ?? plans.predictedBest
  }

  /// The same, but what the wisdom does not know is measured and added to it: the candidates are
  /// timed in turns, on one thread, from float maps to bits, or to sums where the last stage has no
  /// other form. Another than the predicted best is taken only when it is clearly faster.
  public func binaryPlan<Encoding>(
    for input: MapShape, encoding: Encoding.Type, _ options: BinaryOptions = BinaryOptions(),
    measuring wisdom: inout Wisdom
  ) throws(FrugalConvError) -> BinaryPlan<Encoding> {
    let plans = try binaryCandidates(for: input, encoding: encoding, options)
    guard plans.count > 1 else { return plans.predictedBest }
    let key = WisdomKey(plans[0], options)
    if let known = wisdom.choice(of: plans, key) { return known }
    let (best, choice) = try PlanMeasurement.best(of: plans)
    if let time = choice.measuredTime {
      wisdom[key] = Wisdom.Entry(candidate: plans[best].candidate.description, time: time)
    }
    return plans[best].chosen(choice)
  }

  /// The ways to compute the convolution in one bit that the options allow, those that the cost
  /// model predicts to be fastest first: the best kernel for each stage, and each kernel wherever it
  /// can compute a stage.
  public func binaryCandidates<Encoding>(
    for input: MapShape, encoding: Encoding.Type, _ options: BinaryOptions = BinaryOptions()
  ) throws(FrugalConvError) -> [BinaryPlan<Encoding>] {
    let shapes = try shapes(for: input)
    let threads = options.threads ?? usableProcessors()
    var options = options
    options.threads = threads
    try requirePositive(threads, "threads")
    try requireAtMost(1024, threads, "threads")
    let level = if let level = options.level { level } else { try Level.fromEnvironment() }
    guard level.kernels != nil else { throw .levelUnavailable(name: level.rawValue) }
    options.level = level
    guard residual == nil else {
      throw .noBinaryForm(stage: stages.count - 1, reason: "a residual")
    }
    let model = CostModel(level)
    // Of each stage, the fastest first.
    var forms: [[BinaryStage]] = []
    for (index, stage) in stages.enumerated() {
      let found = try stage.binary(
        index: index, from: shapes[index], to: shapes[index + 1], Encoding.values, options)
      let times = found.map { model.time(Workload(shapes[index], [$0])) }
      forms.append(found.indices.sorted { (times[$0], $0) < (times[$1], $1) }.map { found[$0] })
    }
    var plans: [BinaryPlan<Encoding>] = []
    for kernel in [nil] + BinaryKernel.allCases.map(Optional.some) {
      let planned = forms.map { forms in
        forms.first { $0.product?.kernel == kernel } ?? forms[0]
      }
      let plan = try BinaryPlan<Encoding>(
        self, shapes, planned, threads: threads, level: level, options)
      if !plans.contains(where: { $0.candidate == plan.candidate }) { plans.append(plan) }
    }
    // The best of every stage is at most as slow as any.
    return [plans[0]] + plans.dropFirst().sorted { $0.predictedTime < $1.predictedTime }
  }
}

extension Stage {
  /// Every form of a stage in one bit.
  fileprivate func binary(
    index: Int, from input: MapShape, to output: MapShape, _ values: BitValues,
    _ options: BinaryOptions
  ) throws(FrugalConvError) -> [BinaryStage] {
    guard activation == .identity else {
      throw .noBinaryForm(stage: index, reason: "an activation")
    }
    guard squeezeExcite == nil else {
      throw .noBinaryForm(stage: index, reason: "squeeze-excite")
    }
    guard mix == .none else {
      let reading = try BinaryReading(
        spatial, index: index, from: input, to: output, activations: values,
        padding: options.padding)
      let kernels = try BinaryProduct.kernels(
        of: self, index: index, reading, activations: values, options)
      return try kernels.map { kernel throws(FrugalConvError) in
        .product(
          try BinaryProduct(
            self, index: index, reading, from: input, to: output, activations: values, options,
            kernel))
      }
    }
    guard case .pool(.maximum, let window) = spatial else {
      throw .noBinaryForm(stage: index, reason: "a spatial step without a channel mix")
    }
    guard index > 0 else {
      throw .noBinaryForm(stage: index, reason: "pooling before the first product")
    }
    let border = try window.borders(of: input.extent)
    return [
      .pooling(
        BitPooling(input: input, output: output, window: TapWindow(window, border: border)))
    ]
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
    let words = first?.orderedWords ?? 0
    workspace.reserve(map: 0, words: shapes[0].pixels * words)
    if let displacement = first?.packedDisplacement {
      workspace.reserve(scratch: 8 * words * displacement.pixels(shapes[0]))
    }
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
    predictedTime = CostModel(level).time(Workload(inputShape, planned))
  }
}
