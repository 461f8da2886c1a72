extension Convolution {
  /// Chooses kernels, strips and scratch for an input.
  ///
  /// Of all that the options allow it takes what the cost model predicts to be fastest: nothing is
  /// measured. `Plan.description` says what was chosen and why.
  ///
  /// Throws when the shape does not fit the convolution or overflows, when the level is not
  /// available, and when a matrix is beyond what OpenBLAS can index.
  public func plan(
    for input: MapShape, _ options: PlanOptions = PlanOptions()
  ) throws(FrugalConvError) -> Plan {
    try rankedPlans(for: input, options).predictedBest
  }

  /// The same, but a choice that was measured earlier, and that the options allow, is taken over.
  ///
  /// Nothing is measured; what the wisdom does not know is chosen by prediction.
  public func plan(
    for input: MapShape, _ options: PlanOptions = PlanOptions(), knowing wisdom: Wisdom
  ) throws(FrugalConvError) -> Plan {
    let plans = try rankedPlans(for: input, options)
    return wisdom.choice(of: plans, WisdomKey(plans[0], options)) ?? plans.predictedBest
  }

  /// The same, but what the wisdom does not know is measured and added to it.
  ///
  /// The best few candidates by prediction are timed in turns, on one thread, on maps and weights
  /// made for it: some tenths of a second at most for the layers of a network. Another than the
  /// predicted best is taken only when it is clearly faster, by 5 % in the median of the rounds.
  /// Where there is nothing to choose, nothing is measured.
  public func plan(
    for input: MapShape, _ options: PlanOptions = PlanOptions(), measuring wisdom: inout Wisdom
  ) throws(FrugalConvError) -> Plan {
    let plans = try rankedPlans(for: input, options)
    guard plans.count > 1 else { return plans.predictedBest }
    if let known = wisdom.choice(of: plans, WisdomKey(plans[0], options)) { return known }
    let (best, choice) = try PlanMeasurement.best(of: plans)
    if let time = choice.measuredTime {
      wisdom[WisdomKey(plans[best], options)] = Wisdom.Entry(
        candidate: plans[best].candidate.description, time: time)
    }
    return plans[best].chosen(choice)
  }
}

extension Plan: RankedPlan {
  func chosen(_ choice: PlanChoice<Candidate>) -> Plan {
    prepareOpenBLAS()
    var plan = self
    plan.choice = choice
    return plan
  }

  func trial() throws(FrugalConvError) -> any PlanTrial { try FloatTrial(self) }
}
