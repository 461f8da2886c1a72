import ArgumentParser
import FrugalConv

struct Info: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Prints the machine's header, and what each instruction-set level offers.")

  func run() throws {
    try requireReleaseBuild()
    let machine = try Machine.measured(
      level: .fromEnvironment(), threads: Array(Set([1, Machine.cores])).sorted())
    print(machine.header)
    for level in Level.allCases {
      let isAvailable = Level.available.contains(level)
      print("\(level.rawValue): \(isAvailable ? "available" : "not on this processor")")
      guard isAvailable else { continue }
      let peak = try PeakBurst(level)
      let gflops = median((0..<20).map { _ in peak.gflops() })
      print("  multiply-add peak \(NumberText.fixed(gflops, decimals: 1)) GFLOP/s a core")
      let kernels = KernelEntry.all.filter { $0.level == level }
      for family in Set(kernels.map(\.family)).sorted() {
        let names = kernels.filter { $0.family == family }.map(\.kernel).joined(separator: ", ")
        print("  \(family): \(names)")
      }
    }
  }
}
