/// The scales of XNOR-Net (Rastegari et al. 2016): `I·W ≈ (sign(I) ⊛ sign(W)) · K · α`.
public enum XNORScales {
  /// α of each filter, the mean of |w| over its weights `[filters][…]`: for which α·sign(W) is
  /// nearest to W.
  ///
  /// Throws when the filters do not divide the weights, and when one is not finite.
  public static func filters(_ weights: [Float], count: Int) throws(FrugalConvError) -> [Float] {
    try meanMagnitudes(weights, filters: count, per: .filter)
  }

  /// K, one map of one channel: the mean of |x| over the channels, then over the window, where what
  /// is outside the map counts as 0.
  ///
  /// Throws when the window does not fit the map.
  public static func activations(
    _ map: borrowing MapView, _ window: Window
  ) throws(FrugalConvError) -> FeatureMap {
    let (shape, elements) = (map.shape, map.array())
    var means = [Float](repeating: 0, count: shape.pixels)
    for image in 0..<shape.images {
      for pixel in 0..<shape.planeSize {
        let sum = (0..<shape.channels).reduce(0.0) { sum, channel in
          sum + Double(abs(elements[(image * shape.channels + channel) * shape.planeSize + pixel]))
        }
        means[image * shape.planeSize + pixel] = Float(sum / Double(shape.channels))
      }
    }
    let box = try Convolution.pooling(1, .average(countsPadding: true), window)
    var single = shape
    single.channels = 1
    let plan = try box.plan(for: single, PlanOptions(threads: 1))
    return try plan.run(plan.pack([StageParameters()]), FeatureMap(means, shape: single))
  }
}
