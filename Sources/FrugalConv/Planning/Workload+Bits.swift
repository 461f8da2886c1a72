internal import CKernels

extension Workload {
  /// The work of all stages of one-bit numbers, from float maps on.
  init(_ input: MapShape, _ stages: [BinaryStage]) {
    let floats = Double(input.count)
    self[.packedFloats] = floats
    self[.packedBeyondSecond] = floats * CacheSize.missed(CacheSize.second, after: 4 * floats)
    self[.bitPasses] = Double(1 + stages.count)
    for (index, stage) in stages.enumerated() {
      switch stage {
      case .product(let product): add(product, isPacked: index == 0)
      case .pooling(let pooling):
        let words = Double(pooling.output.pixels * pooling.output.wordsPerPixel)
        self[.pooledWords] += words * Double(pooling.window.kernel.area)
        self[.bitTasks] += Double(pooling.output.images * pooling.tasksPerImage)
      }
    }
  }

  /// A product; `isPacked` when the source's bits were packed for it.
  private mutating func add(_ product: BinaryProduct, isPacked: Bool) {
    let outputs = Double(product.output.pixels)
    let groups = Double(product.groups.count)
    let filters = Double(product.outputs.size)
    self[.bitTasks] += Double(product.tasks)
    self[.movedBits] += outputs * Double(product.outputMoves.count)
    if product.kernel == .words {
      let words = product.orderedWords
      self[.countedVectors] += outputs * filters * Double(words / 4)
      self[.countedWords] += outputs * filters * Double(words % 4)
      self[.countedSums] += outputs * filters
      return
    }
    // The block is made for every part of the filters.
    let made = Double(product.output.images * product.strips * product.parts)
    let inputPixels = made * Double(product.inputRows(product.stripRows) * product.input.width)
    if !isPacked { self[.movedBits] += inputPixels * Double(product.moves.count) }
    if isPacked, let packed = product.packedDisplacement {
      let vectors = Double(product.input.pixels * product.orderedWords) / 4
      self[.joinedVectors] += vectors * Double(packed.across.places.count)
    } else if let displacement = product.displacement {
      let pixels = made * Double(product.stripRows * product.output.width)
      let vectors = pixels * Double(product.orderedWords) / 4
      self[.joinedVectors] +=
        vectors * Double(displacement.places.count) + inputPixels * Double(product.orderedWords) / 4
    }
    if let planes = product.planes { return add(product, planes) }
    if product.kernel == .lanes { return addLanes(product, made: made) }
    let steps = Double(product.groups[0].steps)
    let block = product.block.rows(product.stripRows) * product.block.pitch(1)
    self[.expandedPixels] += made * groups * Double(block)
    self[.expandedNibbles] += made * groups * Double(block * product.groups[0].nibbles)

    let tiles = addFilters(product, bytes: groups * Double(product.wholeFilters) * steps)
    self[.lookUps] += tiles * steps
    self[.widenedTiles] += tiles * (steps / Double(product.tables.mostSteps)).rounded(.up)
  }

  /// The kernel of lanes; blocks are made so often.
  private mutating func addLanes(_ product: BinaryProduct, made: Double) {
    if !product.readsInPlace {
      let pixels = product.block.rows(product.stripRows) * product.block.pitch(1)
      self[.joinedVectors] += made * Double(pixels * product.orderedWords) / 4
    }
    let steps = Double(product.groups[0].laneSteps)
    let filters = Double(product.groups.count * product.wholeFilters)
    let tiles = addFilters(product, bytes: 4 * filters * steps)
    self[.countedLanes] += tiles * steps
    self[.laneTiles] += tiles
  }

  /// What kernels whose counts have 16 bits do alike, with so many bytes of weights; returns tiles of
  /// four pixels and 32 filters.
  private mutating func addFilters(_ product: BinaryProduct, bytes weights: Double) -> Double {
    let vectors = Double(product.groups.count * product.wholeFilters / 32)
    self[.finishedVectors] += Double(product.output.pixels) * vectors
    // A block of pixels goes through all weights once.
    let stripPixels = product.stripRows * product.output.width
    let strips = Double(product.output.images * product.strips)
    let blocks = strips * Double((stripPixels + 47) / 48)
    self[.weightBytesBeyondFirst] +=
      blocks * weights * CacheSize.missed(CacheSize.first, after: weights)
    self[.weightBytesBeyondSecond] +=
      blocks * weights * CacheSize.missed(CacheSize.second, after: weights)
    return strips * Double((stripPixels + 3) / 4) * vectors
  }

  /// The kernel of planes.
  private mutating func add(_ product: BinaryProduct, _ planes: NibblePlanes) {
    let strips = Double(product.output.images * product.strips)
    let rows = Double(product.block.rows(product.stripRows))
    let vectors = Double((planes.pitch + 31) / 32)
    self[.splitVectors] += strips * rows * vectors * Double(planes.count)
    // Four filters at a time.
    let filters = Double(product.groups.count * ((product.outputs.size + 3) / 4) * 4)
    let sums = strips * Double((product.stripRows * planes.pitch + 31) / 32) * filters
    self[.planeLookUps] += sums * Double(planes.steps + (planes.kinds == nil ? 0 : 1))
    // Sums of bytes are added up.
    let mostSteps = SignedNibbleTables.mostSteps(planes.tables.step)
    let runs = (planes.steps + mostSteps - 1) / mostSteps
    self[.finishedPlanes] += sums * Double(runs)
    self[.joinedBytes] += Double(product.output.pixels * planes.bytePlanes)
  }
}
