internal import CKernels

extension frugal_bit_move {
  /// The moves that put bit `places[b]` of a pixel into its bit b, and zeros where the place is −1.
  ///
  /// Neighbours that come from the same word, in rising order, are one move.
  static func moves(_ places: [Int]) -> [frugal_bit_move] {
    var moves: [frugal_bit_move] = []
    var previous = -1
    for (bit, place) in places.enumerated() {
      defer { previous = place }
      guard place >= 0 else { continue }
      let mask = UInt64(1) << UInt64(place % 64)
      if previous >= 0, place > previous, place / 64 == previous / 64 {
        moves[moves.count - 1].mask |= mask
      } else {
        moves.append(frugal_bit_move(mask: mask, word: Int32(place / 64), place: Int32(bit)))
      }
    }
    return moves
  }
}
