internal import CKernels

/// Bytes of the caches that the cost model reckons with: those of common processors, so that plans
/// are the same on all of them. What differs elsewhere, measuring sees.
enum CacheSize {
  static let first = 32.0 * 1024
  static let second = 512.0 * 1024
  /// A core's share. Of 1 to 16 MiB this fits times on Zen 3 best (32 MiB for all cores).
  static let third = 2.0 * 1024 * 1024

  /// The share of data that is no longer in a cache after so many bytes have passed through it.
  static func missed(_ cache: Double, after bytes: Double) -> Double {
    bytes <= cache ? 0 : 1 - cache / bytes
  }
}

extension Workload {
  /// A matrix stage over one image.
  ///
  /// `parts` are those of the outputs that OpenBLAS multiplies one after another.
  mutating func add(
    _ stage: MatrixStage, _ pieces: [RowPiece], parts: Int, _ epilogue: EpilogueNeeds
  ) {
    for piece in pieces {
      var once = Workload()
      once.add(stage, rows: piece.rows, parts: parts, epilogue)
      add(once, times: Double(piece.count))
    }
    // The weights of gated planes, scaled once for each image.
    if stage.weightsPerImage > 0 {
      self[.scaledFloats] += Double(stage.outputs.channels) * Double(stage.rows)
    }
  }

  /// Some rows of it.
  private mutating func add(
    _ stage: MatrixStage, rows: Int, parts: Int, _ epilogue: EpilogueNeeds
  ) {
    let (width, groups) = (stage.output.width, Double(stage.outputs.count))
    let columns = rows * width
    let blocks = (stage.rows + stage.blockRows - 1) / stage.blockRows
    // All images of a fully connected layer are one task, and a share of it is this image's.
    self[.tasks] += Double(parts) / Double(stage.imagesTogether)

    // A part, and a tile in front of the sink, each have the right-hand rows produced anew.
    let turns = stage.turns(parts: parts)
    for (outputs, times) in turns {
      var turn = Workload()
      turn.addProduced(stage, rows: rows)
      turn[.kernelCalls] += Double(blocks)
      switch stage.engine {
      case .fused:
        if stage.format != .float32 {
          turn.addSums(outputs: outputs, columns: columns, stage)
        } else if case .bordered = stage.source {
          turn.addPieces(outputs: outputs, depth: stage.rows, count: rows * ((width + 7) / 8))
        } else {
          turn.addFused(outputs: outputs, depth: stage.rows, blocks: blocks, columns: columns)
        }
      case .openBLAS:
        turn.addSgemm(outputs: outputs, depth: stage.rows, blocks: blocks, columns: columns, stage)
      }
      add(turn, times: groups * Double(times))
    }

    let floats = Double(stage.outputs.channels * columns)
    let finishesInRegisters =
      stage.engine == .fused && stage.sink != .tile && epilogue.fitsRegisters
    if !finishesInRegisters {
      add(epilogue, floats: floats, channels: stage.outputs.channels)
      self[.kernelCalls] += groups * Double(turns.reduce(0) { $0 + $1.times })
    } else if epilogue.addsResidual {
      self[.residualFloats] += floats
    }
    if stage.sink == .displaced {
      addCopies(
        planes: stage.outputs.channels, rows: rows,
        floats: floats * Double(stage.written.planeSize) / Double(stage.output.planeSize),
        strided: stage.sinkStride != 1)
      self[.kernelCalls] += Double(stage.outputs.channels)
    }
  }

  /// The rows that a stage's spatial step produces for one group.
  private mutating func addProduced(_ stage: MatrixStage, rows: Int) {
    let width = stage.output.width
    switch stage.source {
    case .planes: break
    case .displaced(_, let stride):
      addCopies(
        planes: stage.rows, rows: rows, floats: Double(stage.rows) * Double(rows * width),
        strided: stride != 1 || width != stage.input.width)
      self[.kernelCalls] += 1
    case .bordered(let block):
      let blockRows = Double(block.channels * (rows + block.moreRows))
      self[.borderedFloats] += blockRows * Double(block.pitch)
      self[.borderedRows] += blockRows
      self[.kernelCalls] += 1
    case .taps(let taps):
      add(taps, channels: stage.rows, rows: rows, width: width)
      self[.kernelCalls] += stage.inputs.stride == 1 ? 1 : Double(stage.rows)
    }
  }

