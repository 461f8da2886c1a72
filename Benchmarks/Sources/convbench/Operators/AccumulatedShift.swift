import CBLASShim
import FrugalConv

/// The shift convolution one would write first: one sgemm per displacement, each adding its
/// channels' share to the output. Here to show why the library does not: every product reads and
/// writes the whole output again.
///
/// It gets every favour: the input already stands in planes with a border of zeros, where a
/// displacement is an address, and the output keeps the border's columns.
final class AccumulatedShift: Contestant {
  /// The channels of one displacement: where they start, how far apart, and their weights.
  private struct Share {
    let origin, stride, count: Int
    let weights: [Float]
  }

  private let outputs, pitch, height: Int
  private let shares: [Share]
  private let input: [Float]
  private var output: [Float]
  private let bias: [Float]

  /// A 3×3 even split, then a 1×1 with weights `[D][C]`, on one compact map.
  init(shape: MapShape, weights: [Float], bias: [Float], map: [Float]) {
    let (channels, pitch) = (shape.channels, shape.width + 1)
    let planeStride = (shape.height + 3) * pitch
    outputs = bias.count
    height = shape.height
    self.pitch = pitch
    self.bias = bias
    var input = [Float](repeating: 0, count: channels * planeStride)
    for channel in 0..<channels {
      for y in 0..<height {
        for x in 0..<shape.width {
          input[channel * planeStride + (y + 1) * pitch + x + 1] =
            map[(channel * height + y) * shape.width + x]
        }
      }
    }
    self.input = input
    output = [Float](repeating: 0, count: bias.count * height * pitch)

    func share(first: Int, step: Int, count: Int, row: Int, column: Int) -> Share {
      Share(
        origin: first * planeStride + row * pitch + column, stride: step * planeStride,
        count: count,
        weights: bias.indices.flatMap { output in
          (0..<count).map { weights[output * channels + first + $0 * step] }
        })
    }
    let spread = channels / 9 * 9
    var shares = (0..<9).map {
      share(first: $0, step: 9, count: spread / 9, row: $0 / 3, column: $0 % 3)
    }
    shares.append(share(first: spread, step: 1, count: channels - spread, row: 1, column: 1))
    self.shares = shares.filter { $0.count > 0 }
  }

  /// With random numbers, for the shapes of a plan.
  convenience init(_ plan: Plan) {
    var random = RandomNumbers(seed: 1)
    let parameters = random.parameters(for: plan.convolution)[0]
    self.init(
      shape: plan.inputShape, weights: parameters.weights, bias: parameters.bias,
      map: random.floats(plan.inputShape.count))
  }

  func run() {
    let n = height * pitch
    input.withUnsafeBufferPointer { input in
      output.withUnsafeMutableBufferPointer { output in
        for channel in 0..<outputs {
          output[channel * n..<(channel + 1) * n].update(repeating: bias[channel])
        }
        for share in shares {
          cblas_sgemm(
            CblasRowMajor, CblasNoTrans, CblasNoTrans, Int32(outputs), Int32(n),
            Int32(share.count), 1, share.weights, Int32(share.count),
            input.baseAddress! + share.origin, Int32(share.stride), 1, output.baseAddress!,
            Int32(n))
        }
      }
    }
  }

  /// The result without the border's columns, compact.
  func result() -> [Float] {
    (0..<outputs * height).flatMap { row in output[row * pitch..<(row + 1) * pitch - 1] }
  }
}
