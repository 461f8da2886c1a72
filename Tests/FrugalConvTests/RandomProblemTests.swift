import FrugalConv
import ReferenceKernels
import Testing

@Suite struct RandomProblemTests {
  @Test func randomProblemsForTwoSeconds() throws {
    try tryRandomSeeds { try holds($0) }
  }

  /// The same problems every time.
  @Test(arguments: 0..<200 as Range<UInt64>) func knownProblems(_ seed: UInt64) throws {
    _ = try holds(seed)
  }

  /// One problem, one choice of options.
  private func holds(_ seed: UInt64) throws -> Bool {
    var generator = Generator(seed: seed)
    let (convolution, shape) = try generator.problem()
    let kind = generator.pick([DataKind.integers, .reals])
    let experiment = try Experiment(convolution, shape, kind, seed: seed)
    if kind == .integers {
      try #require(experiment.expected.largestMagnitude < 0x1p20, "seed \(seed)")
    }
    let options = PlanOptions(
      threads: generator.integer(1...3), level: generator.pick(Level.available),
      executor: generator.pick(Executor.allCases), shiftForm: generator.pick(ShiftForm.allCases),
      traversal: generator.pick(Traversal.allCases))
    let plan = try convolution.plan(for: shape, options)
    let result = try experiment.result(
      plan, generator.pick(Arrangement.allCases), generator.pick(Arrangement.allCases))
    let difference = experiment.firstDifference(result)
    #expect(difference == nil, "seed \(seed), \(shape): \(convolution)\n\(plan)")
    return difference == nil
  }
}
