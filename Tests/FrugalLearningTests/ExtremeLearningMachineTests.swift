import FrugalLearning
import ReferenceKernels
import Testing

@Suite struct ExtremeLearningMachineTests {
  /// Samples of classes, and targets that are 1 for the class and −1 for all others.
  private struct Data {
    var samples, targets: Matrix
    var classes: [Int]

    init(_ points: [([Float], Int)], classes count: Int) throws {
      classes = points.map(\.1)
      samples = try Matrix(
        points.flatMap(\.0), rows: points.count, columns: points[0].0.count)
      targets = try Matrix(
        classes.flatMap { own in (0..<count).map { $0 == own ? 1 : -1 } }, rows: points.count,
        columns: count)
    }
  }

  private func accuracy(_ machine: ExtremeLearningMachine, _ data: Data) throws -> Double {
    let outputs = try machine.predict(data.samples)
    let right = data.classes.indices.count { row in
      let best = (0..<outputs.columns).max { outputs[row, $0] < outputs[row, $1] }
      return best == data.classes[row]
    }
    return Double(right) / Double(data.classes.count)
  }

  /// Inside and outside of a circle: no line parts them.
  private func ring(_ count: Int, seed: UInt64) throws -> Data {
    var generator = Generator(seed: seed)
    var points: [([Float], Int)] = []
    while points.count < count {
      let (x, y) = (2 * generator.real(), 2 * generator.real())
      let radius = (x * x + y * y).squareRoot()
      // A gap between the classes.
      if abs(radius - 1.2) > 0.1 { points.append(([x, y], radius < 1.2 ? 0 : 1)) }
    }
    return try Data(points, classes: 2)
  }

  /// Pictures of 64 pixels, eight of them turned, of six patterns.
  private func pictures(_ count: Int, seed: UInt64) throws -> Data {
    var patterns = Generator(seed: 99)
    let shapes = (0..<6).map { _ in (0..<64).map { _ in patterns.pick([Float(-1), 1]) } }
    var generator = Generator(seed: seed)
    return try Data(
      (0..<count).map { _ in
        let own = generator.integer(0...5)
        var picture = shapes[own]
        for _ in 0..<8 { picture[generator.integer(0...63)] *= -1 }
        return (picture, own)
      }, classes: 6)
  }

  @Test func floatNetworksPartWhatNoLineDoes() throws {
    let (known, new) = (try ring(400, seed: 1), try ring(400, seed: 2))
    for solver in [
      ExtremeLearningMachine.Solver.minimumNorm, .pseudoInverse, .ridge(c: 1000),
    ] {
      var generator = Generator(seed: 3)
      var machine = try ExtremeLearningMachine(inputs: 2, hidden: 60, using: &generator)
      try machine.fit(known.samples, known.targets, by: solver)
      #expect(try accuracy(machine, new) >= 0.97, "\(solver)")
    }
  }

  @Test(arguments: [false, true])
  func oneBitNetworksTellPatternsApart(_ quantisesOutput: Bool) throws {
    let (known, new) = (try pictures(1200, seed: 4), try pictures(400, seed: 5))
    var generator = Generator(seed: 6)
    var machine = try ExtremeLearningMachine(
      inputs: 64, hidden: 600, .oneBit(quantisesOutput: quantisesOutput), using: &generator)
    // A strong ridge: weights of like magnitude lose less when only their signs are left.
    try machine.fit(known.samples, known.targets, by: .ridge(c: 0.01))
    #expect(try accuracy(machine, new) >= 0.97)
    var seed = Generator(seed: 6)
    var float = try ExtremeLearningMachine(inputs: 64, hidden: 600, using: &seed)
    try float.fit(known.samples, known.targets, by: .ridge(c: 0.01))
    #expect(try accuracy(float, new) >= 0.97)
  }

  @Test(arguments: [20, 35])
  func asManyHiddenValuesAsSamplesLearnAllOfThem(_ hidden: Int) throws {
    var generator = Generator(seed: 7)
    let samples = try Matrix(
      generator.values(.reals, 20 * 9).map { 3 * $0 }, rows: 20, columns: 9)
    let targets = try Matrix(generator.values(.reals, 20 * 2), rows: 20, columns: 2)
    var machine = try ExtremeLearningMachine(inputs: 9, hidden: hidden, using: &generator)
    try machine.fit(samples, targets)
    let found = try machine.predict(samples)
    #expect(zip(found.elements, targets.elements).allSatisfy { abs($0 - $1) < 2e-3 })
  }

  /// 1/(1 + exp(−x)), |x| at most 4, with forty terms of the exponential's series.
  private func logistic(_ x: Double) -> Double {
    var (term, sum) = (1.0, 1.0)
    for n in 1...40 {
      term *= -x / Double(n)
      sum += term
    }
    return 1 / (1 + sum)
  }

