import FrugalConv
import ReferenceKernels
import TestAllocator
import Testing

/// Inaccessible pages straight before or behind everything that a run of one-bit numbers touches:
/// bits, packed weights and workspace, which own their memory, by the allocator, in processes of
/// their own; float maps and sums as `BinaryExperiment` has them.
@Suite(
  .enabled(if: allocation_counter_works(), "a sanitizer has an allocator of its own"), .serialized)
struct BinaryGuardPageTests {
  @Test(arguments: [false, true]) func theAllocatorGuardsWhatAWorkspaceOwns(
    _ isBehind: Bool
  ) async {
    await #expect(processExitsWith: .success) { [isBehind = isBehind as Bool] in
      try Self.readWords(of: 10, from: 0, isBehind)
    }
    await #expect(processExitsWith: .failure) { [isBehind = isBehind as Bool] in
      try Self.readWords(of: 10, from: isBehind ? 1 : -1, isBehind)
    }
  }

  /// As many words as a bit map has, from one of them on.
  private static func readWords(of words: Int, from first: Int, _ isBehind: Bool) throws {
    #expect(guarded_allocations_start(isBehind))
    let memory = UnsafeMutableRawPointer.allocate(byteCount: 8 * words, alignment: 64)
    memory.initializeMemory(as: UInt64.self, repeating: 3, count: words)
    for word in first..<first + words {
      #expect(memory.load(fromByteOffset: 8 * word, as: UInt64.self) == 3)
    }
  }

  @Test func theAllocatorNeverLeavesMemoryUnguarded() async throws {
    let result = try #require(
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        #expect(guarded_allocations_start(false))
        // More than there are addresses for.
        _ = UnsafeMutableRawPointer.allocate(byteCount: 1 << 40, alignment: 64)
      })
    let words = String(decoding: result.standardErrorContent, as: UTF8.self)
    #expect(words.contains("guarded allocations: no addresses are left"))
  }

  @Test(arguments: [false, true]) func nothingBeyondTheEndsIsTouched(_ isBehind: Bool) async {
    await #expect(processExitsWith: .success) { [isBehind = isBehind as Bool] in
      #expect(guarded_allocations_start(isBehind))
      for level in Level.available {
        for (index, convolution) in try Self.convolutions().enumerated() {
          for extent in [1, Extent(1, 8), Extent(5, 3), 7] as [Extent] {
            let shape = MapShape(convolution.channels, extent, images: 2)
            for padding in [BitPadding.zero, .ones, .zeroBits] {
              let options = BinaryOptions(
                weights: [.signs, .units][(index + extent.width) % 2], padding: padding)
              try BinaryExperiment<Signs>(convolution, shape, options)
                .check(level, threads: 1...1)
              try BinaryExperiment<Units>(convolution, shape, options)
                .check(level, threads: 2...2)
              try BinaryExperiment<Signs>(convolution, shape, options)
                .checkPlanesAndLanes(level, threads: 2...2)
            }
          }
        }
      }
    }
  }

  /// Channels that are displaced where they become bits.
  @Test(arguments: [false, true]) func largeShiftsKeepToTheirMemory(_ isBehind: Bool) async {
    await #expect(processExitsWith: .success) { [isBehind = isBehind as Bool] in
      #expect(guarded_allocations_start(isBehind))
      for level in Level.available {
        for (kernel, padding) in [
          (BinaryKernel.tables, BitPadding.zeroBits), (.planes, .zero), (.lanes, .zero),
        ] {
          var displacements = [Displacement].evenlySpread(channels: 18)
          displacements[9] = Displacement(dy: 1, dx: -40)
          for extent in [Extent(32, 33), Extent(2, 1030)] {
            try BinaryExperiment<Signs>(
              .shift(displacements, 5), MapShape(18, extent), BinaryOptions(padding: padding)
            ).check(level, kernel, threads: 2...2)
          }
        }
      }
    }
  }

  /// Kernels that the planner would not choose there.
  @Test(arguments: [false, true]) func everyKernelKeepsToItsMemory(_ isBehind: Bool) async {
    await #expect(processExitsWith: .success) { [isBehind = isBehind as Bool] in
      #expect(guarded_allocations_start(isBehind))
      for level in Level.available {
        for (channels, filters, extent) in [
          (1, 1, 1), (64, 64, Extent(1, 8)), (65, 33, Extent(3, 3)), (127, 70, 2),
        ] as [(Int, Int, Extent)] {
          let convolution = try Convolution.pointwise(channels, filters)
          let shape = MapShape(channels, extent, images: 2)
          for kernel in [BinaryKernel.tables, .lanes, .words] {
            for weights in [BitValues.signs, .units] {
              let options = BinaryOptions(weights: weights)
              try BinaryExperiment<Units>(convolution, shape, options)
                .check(level, kernel, threads: 1...1)
              if kernel != .tables, weights == .units { continue }
              try BinaryExperiment<Signs>(convolution, shape, options)
                .check(level, kernel, threads: 1...1)
            }
          }
        }
      }
    }
  }

  @Test(arguments: [false, true]) func randomStacksKeepToTheirMemory(_ isBehind: Bool) async {
    await #expect(processExitsWith: .success) { [isBehind = isBehind as Bool] in
      #expect(guarded_allocations_start(isBehind))
      try tryRandomSeeds { seed in
        try Level.available.allSatisfy {
          try binaryStackHolds(seed, products: 1...4, extent: 1...9, $0)
        }
      }
    }
  }

  @Test(arguments: [false, true]) func conversionsKeepToTheirMemory(_ isBehind: Bool) async {
    await #expect(processExitsWith: .success) { [isBehind = isBehind as Bool] in
      #expect(guarded_allocations_start(isBehind))
      var generator = Generator(seed: 1)
      for level in Level.available {
        for channels in [1, 63, 64, 65, 130] {
          for extent in [1, Extent(1, 7), Extent(3, 3), Extent(4, 17)] as [Extent] {
            let shape = MapShape(channels, extent, images: 2)
            let numbers = generator.values(.integers, shape.count)
            let map = try FeatureMap(numbers, shape: shape)
            let bits = try BitMap<Signs>(map.view, .sign, level: level)
            let signs: [Float] = numbers.map { $0 >= 0 ? 1 : -1 }
            #expect(try bits.unpacked(level: level).array() == signs)
          }
        }
      }
    }
  }

  private static func convolutions() throws -> [Convolution] {
    var displacements = [Displacement].evenlySpread(channels: 70, dilation: 2)
    displacements[3] = Displacement(dy: 40, dx: -40)
    let interleaved = ChannelMix.groups(
      inputs: try .interleaved(channels: 36, groups: 3),
      outputs: try .interleaved(channels: 72, groups: 3))
    return try [
      .pointwise(64, 64), .pointwise(5, 33, stride: 2), .fullyConnected(130, 65),
      .window(65, 5, Window(3)), .window(4, 64, Window(3, stride: 2, padding: .sameTensorFlow)),
      .window(7, 33, Window(5, padding: .all(4))),
      .window(30, 3, Window(Extent(2, 3), dilation: 2)),
      .shift(displacements, 33), .shift(displacements, 64, stride: 2),
      .grouped(64, 64, groups: 2, Window(3)), .grouped(66, 33, groups: 3, Window(3, stride: 2)),
      Convolution(channels: 36, stages: [Stage(.none(), interleaved)]),
      Convolution(
        channels: 36, stages: [Stage(.shift(.evenlyGrouped(channels: 36)), interleaved)]),
      .window(20, 70, Window(3))
        .followed(by: .pooling(70, .maximum, Window(3, stride: 2)))
        .followed(by: .shift(displacements, 9))
        .followed(by: .pooling(9, .maximum, Window(2))),
    ]
  }
}
