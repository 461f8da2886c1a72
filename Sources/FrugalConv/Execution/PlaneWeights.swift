internal import CKernels

extension BinaryProduct {
  /// Filters of a group in whole fours.
  private var fours: Int { (outputs.size + 3) / 4 }

  /// Bytes of the weights of a group, for the kernel of planes.
  var bytesOfPlaneWeights: Int { groups[0].steps * fours * 4 }

  /// Writes four times the number of the table of every nibble of the weights.
  func fillPlaneWeights(
    _ start: UnsafeMutableRawPointer, _ part: BinaryPacking.Part, _ given: BinaryParameters
  ) {
    let packed = (start + part.weights[0]).assumingMemoryBound(to: UInt8.self)
    for (index, group) in groups.enumerated() {
      for filter in 0..<outputs.size {
        let first =
          index * bytesOfPlaneWeights + filter / 4 * 4 * group.steps + filter % 4
        for tap in group.taps.indices {
          for nibble in 0..<group.nibbles {
            let members = 4 * nibble..<min(4 * nibble + 4, inputs.size)
            // The last nibble has tables of its own when it is not full.
            var table: UInt8 = members.count < 4 ? 16 : 0
            for member in members where isOne(given, index, filter, member, tap) {
              table |= 1 << UInt8(member % 4)
            }
            packed[first + (tap * group.nibbles + nibble) * 4] = 4 * table
          }
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
