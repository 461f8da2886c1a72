/// Into how many parts the outputs of every strip are cut, so that threads finish together.
///
/// A part reads the strip's rows anew, and produces them anew where they are produced; which outputs
/// are computed together does not change any of them.
struct TaskCut {
  let strips: StripCut
  let images: Int
  /// Parts there can be.
  let most: Int
  let producesRows: Bool

  /// Share of the time of a strip that another part adds. Measured on Zen 3: shift in two parts takes 3
  /// to 5 % longer in all, in four 6 to 8 %; with nothing to produce, no number of parts takes longer.
  private var costOfPart: Double { producesRows ? 0.03 : 0 }
  /// Beyond so many tasks a thread, an uneven end is a smaller loss than another part.
  private static let enoughTasks = 16

  /// The parts with the earliest end; of equals the most, for threads are seldom equally fast: on two,
  /// 1×1 at 7² took 0.60 of one thread's time in four parts and 0.70 in two, at 14² 0.61 and 0.63.
  func parts(threads: Int) -> Int {
    guard threads > 1, strips.count * images < Self.enoughTasks * threads else { return 1 }
    var best = (parts: 1, end: Double.infinity)
    // To simulate more tasks than are enough took 6 seconds for 256 threads.
    let enough = Self.enoughTasks * threads / (strips.count * images)
    for parts in 1...max(1, min(most, 2 * threads, enough)) {
      let end = end(parts: parts, threads: threads) * (1 + costOfPart * Double(parts - 1))
      if end <= best.end { best = (parts, end) }
    }
    return best.parts
  }

  /// When the last thread ends, in rows' times: each takes the next task as it is free, every second
  /// thread from the end.
  private func end(parts: Int, threads: Int) -> Double {
    var free = [Double](repeating: 0, count: min(threads, strips.count * images * parts))
    var tasks = (0..<strips.count * images * parts)[...]
    while !tasks.isEmpty {
      let next = free.indices.min { free[$0] < free[$1] }!
      let task = next % 2 == 0 ? tasks.removeFirst() : tasks.removeLast()
      free[next] += Double(strips.rows(of: task / parts % strips.count).count) / Double(parts)
    }
    return free.max()!
  }
}
