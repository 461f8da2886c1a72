internal import CKernels

extension Plan {
  /// Computes the convolution: `output = convolution(input)`. Allocates nothing of ours.
  ///
  /// Throws, and writes nothing, when a shape, the weights or the workspace do not fit the plan.
  public func run(
    _ weights: PackedWeights, _ input: borrowing MapView, into output: inout MutableMapView,
    workspace: inout Workspace
  ) throws(FrugalConvError) {
    guard convolution.residual?.source != .map else { throw .residualMissing }
    try check(weights, input.shape, output.shape, input.layout, output.layout, workspace)
    input.withPlanes { source in
      let source = SourcePlanes(start: source, layout: input.layout)
      run(weights, source, residual: nil, into: &output, workspace)
    }
  }

  /// Computes a convolution whose residual is a map of its own.
  ///
  /// Throws, and writes nothing, when a shape, the weights or the workspace do not fit the plan,
  /// and when the convolution takes no such residual.
  public func run(
    _ weights: PackedWeights, _ input: borrowing MapView, residual: borrowing MapView,
    into output: inout MutableMapView, workspace: inout Workspace
  ) throws(FrugalConvError) {
    guard convolution.residual?.source == .map else { throw .residualNotExpected }
    try check(weights, input.shape, output.shape, input.layout, output.layout, workspace)
    guard residual.shape == outputShape else {
      throw .shapeMismatch(expected: outputShape, found: residual.shape)
    }
    input.withPlanes { source in
      residual.withPlanes { added in
        let source = SourcePlanes(start: source, layout: input.layout)
        let added = SourcePlanes(start: added, layout: residual.layout)
        run(weights, source, residual: added, into: &output, workspace)
      }
    }
  }

  /// Computes the convolution on maps in our own storage.
  public func run(
    _ weights: PackedWeights, _ input: FeatureMap, into output: inout FeatureMap,
    workspace: inout Workspace
  ) throws(FrugalConvError) {
    guard output.shape == outputShape else {
      throw .shapeMismatch(expected: outputShape, found: output.shape)
    }
    var view = output.mutableView
    try run(weights, input.view, into: &view, workspace: &workspace)
  }

  /// Computes a convolution whose residual is a map of its own, on maps in our own storage.
  public func run(
    _ weights: PackedWeights, _ input: FeatureMap, residual: FeatureMap,
    into output: inout FeatureMap, workspace: inout Workspace
  ) throws(FrugalConvError) {
    guard output.shape == outputShape else {
      throw .shapeMismatch(expected: outputShape, found: output.shape)
    }
    var view = output.mutableView
    try run(
      weights, input.view, residual: residual.view, into: &view, workspace: &workspace)
  }

  /// Computes the convolution into a new map.
  public func run(
    _ weights: PackedWeights, _ input: FeatureMap
  ) throws(FrugalConvError) -> FeatureMap {
    var output = try FeatureMap(outputShape)
    var workspace = makeWorkspace()
    try run(weights, input, into: &output, workspace: &workspace)
    return output
  }

  private func check(
    _ weights: PackedWeights, _ input: MapShape, _ output: MapShape, _ inputLayout: MapLayout,
    _ outputLayout: MapLayout, _ workspace: borrowing Workspace
  ) throws(FrugalConvError) {
    try check(weights)
    guard input == inputShape else { throw .shapeMismatch(expected: inputShape, found: input) }
    guard output == outputShape else { throw .shapeMismatch(expected: outputShape, found: output) }
    guard workspace.bytes >= workspaceBytes else {
      throw .workspaceTooSmall(needed: workspaceBytes, found: workspace.bytes)
    }
    // The maps in between stand in storage of ours, which planning has checked.
    guard let first = stages.first, let last = stages.last else { return }
    try first.matrix?.checkStrides(
      inputLayout, stages.count == 1 ? outputLayout : .spread(first.written))
    if stages.count > 1 { try last.matrix?.checkStrides(.spread(last.input), outputLayout) }
  }
}
