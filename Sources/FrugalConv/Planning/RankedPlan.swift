/// A plan that is one of several candidates for the same work.
protocol RankedPlan {
  associatedtype Candidate: PlanCandidate
  var candidate: Candidate { get }
  var level: Level { get }
  var predictedTime: Double { get }

  /// This plan, ready to run, with what speaks for it.
  func chosen(_ choice: PlanChoice<Candidate>) -> Self

  /// The same candidate for one thread, with weights and maps to run it on.
  func trial() throws(FrugalConvError) -> any PlanTrial
}

/// A plan that can be timed.
protocol PlanTrial {
  func run() throws(FrugalConvError)
}

extension Array where Element: RankedPlan {
  /// The first of ranked plans, ready to run.
  var predictedBest: Element {
    guard count > 1 else { return self[0].chosen(.only) }
    return self[0].chosen(
      .predicted(next: self[1].candidate, nextTime: self[1].predictedTime))
  }
}

extension Wisdom {
  /// The plan among some that is known to be fastest, ready to run.
  func choice<Plan: RankedPlan>(of plans: [Plan], _ key: WisdomKey) -> Plan? {
    guard let entry = self[key],
      let known = plans.first(where: { $0.candidate.description == entry.candidate })
    else { return nil }
    return known.chosen(.known(time: entry.time))
  }
}
