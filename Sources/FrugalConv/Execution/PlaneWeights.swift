internal import CKernels

extension BinaryProduct {
  /// Filters of a group in whole fours.
  private var fours: Int { (outputs.size + 3) / 4 }

  /// Bytes of the weights of a group, for the kernel of planes.
  func bytesOfWeights(_ planes: NibblePlanes) -> Int { planes.steps * fours * 4 }

  /// Bytes of what is added to the sums of a group near the border: sixteen kinds of pixels, twice.
  var bytesOfCorrections: Int { 32 * fours * 4 }

  /// Writes four times the number of the table of every nibble of the weights.
  func fillPlaneWeights(
    _ start: UnsafeMutableRawPointer, _ part: BinaryPacking.Part, _ given: BinaryParameters,
    _ planes: NibblePlanes
  ) {
    let packed = (start + part.weights[0]).assumingMemoryBound(to: UInt8.self)
    for (group, layout) in groups.enumerated() {
      for filter in 0..<outputs.size {
        let first =
          group * bytesOfWeights(planes) + filter / 4 * 4 * planes.steps + filter % 4
        for step in 0..<layout.steps {
          let (tap, nibble) = step.quotientAndRemainder(dividingBy: layout.nibbles)
          let members = 4 * nibble..<min(4 * nibble + 4, inputs.size)
          let bits = members.map { isOne(given, group, filter, $0, tap) }
          packed[first + step * 4] = 4 * SignedNibbleTables.number(bits)
        }
      }
    }
  }

  /// Writes a table for each filter: what is added to `sum / step` of each kind of pixel near the
  /// border, as a byte that may wrap around.
  func fillPlaneCorrections(
    _ start: UnsafeMutableRawPointer, _ part: BinaryPacking.Part, _ given: BinaryParameters,
    _ planes: NibblePlanes
  ) {
    guard let border, planes.kinds != nil else { return }
    let tables = (start + part.corrections).assumingMemoryBound(to: UInt8.self)
    for group in groups.indices {
      for filter in 0..<outputs.size {
        let table = tables + group * bytesOfCorrections + 32 * filter
        for (kind, number) in corrections(border, given, group, filter).enumerated() {
          table[kind] = UInt8(truncatingIfNeeded: number / planes.tables.step)
          table[kind + 16] = table[kind]
        }
      }
    }
  }

  /// Writes the least `sum / step` of every filter's bit 1, and which channels are inverted.
  func fillPlaneThresholds(
    _ start: UnsafeMutableRawPointer, _ part: BinaryPacking.Part, _ threshold: SumThreshold?,
    inverts: Bool, step: Int
  ) {
    let thresholds = (start + part.thresholds).assumingMemoryBound(to: Int32.self)
    let inversions = (start + part.inversions).assumingMemoryBound(to: UInt64.self)
    for index in groups.indices {
      for filter in 0..<outputs.size {
        let channel = outputs.channel(filter, of: index)
        let folded = threshold?.folded(channel, limit: depth)
        // Never, above the largest sum, is a number of eight bits, too.
        let least = min(max(folded?.least ?? 0, -depth), depth + 1)
        // Rounded up, of a number that is not negative.
        let steps = (least + depth * step + step - 1) / step - depth
        thresholds[index * outputs.size + filter] = Int32(steps)
        if folded?.isInverted == true, inverts {
          inversions[channel / 64] |= 1 << UInt64(channel % 64)
        }
      }
    }
  }
}
