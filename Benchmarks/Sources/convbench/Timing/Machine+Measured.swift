import CKernels
import Foundation
import FrugalConv

extension Machine {
  /// Looks at the machine and measures its peak and copy bandwidth.
  static func measured(level: Level, threads: [Int]) throws -> Machine {
    var name = [CChar](repeating: 0, count: 49)
    frugal_processor_name(&name)
    let words = name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    let burst = try PeakBurst(level)
    return Machine(
      processor: String(decoding: words, as: UTF8.self),
      cores: cores,
      level: level.rawValue,
      peakGflops: median((0..<40).map { _ in burst.gflops() }),
      copyGigabytesPerSecond: copyBandwidth(),
      cacheBytes: lastLevelCache(),
      openBLASVersion: OpenBLAS.version,
      openBLASKernel: OpenBLAS.kernelName,
      openBLASThreading: OpenBLAS.threading.rawValue,
      threads: threads)
  }

  /// Copies four times the last-level cache; bytes read and bytes written both count.
  private static func copyBandwidth() -> Double {
    let bytes = 4 * lastLevelCache()
    let source = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
    let target = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
    defer {
      source.deallocate()
      target.deallocate()
    }
    memset(source, 1, bytes)
    memset(target, 2, bytes)
    let times = (0..<7).map { _ in microseconds { memcpy(target, source, bytes) } }
    return 2 * Double(bytes) / median(times) / 1000
  }

  /// Bytes of the last-level cache as the system reports it, or 32 MiB.
  static func lastLevelCache() -> Int {
    let folder = "/sys/devices/system/cpu/cpu0/cache"
    for index in ["index3", "index2"] {
      guard let text = try? String(contentsOfFile: "\(folder)/\(index)/size", encoding: .utf8),
        let size = Int(text.prefix { $0.isNumber })
      else { continue }
      return size * (text.contains("M") ? 1 << 20 : 1 << 10)
    }
    return 32 << 20
  }
}
