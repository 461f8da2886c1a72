import FrugalConv
import ReferenceKernels
import TestAllocator
import Testing

#if DEBUG
  private let isOptimised = false
#else
  private let isOptimised = true
#endif

/// A run allocates nothing: counted over all threads, in processes of their own, where no other test
/// allocates at the same time.
///
/// Only optimised builds are held to it: unoptimised Swift allocates for loops and closures.
@Suite(
  .enabled(if: allocation_counter_works(), "a sanitizer has an allocator of its own"),
  .enabled(if: isOptimised, "unoptimised Swift allocates for itself"))
struct AllocationTests {
  @Test func aRunAllocatesNothing() async {
    await #expect(processExitsWith: .success) {
      let shape = MapShape(channels: 12, height: 30, width: 30)
      for (name, convolution) in try Self.convolutions() {
        for executor in [Executor.fused, .openBLAS] {
          for threads in [1, 2] {
            let plan = try convolution.plan(
              for: shape, PlanOptions(threads: threads, executor: executor))
            let count = try Self.allocations(of: plan)
            #expect(count == 0, "\(name), \(executor.rawValue), \(threads) thread(s)")
          }
        }
      }
    }
  }

  @Test func aRunInOneBitAllocatesNothing() async {
    await #expect(processExitsWith: .success) {
      let shape = MapShape(channels: 12, height: 30, width: 30)
      let groups = try ChannelGroups.interleaved(channels: 12, groups: 3)
      let convolution = try Convolution.window(12, 12, Window(3))
        .followed(by: .pooling(12, .maximum, Window(2, stride: 2)))
        .followed(by: .shift(.evenlySpread(channels: 12), 12))
        .followed(
          by: Convolution(
            channels: 12, stages: [Stage(.none(), .groups(inputs: groups, outputs: groups))]))
      for threads in [1, 2] {
        let plan = try convolution.binaryPlan(
          for: shape, encoding: Signs.self, BinaryOptions(threads: threads))
        let counts = [12 * 12 * 9, 0, 144, 48]
        let weights = try plan.pack(
          counts.map { BinaryParameters(weights: [Float](repeating: 1, count: $0)) })
        let input = try FeatureMap(shape)
        var output = try BitMap<Signs>(plan.outputShape)
        var workspace = plan.makeWorkspace()
        let count = try Self.allocations {
          try plan.run(weights, input.view, .sign, into: &output, workspace: &workspace)
        }
        #expect(count == 0, "\(threads) thread(s)")
      }
    }
  }

  @Test func anAllocationIsCounted() async {
    await #expect(processExitsWith: .success) {
      allocation_counter_start()
      let block = UnsafeMutablePointer<Float>.allocate(capacity: 100)
      block.initialize(to: 1)
      let direct = allocation_counter_stop()
      #expect(direct >= 1)
      block.deallocate()

      // The run that makes its own output and workspace does allocate.
      let plan = try Convolution.pointwise(4, 4).plan(
        for: MapShape(channels: 4, height: 4, width: 4), PlanOptions(threads: 1))
      var generator = Generator(seed: 1)
      let weights = try plan.pack(generator.parameters(for: plan.convolution, .reals))
      let input = try FeatureMap(plan.inputShape)
      allocation_counter_start()
      _ = try plan.run(weights, input)
      let ofTheConvenience = allocation_counter_stop()
      #expect(ofTheConvenience >= 2)
    }
  }

  private static func convolutions() throws -> [(String, Convolution)] {
    try [
      ("pointwise", .pointwise(12, 20, activation: .swish())),
      ("shift", .shift(.evenlySpread(channels: 12), 12)),
      ("shift, stride 2", .shift(.evenlySpread(channels: 12), 12, stride: 2)),
      ("conv-shift-conv", .convShiftConv(12, 12, expansion: 2)),
      ("active shift", .activeShift(.init(repeating: .init(dy: 0.5, dx: -0.5), count: 12), 12)),
      ("depthwise", .depthwise(12, Window(3), activation: .relu6)),
      ("separable", .depthwiseSeparable(12, 12)),
      ("dense 3x3", .window(12, 12, Window(3))),
      ("DS block", .dsBlock(12, 12, expansion: 2, reduction: 4)),
      ("IGCV1", .igcv1(primaries: 3, size: 4)),
      ("pooling", .pooling(12, .maximum, Window(3, stride: 2))),
      ("global average", .globalAverage(12)),
    ]
  }

  private static func allocations(of plan: Plan) throws -> Int {
    var generator = Generator(seed: 1)
    let weights = try plan.pack(generator.parameters(for: plan.convolution, .reals))
    let input = try FeatureMap(
      generator.values(.reals, plan.inputShape.count), shape: plan.inputShape)
    var output = try FeatureMap(plan.outputShape)
    var workspace = plan.makeWorkspace()
    return try allocations { try plan.run(weights, input, into: &output, workspace: &workspace) }
  }

  /// Allocations of 20 runs, after one that may start workers.
  ///
  /// The fewest of five times: on a loaded machine, another thread (of the test runner, a worker that
  /// starts late) may allocate meanwhile. What a run allocates is there every time.
  private static func allocations(_ run: () throws -> Void) throws -> Int {
    try run()
    var fewest = Int.max
    for _ in 0..<5 {
      allocation_counter_start()
      for _ in 0..<20 { try run() }
      fewest = min(fewest, allocation_counter_stop())
    }
    return fewest
  }
}
