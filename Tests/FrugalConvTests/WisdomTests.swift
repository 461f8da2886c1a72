import Foundation
import ReferenceKernels
import Testing

@testable import FrugalConv

/// Plans that were measured, and what is remembered of them.
@Suite struct WisdomTests {
  private let shape = MapShape(channels: 8, height: 12, width: 12)
  private func block() throws -> Convolution { try .mobileNetV2Block(8, 8, expansion: 2) }

  /// Wisdom that says a candidate is fastest.
  private func wisdom(
    _ convolution: Convolution, _ candidate: Candidate, time: Double = 1e5,
    _ options: PlanOptions = PlanOptions()
  ) throws -> Wisdom {
    var wisdom = Wisdom()
    let plan = try convolution.plan(for: shape, options)
    wisdom[WisdomKey(plan, options)] = Wisdom.Entry(
      candidate: candidate.description, time: time)
    return wisdom
  }

  // MARK: Measuring

  @Test(arguments: [1, 2]) func measuredPlansAreCandidatesAndComputeTheSame(_ threads: Int) throws {
    let options = PlanOptions(threads: threads)
    for convolution in try [
      block(), .convShiftConv(8, 8, expansion: 2), .dsBlock(8, 8, expansion: 2),
      Convolution(
        channels: 8, stages: [Stage(.none(), .dense(8, 8))], residual: Residual(.map)),
      Convolution(
        channels: 8, stages: [Stage(.none(), .dense(8, 8))], residual: Residual(.output)),
    ] {
      var wisdom = Wisdom()
      let plan = try convolution.plan(for: shape, options, measuring: &wisdom)
      let candidates = try convolution.candidates(for: shape, options)
      #expect(candidates.map(\.candidate).contains(plan.candidate))
      #expect(plan.threads == threads)
      let experiment = try Experiment(convolution, shape)
      #expect(try experiment.firstDifference(experiment.result(plan)) == nil)

      guard case .measured(let time, let predictedBest, let gain) = plan.choice else {
        Issue.record("not measured: \(plan)")
        continue
      }
      #expect(time > 0 && time.isFinite)
      #expect(predictedBest == candidates[0].candidate)
      #expect(plan.candidate == predictedBest ? gain == 1 : gain > 1.05)
      #expect(plan.measuredShareOfPeak == Double(plan.costs.multiplyAdds) / time)
      #expect(plan.description.contains("measured on one thread: "))
      #expect(wisdom.count == 1)
    }
  }

  @Test func whatIsKnownIsNotMeasuredAgainOnAnyNumberOfThreads() throws {
    var wisdom = Wisdom()
    let first = try block().plan(for: shape, PlanOptions(threads: 1), measuring: &wisdom)
    let known = wisdom
    for threads in 1...3 {
      let options = PlanOptions(threads: threads)
      let plan = try block().plan(for: shape, options, measuring: &wisdom)
      #expect(plan.choice == first.choice?.measuredTime.map { .known(time: $0) })
      #expect(plan.candidate == first.candidate && plan.threads == threads)
      #expect(plan.description.contains("known from wisdom"))
      #expect(plan.description.contains("measured on one thread: "))
      #expect(try block().plan(for: shape, options, knowing: known).choice == plan.choice)
    }
    #expect(wisdom == known)
  }

  @Test func whereThereIsNothingToChooseNothingIsMeasured() throws {
    var wisdom = Wisdom()
    let depthwise = try Convolution.depthwise(8, Window(3))
    #expect(try depthwise.plan(for: shape, measuring: &wisdom).choice == .only)
    #expect(wisdom == Wisdom())
  }

  // MARK: Knowing

  @Test func everyCandidateThatIsKnownIsTaken() throws {
    for plan in try block().candidates(for: shape) {
      let wisdom = try wisdom(block(), plan.candidate)
      let chosen = try block().plan(for: shape, knowing: wisdom)
      #expect(chosen.candidate == plan.candidate)
      #expect(chosen.choice == .known(time: 1e5))
    }
  }

  @Test func wisdomHoldsForItsProblemAlone() throws {
    let candidate = try block().candidates(for: shape).last!.candidate
    let wisdom = try wisdom(block(), candidate)
    func isKnown(
      _ convolution: Convolution, _ shape: MapShape, _ options: PlanOptions = PlanOptions()
    ) throws -> Bool {
      let choice = try convolution.plan(for: shape, options, knowing: wisdom).choice
      return if case .known = choice { true } else { false }
    }
    #expect(try isKnown(block(), shape))
    #expect(try isKnown(block(), shape, PlanOptions(flushesDenormals: true)))
    #expect(try !isKnown(block(), MapShape(channels: 8, height: 12, width: 11)))
    #expect(try !isKnown(block(), shape, PlanOptions(executor: candidate.executor)))
    #expect(try !isKnown(.mobileNetV2Block(8, 8, expansion: 3), shape))
    #expect(try !isKnown(.mobileNetV2Block(8, 8, expansion: 2, Window(5)), shape))
    #expect(try !isKnown(.mobileNetV2Block(8, 8, expansion: 2, bias: false), shape))
    for level in Level.available where try level != .fromEnvironment() {
      #expect(try !isKnown(block(), shape, PlanOptions(level: level)))
    }
  }

  @Test func keysTellDisplacementsApart() throws {
    func key(_ displacements: [Displacement]) throws -> WisdomKey {
      let convolution = try Convolution.shift(displacements, 8)
      let shape = MapShape(channels: displacements.count, height: 9, width: 9)
      return WisdomKey(try convolution.plan(for: shape), PlanOptions())
    }
    let spread = [Displacement].evenlySpread(channels: 9)
    var other = spread
    #expect(try key(spread) == key(spread))
    other.swapAt(0, 1)
    #expect(try key(spread) != key(other))
    other = spread
    other[8].dx = Int.min
    #expect(try key(spread) != key(other))
  }

  @Test func anotherMachineIsIgnoredButKept() throws {
    let candidate = try block().candidates(for: shape).last!.candidate
    var wisdom = try wisdom(block(), candidate)
    let here = wisdom.entries.keys.first!
    wisdom.entries["Another processor" + here.drop { $0 != ";" }] = wisdom.entries[here]
    wisdom.entries[here] = nil
    guard case .predicted = try block().plan(for: shape, knowing: wisdom).choice else {
      Issue.record("wisdom of another processor was believed")
      return
    }
    _ = try block().plan(for: shape, measuring: &wisdom)
    #expect(wisdom.entries.count == 2 && wisdom.count == 2)
  }

  @Test func aCandidateThatDoesNotExistIsIgnored() throws {
    let impossible = Candidate(
      executor: .fused, shiftForm: .displacedWrite, traversal: .stripByStrip)
    var wisdom = try wisdom(block(), impossible)
    guard case .predicted = try block().plan(for: shape, knowing: wisdom).choice else {
      Issue.record("an impossible candidate was taken")
      return
    }
    let plan = try block().plan(for: shape, measuring: &wisdom)
    #expect(wisdom.entries.values.first?.values.first?.candidate == plan.candidate.description)
  }
}
