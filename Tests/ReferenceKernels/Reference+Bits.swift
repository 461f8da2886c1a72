public import FrugalConv

/// A map of whole numbers, `[N][C][H][W]`.
public struct IntegerMap: Hashable, Sendable {
  public var shape: MapShape
  public var elements: [Int]

  public init(_ elements: [Int], _ shape: MapShape) {
    (self.elements, self.shape) = (elements, shape)
  }

  /// The element, or `outside` where there is none.
  public func value(_ n: Int, _ c: Int, _ y: Int, _ x: Int, outside: Int) -> Int {
    guard (0..<shape.height).contains(y), (0..<shape.width).contains(x) else { return outside }
    return elements[((n * shape.channels + c) * shape.height + y) * shape.width + x]
  }
}

extension Reference {
  /// The sums of a stage with a channel mix over whole numbers; `outside` is what padding counts.
  public static func sums(
    _ stage: Stage, _ weights: [Int], _ input: IntegerMap, outside: Int
  ) -> IntegerMap {
    guard case .groups(let inputs, let outputs) = stage.mix else { preconditionFailure("no mix") }
    let shape = input.shape
    var window = Window(1)
    var displacements: [Displacement] = []
    switch stage.spatial {
    case .none(let stride): window.stride = stride
    case .shift(let moves, let stride): (window.stride, displacements) = (stride, moves)
    case .window(let given): window = given
    default: preconditionFailure("no bits")
    }
    let (rows, columns) = (window.rows(of: shape.height), window.columns(of: shape.width))
    let members = outputs.members
    var result: [Int] = []
    for n in 0..<shape.images {
      for output in 0..<outputs.channels {
        let (group, place) = members[output]
        for y in 0..<rows.outputs {
          for x in 0..<columns.outputs {
            var sum = 0
            for member in 0..<inputs.size {
              let channel = inputs.place(member, group)
              let move = displacements.isEmpty ? Displacement(dy: 0, dx: 0) : displacements[channel]
              for i in 0..<rows.kernel {
                for j in 0..<columns.kernel {
                  let block = (group * outputs.size + place) * inputs.size + member
                  let value = input.value(
                    n, channel, rows.position(y, i) + min(max(move.dy, -99_999), 99_999),
                    columns.position(x, j) + min(max(move.dx, -99_999), 99_999), outside: outside)
                  sum += weights[(block * rows.kernel + i) * columns.kernel + j] * value
                }
              }
            }
            result.append(sum)
          }
        }
      }
    }
    var output = shape
    (output.channels, output.height, output.width) = (
      outputs.channels, rows.outputs, columns.outputs
    )
    return IntegerMap(result, output)
  }

  /// The largest of each window's numbers inside the map.
  public static func pooled(_ input: IntegerMap, _ window: Window) -> IntegerMap {
    let shape = input.shape
    let (rows, columns) = (window.rows(of: shape.height), window.columns(of: shape.width))
    var result: [Int] = []
    for n in 0..<shape.images {
      for c in 0..<shape.channels {
        for y in 0..<rows.outputs {
          for x in 0..<columns.outputs {
            var largest = Int.min
            for i in 0..<rows.kernel {
              for j in 0..<columns.kernel {
                largest = max(
                  largest,
                  input.value(
                    n, c, rows.position(y, i), columns.position(x, j), outside: Int.min))
              }
            }
            result.append(largest)
          }
        }
      }
    }
    var output = shape
    (output.height, output.width) = (rows.outputs, columns.outputs)
    return IntegerMap(result, output)
  }
}
