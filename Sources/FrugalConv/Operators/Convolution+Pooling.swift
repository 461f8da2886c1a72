extension Convolution {
  /// The largest or the mean value of each window.
  public static func pooling(
    _ channels: Int, _ pooling: Pooling, _ window: Window
  ) throws(FrugalConvError) -> Convolution {
    try Convolution(channels: channels, stages: [Stage(.pool(pooling, window), bias: false)])
  }

  /// The mean of each plane.
  public static func globalAverage(_ channels: Int) throws(FrugalConvError) -> Convolution {
    try Convolution(channels: channels, stages: [Stage(.globalAverage, bias: false)])
  }
}
