/// One way to run a convolution on a shape. What is `.automatic` makes no difference there.
public struct Candidate: Hashable, Sendable {
  public var executor: Executor
  public var shiftForm: ShiftForm
  public var traversal: Traversal

  public init(executor: Executor, shiftForm: ShiftForm, traversal: Traversal) {
    self.executor = executor
    self.shiftForm = shiftForm
    self.traversal = traversal
  }

  /// What the predicted time is multiplied by before candidates are compared. OpenBLAS has to be a
  /// tenth faster: a plan that calls it sets it to one thread for the whole process, and cuts small
  /// maps into two tasks for any number of threads, where kernels of our own cut them into as many
  /// as there are.
  public var handicap: Double { executor == .openBLAS ? 1.1 : 1 }

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

extension Candidate: CustomStringConvertible {
  /// "fused tileCopy stageByStage", without what makes no difference; "direct" when nothing does.
  public var description: String { words.isEmpty ? "direct" : words.joined(separator: " ") }
}