  /// A product of packed weights, its product rows in so many ranges.
  mutating func addFused(outputs: Int, depth: Int, blocks: Int, columns: Int) {
    let (lanes, depthOfAll) = (8, Double(depth))
    let (wide, rest) = columns.quotientAndRemainder(dividingBy: 2 * lanes)
    let (single, narrow) = (rest / lanes, rest % lanes)
    for (rows, panels) in Panels.of(outputs) {
      let panels = Double(panels)
      for (vectors, tiles) in [(2, Double(wide)), (1, Double(single))] where tiles > 0 {
        let floats = panels * tiles * Double(rows * vectors * lanes)
        self[.tileMultiplyAdds] += floats * depthOfAll
        self[.tileOperands] += panels * tiles * Double(rows + vectors) * depthOfAll
        self[.tiles] += panels * tiles * Double(blocks)
        self[.tileFloats] += floats * Double(2 * blocks - 1)
      }
      if narrow > 0 {
        self[.narrowMultiplyAdds] += panels * Double(narrow * lanes) * depthOfAll
        self[.tileOperands] += panels * Double(narrow + 1) * depthOfAll
        self[.tiles] += panels * Double(blocks)
        self[.narrowFloats] += panels * Double(rows * narrow * (2 * blocks - 1))
      }
    }
    // Each tile of columns goes through all weights of a range, then the next one does.
    let tiles = Double(wide + single + (narrow > 0 ? 1 : 0))
    let block = depthOfAll / Double(blocks)
    let (weightBytes, rightBytes) = (4 * Double(outputs) * block, 4 * 16 * block)
    let weights = tiles * Double(outputs) * depthOfAll
    self[.weightsBeyondFirst] +=
      weights * CacheSize.missed(CacheSize.first, after: weightBytes + rightBytes)
    self[.weightsBeyondSecond] +=
      weights * CacheSize.missed(CacheSize.second, after: weightBytes + rightBytes)
    let panels = Double(Panels.of(outputs).reduce(0) { $0 + $1.count })
    self[.rightBeyondFirst] +=
      panels * Double(columns) * depthOfAll * CacheSize.missed(CacheSize.first, after: rightBytes)
  }

  /// A product of weights that are signs: a share of the work of one of float weights.
  private mutating func addSums(outputs: Int, columns: Int, _ stage: MatrixStage) {
    var product = Workload()
    product.addFused(outputs: outputs, depth: stage.rows, blocks: 1, columns: columns)
    // For each row and column, in multiply-adds: a quarter or half of one an output to add table
    // rows, eight to make tables; a tenth of one an output goes on storing sums. Within a quarter of
    // times on Zen 3, 64 to 512 channels, 1×1 and 3×3.
    let additions = stage.format == .ternary ? 0.6 : 0.3
    add(product, times: additions + 0.1 + 8 / Double(outputs))
  }

  /// A product over rows that overlap in a block with borders, of so many pieces of eight pixels.
  private mutating func addPieces(outputs: Int, depth: Int, count: Int) {
    let most = frugal_tile_pieces(outputs)
    let (whole, rest) = count.quotientAndRemainder(dividingBy: most)
    for (rows, panels) in Panels.of(outputs) {
      for (vectors, tiles) in [(most, whole), (rest, 1)] where tiles > 0 && vectors > 0 {
        let tiles = Double(panels * tiles)
        self[.pieceMultiplyAdds] += tiles * Double(rows * vectors * 8 * depth)
        self[.pieceOperands] += tiles * Double((rows + vectors) * depth)
        self[.pieceTiles] += tiles
      }
    }
  }

  /// A product by OpenBLAS, in tiles of 4 by 8 as its kernels for x86-64 have.
  private mutating func addSgemm(
    outputs: Int, depth: Int, blocks: Int, columns: Int, _ stage: MatrixStage
  ) {
    func filled(_ count: Int, _ tile: Int) -> Double { Double((count + tile - 1) / tile * tile) }
    let depth = Double(depth)
    if stage.isFullyConnected, stage.output.images == 1 {
      self[.sgemvMultiplyAdds] += Double(outputs) * depth
      return
    }
    let images = stage.imagesTogether
    let share = 1 / Double(images)
    self[.sgemmMultiplyAdds] += share * filled(outputs, 4) * filled(columns * images, 8) * depth
    self[.sgemmWeights] += share * filled(outputs, 4) * depth
    self[.sgemmRight] += share * filled(columns * images, 8) * depth
    self[.sgemmFloats] += Double(blocks) * Double(outputs * columns)
    self[.sgemmCalls] += share * Double(blocks)
  }
}

/// The panels in which packed weights stand.
private enum Panels {
  /// How many panels there are of so many outputs.
  static func of(_ outputs: Int) -> [(rows: Int, count: Int)] {
    let sixes = max(0, (outputs - 12) / 6)
    var panels = [6: sixes]
    var left = outputs - 6 * sixes
    while left > 0 {
      let rows = frugal_panel_rows(left)
      panels[rows, default: 0] += 1
      left -= rows
    }
    return panels.filter { $0.value > 0 }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }
}

extension MatrixStage {
  /// Images that OpenBLAS multiplies together, as the rows of one matrix.
  fileprivate var imagesTogether: Int {
    isFullyConnected && engine == .openBLAS ? output.images : 1
  }

  /// How many outputs of a group are multiplied together, and how many times.
  fileprivate func turns(parts: Int) -> [(outputs: Int, times: Int)] {
    var turns: [Int: Int] = [:]
    for part in 0..<(outputs.count == 1 ? parts : 1) {
      let members =
        outputs.count == 1 ? members(ofPart: part, of: parts) : 0..<outputs.size
      var first = members.lowerBound
      while first < members.upperBound {
        let next = sink == .planes ? members.upperBound : tileEnd(first, of: members.upperBound)
        turns[next - first, default: 0] += 1
        first = next
      }
    }
    return turns.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }
}