  @Test func hiddenValuesAreLogistic() throws {
    var generator = Generator(seed: 8)
    let machine = try ExtremeLearningMachine(inputs: 3, hidden: 5, using: &generator)
    #expect(machine.hiddenWeights.elements.allSatisfy { $0 >= -1 && $0 < 1 })
    let samples = try Matrix(generator.values(.reals, 12), rows: 4, columns: 3)
    let h = try machine.hiddenValues(samples)
    for n in 0..<4 {
      for b in 0..<5 {
        var sum = Double(machine.hiddenWeights[b, 3])
        for i in 0..<3 { sum += Double(machine.hiddenWeights[b, i]) * Double(samples[n, i]) }
        let (found, expected) = (Double(h[n, b]), logistic(sum))
        #expect(abs(found - expected) < 1e-6)
      }
    }
  }

  @Test(arguments: [1, 63, 64, 65, 127])
  func oneBitLayersAreWholeSums(_ inputs: Int) throws {
    var generator = Generator(seed: UInt64(inputs))
    let (samples, hidden, outputs) = (5, 33, 4)
    let x = try Matrix(generator.values(.reals, samples * inputs), rows: samples, columns: inputs)
    let first = try Matrix(
      generator.values(.integers, hidden * inputs), rows: hidden, columns: inputs)
    let second = try Matrix(
      generator.values(.reals, outputs * hidden), rows: outputs, columns: hidden)
    let network = try OneBitNetwork([.init(signsOf: first), .init(signsOf: second)])
    let found = try network.sums(x, threshold: 0.25)
    let bits = try network.bits(x, threshold: 0.25)
    for n in 0..<samples {
      var h = [Bool]()
      for b in 0..<hidden {
        var sum = 0
        for i in 0..<inputs where x[n, i] > 0.25 { sum += first[b, i] >= 0 ? 1 : -1 }
        h.append(sum > 0)
      }
      for k in 0..<outputs {
        var sum = 0
        for b in 0..<hidden where h[b] { sum += second[k, b] >= 0 ? 1 : -1 }
        #expect(found[n, k] == Float(sum))
        #expect(bits[n, k] == (sum > 0 ? 1 : 0))
      }
    }
  }

  @Test func quantisedOutputsAreSumsTimesTheMeanWeight() throws {
    let known = try pictures(50, seed: 9)
    var generator = Generator(seed: 10)
    var machine = try ExtremeLearningMachine(
      inputs: 64, hidden: 21, .oneBit(quantisesOutput: true), using: &generator)
    try machine.fit(known.samples, known.targets)
    let beta = try #require(machine.outputWeights)
    let h = try machine.hiddenValues(known.samples)
    let found = try machine.predict(known.samples)
    for n in 0..<50 {
      for k in 0..<6 {
        var (sum, magnitude) = (0, Float(0))
        for b in 0..<21 {
          if h[n, b] == 1 { sum += beta[b, k] >= 0 ? 1 : -1 }
          magnitude += abs(beta[b, k])
        }
        let expected = Float(sum) * magnitude / 21
        #expect(abs(found[n, k] - expected) <= 1e-5 * max(1, abs(expected)))
      }
    }
  }

  @Test func equalSeedsGiveEqualNetworks() throws {
    let known = try ring(60, seed: 1)
    func outputs(_ seed: UInt64) throws -> Matrix {
      var generator = Generator(seed: seed)
      var machine = try ExtremeLearningMachine(inputs: 2, hidden: 9, using: &generator)
      try machine.fit(known.samples, known.targets)
      return try machine.predict(known.samples)
    }
    #expect(try outputs(1) == outputs(1))
    #expect(try outputs(1) != outputs(2))
  }

  @Test func whatDoesNotFitIsRefused() throws {
    var generator = Generator(seed: 1)
    #expect(throws: LearningError.countNotPositive(what: "inputs", value: 0)) {
      try ExtremeLearningMachine(inputs: 0, hidden: 1, using: &generator)
    }
    #expect(throws: LearningError.countNotPositive(what: "hidden values", value: 0)) {
      try ExtremeLearningMachine(inputs: 1, hidden: 0, using: &generator)
    }
    var machine = try ExtremeLearningMachine(inputs: 2, hidden: 3, using: &generator)
    let samples = try Matrix(zeros: 4, by: 2)
    #expect(throws: LearningError.notTrained) { try machine.predict(samples) }
    #expect(throws: LearningError.rowsDiffer(4, 3)) {
      try machine.fit(samples, Matrix(zeros: 3, by: 1))
    }
    #expect(throws: LearningError.columnsDiffer(expected: 2, found: 3)) {
      try machine.fit(Matrix(zeros: 4, by: 3), Matrix(zeros: 4, by: 1))
    }
    let infinite = try Matrix([1, 2, 3, .infinity], rows: 2, columns: 2)
    #expect(throws: LearningError.notFinite(row: 1, column: 1, value: .infinity)) {
      try machine.fit(infinite, Matrix(zeros: 2, by: 1))
    }
    #expect(machine.outputWeights == nil)
    let layer = try OneBitNetwork.Layer(signsOf: Matrix(zeros: 3, by: 2))
    #expect(throws: LearningError.columnsDiffer(expected: 3, found: 2)) {
      try OneBitNetwork([layer, layer])
    }
    #expect(throws: LearningError.self) { try OneBitNetwork([]) }
    #expect(throws: LearningError.thresholdNotFinite(.infinity)) {
      try ExtremeLearningMachine(
        hiddenWeights: samples, .oneBit(threshold: .infinity))
    }
  }
}
