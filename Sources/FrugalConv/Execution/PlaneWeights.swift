internal import CKernels

extension BinaryProduct {
  /// Filters of a group in whole fours.
  private var fours: Int { (outputs.size + 3) / 4 }

  /// Bytes of the weights of a group, for the kernel of planes.
  func bytesOfWeights(_ planes: NibblePlanes) -> Int { planes.steps * fours * 4 }

  /// Writes four times the number of the table of every nibble of the weights.
  func fillPlaneWeights(
    _ start: UnsafeMutableRawPointer, _ part: BinaryPacking.Part, _ given: BinaryParameters,
    _ planes: NibblePlanes
  ) {
    let packed = (start + part.weights[0]).assumingMemoryBound(to: UInt8.self)
    for (group, nibbles) in planes.filters.enumerated() {
      for filter in 0..<outputs.size {
        let first =
          group * bytesOfWeights(planes) + filter / 4 * 4 * planes.steps + filter % 4
        for (step, nibble) in nibbles.enumerated() {
          let bits = nibble.members.map { isOne(given, group, filter, $0, nibble.tap) }
          packed[first + step * 4] = 4 * SignedNibbleTables.number(bits)
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
