import FrugalConv

/// A depthwise convolution as four plain loops a channel: what a fast kernel is compared with.
final class PlainLoops: Contestant {
  private let window: Window
  private let input: MapShape
  private let output: MapShape
  let source: [Float]
  let weights: [Float]
  private(set) var target: [Float]

  /// Whether the loops know a convolution: depthwise, square, with its own border.
  static func canRun(_ convolution: Convolution) -> Bool { window(of: convolution) != nil }

  private static func window(of convolution: Convolution) -> Window? {
    guard convolution.stages.count == 1, convolution.residual == nil,
      case .depthwise(let window) = convolution.stages[0].spatial, window.padding == .same
    else { return nil }
    return window
  }

  init(_ convolution: Convolution, _ input: MapShape) throws {
    guard let window = Self.window(of: convolution) else {
      preconditionFailure("plain loops know depthwise convolutions alone")
    }
    self.window = window
    self.input = input
    output = try convolution.outputShape(for: input)
    var random = RandomNumbers(seed: 1)
    source = random.floats(input.count)
    weights = random.floats(input.channels * window.kernel.area)
    target = [Float](repeating: 0, count: output.count)
  }

  func run() {
    source.withUnsafeBufferPointer { source in
      weights.withUnsafeBufferPointer { weights in
        target.withUnsafeMutableBufferPointer { target in
          for channel in 0..<input.channels {
            run(
              source.baseAddress! + channel * input.planeSize,
              weights.baseAddress! + channel * window.kernel.area,
              target.baseAddress! + channel * output.planeSize)
          }
        }
      }
    }
    consume(target[0])
  }

  private func run(
    _ plane: UnsafePointer<Float>, _ weights: UnsafePointer<Float>,
    _ result: UnsafeMutablePointer<Float>
  ) {
    let (kernel, stride, dilation) = (window.kernel, window.stride, window.dilation)
    let top = dilation.height * (kernel.height - 1) / 2
    let left = dilation.width * (kernel.width - 1) / 2
    for y in 0..<output.height {
      for x in 0..<output.width {
        var sum: Float = 0
        for i in 0..<kernel.height {
          let row = y * stride.height + i * dilation.height - top
          guard row >= 0, row < input.height else { continue }
          for j in 0..<kernel.width {
            let column = x * stride.width + j * dilation.width - left
            guard column >= 0, column < input.width else { continue }
            sum += weights[i * kernel.width + j] * plane[row * input.width + column]
          }
        }
        result[y * output.width + x] = sum
      }
    }
  }
}
