import FrugalConv
import Testing

@testable import convbench

/// The row that shows why not to: it must compute the same convolution, or it shows nothing.
@Suite struct AccumulatedShiftTests {
  @Test(arguments: [9, 20, 32])
  func addingProductsPerDisplacementGivesTheShiftConvolution(_ channels: Int) throws {
    let shape = MapShape(channels: channels, height: 6, width: 5)
    let convolution = try Convolution.shift(.evenlySpread(channels: channels), 7)
    var random = RandomNumbers(seed: 3)
    let parameters = random.parameters(for: convolution)
    let map = random.floats(shape.count)

    let contestant = AccumulatedShift(
      shape: shape, weights: parameters[0].weights, bias: parameters[0].bias, map: map)
    contestant.run()
    let plan = try convolution.plan(for: shape)
    let expected = try plan.run(plan.pack(parameters), FeatureMap(map, shape: shape)).array()
    for (found, expected) in zip(contestant.result(), expected) {
      #expect(abs(found - expected) < 1e-5)
    }
    #expect(contestant.result().count == expected.count)
  }
}
