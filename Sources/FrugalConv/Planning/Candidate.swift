/// One of several ways to run a convolution.
public protocol PlanCandidate: Hashable, Sendable, CustomStringConvertible {
  /// What the predicted time is multiplied by before candidates are compared.
  var handicap: Double { get }
}

/// One way to run a convolution on a shape. What is `.automatic` makes no difference there.
public struct Candidate: PlanCandidate {
  public var executor: Executor
  public var shiftForm: ShiftForm
  public var traversal: Traversal

  public init(executor: Executor, shiftForm: ShiftForm, traversal: Traversal) {
    self.executor = executor
    self.shiftForm = shiftForm
    self.traversal = traversal
  }

  /// What the predicted time is multiplied by before candidates are compared: predictions are for
  /// one thread, and a plan must serve any number.
  ///
  /// OpenBLAS has to be a tenth faster: it cuts small maps into two tasks however many threads there
  /// are, and is set to one thread for the whole process. Strips have to be 5 % faster: a small map
  /// has two slabs, where kernels of our own cut a stage into as many tasks as there are threads.
  public var handicap: Double {
    (executor == .openBLAS ? 1.1 : 1) * (traversal == .stripByStrip ? 1.05 : 1)
  }

  /// The raw values that make a difference, in the order of the properties.
  var words: [String] {
    [executor.rawValue, shiftForm.rawValue, traversal.rawValue]
      .filter { $0 != Executor.automatic.rawValue }
  }

  /// Reads what `description` wrote; nil for anything else.
  init?(_ text: some StringProtocol) {
    self.init(executor: .automatic, shiftForm: .automatic, traversal: .automatic)
    for word in text.split(separator: " ") {
      if let executor = Executor(rawValue: String(word)) {
        self.executor = executor
      } else if let form = ShiftForm(rawValue: String(word)) {
        shiftForm = form
      } else if let traversal = Traversal(rawValue: String(word)) {
        self.traversal = traversal
      }
    }
    guard description == text else { return nil }
  }
}

extension Candidate {
  /// "fused tileCopy stageByStage", without what makes no difference; "direct" when nothing does.
  public var description: String { words.isEmpty ? "direct" : words.joined(separator: " ") }
}
