/// Why the planner chose what it chose.
public enum PlanChoice<Candidate: PlanCandidate>: Hashable, Sendable {
  /// The shape and the options leave no other way.
  case only
  /// The cost model predicts it to be fastest; the next best comes after it.
  case predicted(next: Candidate, nextTime: Double)
  /// It was measured, side by side with others. The time is in multiply-adds at the peak; `gain` is
  /// the time of the predicted best divided by its own, 1 when no other was clearly faster.
  case measured(time: Double, predictedBest: Candidate, gain: Double)
  /// Wisdom knew it; the time is what was measured then.
  case known(time: Double)

  /// The time that was measured, in multiply-adds at the peak of one core.
  public var measuredTime: Double? {
    switch self {
    case .only, .predicted: nil
    case .measured(let time, _, _), .known(let time): time
    }
  }
}

extension Plan {
  /// The share of the peak of one core that a run is predicted to reach, on one thread.
  public var predictedShareOfPeak: Double { Double(costs.multiplyAdds) / predictedTime }

  /// The share of the peak that was measured when the plan, or the wisdom behind it, was made.
  public var measuredShareOfPeak: Double? {
    choice?.measuredTime.map { Double(costs.multiplyAdds) / $0 }
  }

  /// The predicted time of a run on one thread, by the peak of this machine: measured when a process
  /// first asks, which takes about two milliseconds.
  public var predictedMicroseconds: Double { predictedTime / level.peakMultiplyAddsPerMicrosecond }

  /// How much of each kind of work a run does: what `predictedTime` is a sum over.
  public var workload: Workload { Workload(convolution, stages, passes) }
}
