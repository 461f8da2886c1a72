internal import CKernels

/// What a run of one-bit numbers reads.
private enum BinarySource {
  case bits(UnsafePointer<UInt64>)
  /// In the order of the first product, to be packed first.
  case planes(UnsafePointer<frugal_bit_packing>, imageStride: Int)
}

extension BinaryPlan {
  /// Bits in, bits out. Throws, and writes nothing, when a shape, the weights or the workspace do
  /// not fit the plan; so does every `run`. None allocates.
  public func run(
    _ weights: PackedBinaryWeights, _ input: BitMap<Encoding>, into output: inout BitMap<Encoding>,
    workspace: inout Workspace
  ) throws(FrugalConvError) {
    try check(weights, input.shape, output.shape, workspace)
    output.makeUnique()
    run(weights, .bits(input.storage.start), .bits(output.storage.start), workspace)
    withExtendedLifetime(input) {}
    withExtendedLifetime(output) {}
  }

  /// Bits in, a new map of bits out. Allocates.
  public func run(
    _ weights: PackedBinaryWeights, _ input: BitMap<Encoding>
  ) throws(FrugalConvError) -> BitMap<Encoding> {
    var output = try BitMap<Encoding>(outputShape)
    var workspace = makeWorkspace()
    try run(weights, input, into: &output, workspace: &workspace)
    return output
  }

  /// Float maps in, which become bits by a threshold first, a new map of bits out. Allocates.
  public func run(
    _ weights: PackedBinaryWeights, _ input: borrowing MapView, _ threshold: BitThreshold
  ) throws(FrugalConvError) -> BitMap<Encoding> {
    var output = try BitMap<Encoding>(outputShape)
    var workspace = makeWorkspace()
    try run(weights, input, threshold, into: &output, workspace: &workspace)
    return output
  }

  /// Float maps in, which become bits by a threshold first, bits out.
  public func run(
    _ weights: PackedBinaryWeights, _ input: borrowing MapView, _ threshold: BitThreshold,
    into output: inout BitMap<Encoding>, workspace: inout Workspace
  ) throws(FrugalConvError) {
    try check(weights, input.shape, output.shape, workspace)
    try threshold.check(inputShape.channels)
    output.makeUnique()
    run(weights, input, threshold, .bits(output.storage.start), workspace)
    withExtendedLifetime(output) {}
  }

  /// Bits in, the sums of the last stage out, compact `[N][D][H][W]`.
  public func run(
    _ weights: PackedBinaryWeights, _ input: BitMap<Encoding>,
    into sums: inout MutableSpan<Int32>, workspace: inout Workspace
  ) throws(FrugalConvError) {
    try run(weights, input, into: &sums, workspace) { .integers($0, times: 1, adds: false) }
  }

  /// Adds `times` the sums of the last stage to what stands there: a product of numbers of several
  /// bits is the sum over their planes, `Σ 2^(m+k) conv(plane m, plane k)`.
  ///
  /// Throws, too, when `times` makes one product's sum larger than 32 bits hold.
  public func run(
    _ weights: PackedBinaryWeights, _ input: BitMap<Encoding>, times: Int,
    addingTo sums: inout MutableSpan<Int32>, workspace: inout Workspace
  ) throws(FrugalConvError) {
    try run(weights, input, into: &sums, times: times, workspace) {
      .integers($0, times: times, adds: true)
    }
  }

  /// Bits in, the sums of the last stage out as 16 bits, compact `[N][D][H][W]`.
  ///
  /// Throws, too, when there are sums that 16 bits do not hold.
  public func run(
    _ weights: PackedBinaryWeights, _ input: BitMap<Encoding>,
    into sums: inout MutableSpan<Int16>, workspace: inout Workspace
  ) throws(FrugalConvError) {
    try run(weights, input, into: &sums, workspace) { .shortIntegers($0) }
  }

