/// Neighbouring stages that run together, a strip of rows through all of them while it is in cache,
/// or a block of channels where no stage but the first mixes them.
///
/// Between two stages stands a window of rows instead of a whole map. A slab of the last stage's
/// rows, or of a block of its channels, is one task; what its strips need of the earlier stages is
/// computed once and carried from strip to strip, and computed anew only where slabs meet.
struct Chain: Sendable {
  /// The rows between two stages: a few of each channel of the earlier one's output.
  struct Window: Sendable {
    /// Of the whole map, or of the largest block of its channels.
    let shape: MapShape
    /// Rows.
    let capacity: Int
    /// A strip reads rows that the strip before has read too.
    let carries: Bool
    /// Floats from the start of a worker's windows.
    let offset: Int

    var layout: MapLayout {
      // Displaced copies may read a few pixels before and behind the rows they need.
      MapLayout(imageStride: 0, channelStride: MapLayout.spread(capacity * shape.width + 16))
    }

    /// Floats before the first row it holds, room for a row among them.
    var margin: Int { WorkspaceLayout.aligned(shape.width) }
    /// Floats, a row before and behind among them.
    var count: Int { shape.channels * layout.channelStride + 2 * margin }
  }

  /// One stage over some rows of its output.
  struct Step: Sendable {
    /// Counted from the first of the chain.
    let stage: Int
    let rows: Range<Int>
    /// The first row that the window before the stage holds.
    var readOrigin = 0
    /// The first row that the window behind it holds.
    var writeOrigin = 0
    /// Rows that the window behind it keeps when it moves, and the origin it moves from.
    var kept = 0..<0
    var keptOrigin = 0
    /// Of the steps of the last stage, over all slabs.
    var strip = 0
  }

  /// Of the plan's stages.
  let stages: Range<Int>
  let windows: [Window]
  /// Channels that go through all stages together; nil: all that each stage has.
  let blocks: [Range<Int>?]
  /// Steps of a task; each slab and block is one.
  let slabs: [[Step]]

  /// Steps of the last stage over all slabs.
  var strips: Int { slabs.last?.last.map { $0.strip + 1 } ?? 0 }
  /// Strips share rows, so that cutting a map into slabs means computing some rows twice.
  var carries: Bool { windows.contains(where: \.carries) }
  /// Floats of windows for one worker.
  var windowFloats: Int { windows.last.map { $0.offset + WorkspaceLayout.aligned($0.count) } ?? 0 }
}

extension Chain {
  /// Cuts a chain into slabs and strips of at most `stripRows` rows of its last stage.
  init(
    _ stages: Range<Int>, _ reach: ChainReach, stripRows: Int, slabs: Int,
    blocks: [Range<Int>?] = [nil]
  ) throws(FrugalConvError) {
    let height = reach.maps[reach.maps.count - 1].height
    var cuts: [[[Range<Int>]]] = []
    for slab in 0..<slabs {
      var strips: [[Range<Int>]] = []
      let end = height * (slab + 1) / slabs
      var first = height * slab / slabs
      while first < end {
        let strip = first..<min(end, first + stripRows)
        strips.append(try reach.rows(for: strip))
        first = strip.upperBound
      }
      cuts.append(strips)
    }
    var windows: [Window] = []
    for stage in 0..<stages.count - 1 {
      let needs = cuts.map { strips in strips.map { $0[stage] } }
      let (most, carried) = Self.rowsHeld(needs)
      // Room for one strip, and for what it carries to move to where nothing of it stands: measured
      // on Zen 1, windows of two strips cost up to 5 % more.
      var shape = reach.maps[stage + 1]
      shape.channels = blocks.map { $0?.count ?? shape.channels }.max()!
      windows.append(
        Window(
          shape: shape, capacity: most + carried, carries: carried > 0,
          offset: windows.last.map { $0.offset + WorkspaceLayout.aligned($0.count) } ?? 0))
    }
    self.stages = stages
    self.windows = windows
    self.blocks = blocks
    var strips = 0
    self.slabs = cuts.map { Self.steps($0, windows, &strips) }
  }

  /// The most rows that a strip needs, and how many of them the strip before has needed too.
  private static func rowsHeld(_ slabs: [[Range<Int>]]) -> (most: Int, carried: Int) {
    var (most, carried) = (1, 0)
    for strips in slabs {
      var end = 0
      for rows in strips {
        most = max(most, rows.count)
        if end > 0 { carried = max(carried, end - rows.lowerBound) }
        end = rows.upperBound
      }
    }
    return (most, carried)
  }

  /// The steps of a slab: for each strip, what its rows need that is not there yet, first stage
  /// first.
  private static func steps(
    _ slab: [[Range<Int>]], _ windows: [Window], _ strips: inout Int
  ) -> [Step] {
    var steps: [Step] = []
    var origins = slab[0].map(\.lowerBound)
    var ends = origins
    for needed in slab {
      for (stage, rows) in needed.enumerated() {
        let first = max(ends[stage], rows.lowerBound)
        guard first < rows.upperBound else { continue }
        var step = Step(stage: stage, rows: first..<rows.upperBound)
        if stage > 0 { step.readOrigin = origins[stage - 1] }
        if stage == windows.count {
          step.strip = strips
          strips += 1
        } else {
          if rows.upperBound > origins[stage] + windows[stage].capacity {
            step.keptOrigin = origins[stage]
            step.kept = rows.lowerBound..<max(rows.lowerBound, ends[stage])
            origins[stage] = rows.lowerBound
          }
          step.writeOrigin = origins[stage]
        }
        ends[stage] = rows.upperBound
        steps.append(step)
      }
    }
    return steps
  }
}

/// Which rows of each stage's output a strip of the last one needs.
struct ChainReach {
  /// What each stage reads of the map before it.
  let steps: [SpatialStep]
  /// The map before the first stage, and the one behind each.
  let maps: [MapShape]

  /// One range per stage.
  func rows(for strip: Range<Int>) throws(FrugalConvError) -> [Range<Int>] {
    var rows = [Range<Int>](repeating: strip, count: steps.count)
    for stage in stride(from: steps.count - 1, to: 0, by: -1) {
      rows[stage - 1] = try steps[stage].rowsRead(for: rows[stage], of: maps[stage].extent)
    }
    return rows
  }
}
