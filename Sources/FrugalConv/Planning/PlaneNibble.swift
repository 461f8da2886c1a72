/// At most four channels of a group that a filter reads together: they stand in one plane, and come
/// from one place.
struct PlaneNibble: Hashable, Sendable {
  /// Of the group; none in what fills a filter up.
  let members: [Int]
  /// Of the weights.
  let tap: Int
  /// The window's tap, or a channel that is displaced like all members.
  let place: Int
  let plane: Int

  /// The nibbles of each group's filters, equally many of each: for every tap of a window all
  /// channels in turn, and of a shift channels of one displacement together.
  static func nibbles(of inputs: ChannelGroups, _ spatial: SpatialStep) -> [[PlaneNibble]] {
    var planes = 0
    let groups = (0..<inputs.count).map { group in
      let first = planes
      guard case .shift(let displacements, _) = spatial else {
        let fours = fours(Array(0..<inputs.size))
        planes += fours.count
        return (0..<spatial.tapsPerChannel).flatMap { tap in
          fours.enumerated().map {
            PlaneNibble(members: $1, tap: tap, place: tap, plane: first + $0)
          }
        }
      }
      let members = Dictionary(grouping: 0..<inputs.size) {
        displacements[inputs.channel($0, of: group)]
      }
      let fours = members.values.sorted { $0[0] < $1[0] }.flatMap(Self.fours)
      planes += fours.count
      return fours.enumerated().map {
        let place = inputs.channel($1[0], of: group)
        return PlaneNibble(members: $1, tap: 0, place: place, plane: first + $0)
      }
    }
    let most = groups.map(\.count).max() ?? 0
    return groups.map { nibbles in
      let none = PlaneNibble(members: [], tap: 0, place: nibbles[0].place, plane: nibbles[0].plane)
      return nibbles + Array(repeating: none, count: most - nibbles.count)
    }
  }

  private static func fours(_ members: [Int]) -> [[Int]] {
    stride(from: 0, to: members.count, by: 4).map {
      Array(members[$0..<min($0 + 4, members.count)])
    }
  }
}