  /// Float maps in, which become bits by a threshold first, the sums of the last stage out, compact
  /// `[N][D][H][W]`.
  public func run(
    _ weights: PackedBinaryWeights, _ input: borrowing MapView, _ threshold: BitThreshold,
    into sums: inout MutableSpan<Int32>, workspace: inout Workspace
  ) throws(FrugalConvError) {
    try run(weights, input, threshold, into: &sums, workspace) {
      .integers($0, times: 1, adds: false)
    }
  }

  /// Float maps in, which become bits by a threshold first, the sums of the last stage out as 16
  /// bits, compact `[N][D][H][W]`.
  ///
  /// Throws, too, when there are sums that 16 bits do not hold.
  public func run(
    _ weights: PackedBinaryWeights, _ input: borrowing MapView, _ threshold: BitThreshold,
    into sums: inout MutableSpan<Int16>, workspace: inout Workspace
  ) throws(FrugalConvError) {
    try run(weights, input, threshold, into: &sums, workspace) { .shortIntegers($0) }
  }

  /// Bits in, float maps out: `sum·scale + bias` of the last stage.
  public func run(
    _ weights: PackedBinaryWeights, _ input: BitMap<Encoding>, into output: inout MutableMapView,
    workspace: inout Workspace
  ) throws(FrugalConvError) {
    try check(weights, input.shape, output.shape, workspace)
    try checkLastIsProduct()
    let layout = output.layout
    output.withPlanes { planes in
      run(
        weights, .bits(input.storage.start), .planes(TargetPlanes(start: planes, layout: layout)),
        workspace)
    }
    withExtendedLifetime(input) {}
  }

  /// Float maps in, float maps out.
  public func run(
    _ weights: PackedBinaryWeights, _ input: borrowing MapView, _ threshold: BitThreshold,
    into output: inout MutableMapView, workspace: inout Workspace
  ) throws(FrugalConvError) {
    try check(weights, input.shape, output.shape, workspace)
    try threshold.check(inputShape.channels)
    try checkLastIsProduct()
    let layout = output.layout
    let input = copy input
    output.withPlanes { planes in
      run(
        weights, input, threshold, .planes(TargetPlanes(start: planes, layout: layout)), workspace)
    }
  }

  /// Bits in, sums of a kind out.
  private func run<Sum: FixedWidthInteger>(
    _ weights: PackedBinaryWeights, _ input: BitMap<Encoding>,
    into sums: inout MutableSpan<Sum>, times: Int = 1, _ workspace: borrowing Workspace,
    _ sink: (UnsafeMutablePointer<Sum>) -> BinarySink
  ) throws(FrugalConvError) {
    try check(weights, input.shape, outputShape, workspace)
    try checkSums(sums.count, limit: Int(Sum.max), times: times)
    sums.withUnsafeMutableBufferPointer { sums in
      run(weights, .bits(input.storage.start), sink(sums.baseAddress!), workspace)
    }
    withExtendedLifetime(input) {}
  }

  /// Float maps in, sums of a kind out.
  private func run<Sum: FixedWidthInteger>(
    _ weights: PackedBinaryWeights, _ input: borrowing MapView, _ threshold: BitThreshold,
    into sums: inout MutableSpan<Sum>, _ workspace: borrowing Workspace,
    _ sink: (UnsafeMutablePointer<Sum>) -> BinarySink
  ) throws(FrugalConvError) {
    try check(weights, input.shape, outputShape, workspace)
    try threshold.check(inputShape.channels)
    try checkSums(sums.count, limit: Int(Sum.max), times: 1)
    let input = copy input
    sums.withUnsafeMutableBufferPointer { sums in
      run(weights, input, threshold, sink(sums.baseAddress!), workspace)
    }
  }

  private func check(
    _ weights: PackedBinaryWeights, _ input: MapShape, _ output: MapShape,
    _ workspace: borrowing Workspace
  ) throws(FrugalConvError) {
    guard weights.packing == packing else {
      throw .foreignWeights(expected: packing.bytes, found: weights.packing.bytes)
    }
    guard input == inputShape else { throw .shapeMismatch(expected: inputShape, found: input) }
    guard output == outputShape else { throw .shapeMismatch(expected: outputShape, found: output) }
    guard workspace.bytes >= workspaceBytes else {
      throw .workspaceTooSmall(needed: workspaceBytes, found: workspace.bytes)
    }
  }

