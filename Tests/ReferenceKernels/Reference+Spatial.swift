internal import FrugalConv

extension ReferenceMap {
  /// The result of a spatial step that has no weights.
  func moved(_ step: SpatialStep) -> ReferenceMap {
    switch step {
    case .none(let stride): return sampled(by: stride) { n, c, y, x in self[n, c, y, x] }
    case .shift(let displacements, let stride):
      return sampled(by: stride) { n, c, y, x in
        let d = displacements[c]
        return self[n, c, y + limited(d.dy), x + limited(d.dx)]
      }
    case .activeShift(let displacements, let stride):
      return interpolated(displacements, stride)
    case .pool(let pooling, let window): return pooled(pooling, window)
    case .globalAverage:
      return summed(height: 1, width: 1) { n, c, _, _ in
        var sum = Sum()
        for y in 0..<height {
          for x in 0..<width { sum.add(1 / Double(height * width), self[n, c, y, x]) }
        }
        return sum
      }
    case .depthwise, .window: preconditionFailure("the step has weights")
    }
  }

  /// Every stride-th row and column of `value`, starting with the first.
  private func sampled(
    by stride: Extent, _ value: (Int, Int, Int, Int) -> Number
  ) -> ReferenceMap {
    made(
      height: (0..<height).count { $0 % stride.height == 0 },
      width: (0..<width).count { $0 % stride.width == 0 }
    ) { n, c, y, x in value(n, c, y * stride.height, x * stride.width) }
  }

  /// A displacement so far out reads zeros, as any other beyond the map does.
  private func limited(_ displacement: Int) -> Int { min(max(displacement, -(1 << 40)), 1 << 40) }

  private func interpolated(_ displacements: [RealDisplacement], _ stride: Extent) -> ReferenceMap {
    sampled(by: stride) { n, c, y, x in
      let (dy, dx) = (Double(displacements[c].dy), Double(displacements[c].dx))
      guard abs(dy) < 1e6, abs(dx) < 1e6 else { return Number(0) }
      let (top, left) = (dy.rounded(.down), dx.rounded(.down))
      let (down, right) = (dy - top, dx - left)
      var sum = Sum()
      for (i, rowWeight) in [1 - down, down].enumerated() {
        for (j, columnWeight) in [1 - right, right].enumerated() {
          var neighbour = self[n, c, y + Int(top) + i, x + Int(left) + j]
          sum.add(rowWeight * columnWeight, neighbour)
          // The two fractions may be rounded: 1 − 10⁻⁹ is 1.
          neighbour.error = 2 * Number.epsilon * abs(neighbour.value)
          neighbour.value = 0
          sum.add(1, neighbour)
        }
      }
      return sum.number
    }
  }

  /// Sums over windows; `add` is told the image, channel, tap row, tap column and the element.
  func windowed(
    _ window: Window, _ add: (inout Sum, Int, Int, Int, Int, Number) -> Void
  ) -> ReferenceMap {
    let (rows, columns) = (window.rows(of: height), window.columns(of: width))
    return summed(height: rows.outputs, width: columns.outputs) { n, c, y, x in
      var sum = Sum()
      for i in 0..<rows.kernel {
        for j in 0..<columns.kernel {
          add(&sum, n, c, i, j, self[n, c, rows.position(y, i), columns.position(x, j)])
        }
      }
      return sum
    }
  }

  private func pooled(_ pooling: Pooling, _ window: Window) -> ReferenceMap {
    let (rows, columns) = (window.rows(of: height), window.columns(of: width))
    return made(height: rows.outputs, width: columns.outputs) { n, c, y, x in
      var inside: [Number] = []
      for i in 0..<rows.kernel {
        for j in 0..<columns.kernel {
          let (row, column) = (rows.position(y, i), columns.position(x, j))
          guard (0..<height).contains(row), (0..<width).contains(column) else { continue }
          inside.append(self[n, c, row, column])
        }
      }
      switch pooling {
      case .maximum:
        if inside.contains(where: \.value.isNaN) { return Number(.nan) }
        return Number(
          inside.map(\.value).max() ?? -.infinity, error: inside.map(\.error).max() ?? 0)
      case .average(let countsPadding):
        let divisor = countsPadding ? rows.kernel * columns.kernel : max(inside.count, 1)
        var sum = Sum()
        for number in inside { sum.add(1 / Double(divisor), number) }
        return sum.number
      }
    }
  }
}