  private func checkLastIsProduct() throws(FrugalConvError) {
    guard stages[stages.count - 1].product != nil else {
      throw .noBinaryForm(stage: stages.count - 1, reason: "pooled sums; pooled bits have one")
    }
  }

  private func checkSums(_ count: Int, limit: Int, times: Int) throws(FrugalConvError) {
    try checkLastIsProduct()
    guard count == outputShape.count else {
      throw .wrongLength(of: "sums", expected: outputShape.count, found: count)
    }
    let depth = stages[stages.count - 1].product!.depth
    let (largest, overflow) = UInt(depth).multipliedReportingOverflow(by: times.magnitude)
    guard !overflow, largest <= UInt(limit) else {
      throw .tooLarge(
        what: "a sum", value: overflow ? .max : Int(clamping: largest), limit: limit)
    }
  }
}

extension BinaryPlan {
  private func run(
    _ weights: PackedBinaryWeights, _ input: borrowing MapView, _ threshold: BitThreshold,
    _ sink: BinarySink, _ workspace: borrowing Workspace
  ) {
    let layout = input.layout
    input.withPlanes { planes in
      threshold.withPacking(
        planes, channelStride: layout.channelStride, channels: inputShape.channels,
        order: stages[0].product?.order
      ) { packing in
        run(weights, .planes(packing, imageStride: layout.imageStride), sink, workspace)
      }
    }
  }

  /// Runs stage after stage; maps between them are bits in the workspace.
  private func run(
    _ weights: PackedBinaryWeights, _ source: BinarySource, _ sink: BinarySink,
    _ workspace: borrowing Workspace
  ) {
    let memory = UnsafeMutableRawPointer(workspace.storage.start)
    let kernels = level.kernels!
    let packed = UnsafeRawPointer(weights.storage.start)
    func map(_ index: Int) -> UnsafeMutablePointer<UInt64> {
      (memory + self.workspace.offset(ofMap: index)).assumingMemoryBound(to: UInt64.self)
    }
    func run(_ job: Job, tasks: Int) { WorkerPool.shared.run(job, tasks: tasks, threads: threads) }

    var current: UnsafePointer<UInt64>
    switch source {
    case .bits(let bits): current = bits
    case .planes(let packing, let imageStride):
      let job = BitPackingJob(
        kernels: kernels, packing: packing, imageStride: imageStride, shape: inputShape,
        displacement: stages[0].product?.packedDisplacement, threads: threads, target: map(0),
        scratch: memory + self.workspace.offset(ofScratch: 0),
        scratchStride: self.workspace.scratch)
      run(.bitPacking(job), tasks: job.tasks)
      current = UnsafePointer(map(0))
    }
    for (index, stage) in stages.enumerated() {
      let isLast = index == stages.count - 1
      let sink = isLast ? sink : .bits(map(index + 1))
      switch stage {
      case .product(let product):
        var isPacked = false
        if index == 0, case .planes = source { isPacked = true }
        let job = BitProductJob(
          stage: product, kernels: kernels, weights: packed, part: packing.parts[index],
          source: current, isPacked: isPacked, sink: sink,
          scratch: memory + self.workspace.offset(ofScratch: 0),
          scratchStride: self.workspace.scratch)
        run(.bitProduct(job), tasks: product.tasks)
      case .pooling(let pooling):
        guard case .bits(let target) = sink else { return }
        let inversions = (packed + packing.parts[index].pooledInversions)
          .assumingMemoryBound(to: UInt64.self)
        let job = BitPoolingJob(
          stage: pooling, kernels: kernels, inversions: inversions, source: current,
          target: target)
        run(.bitPooling(job), tasks: job.tasks)
      }
      current = UnsafePointer(map(index + 1))
    }
    withExtendedLifetime(weights) {}
    withExtendedLifetime(workspace.storage) {}
  }
}
