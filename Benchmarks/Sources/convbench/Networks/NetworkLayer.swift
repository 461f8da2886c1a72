import FrugalConv

/// One convolution layer of a network, as it is timed: one line of a shape list.
struct NetworkLayer: Hashable, Sendable {
  let name: String
  /// The word the list uses for the operator.
  let operatorName: String
  /// One image, unless the line says how many.
  let input: MapShape
  let output: MapShape
  /// Batch norm is folded into it, as a bias.
  let convolution: Convolution
  /// How many equal layers the network has.
  let count: Int
  /// Batch norm follows the convolution.
  let normalised: Bool
  /// Weights and biases of one layer; batch norm counts two per output channel.
  let parameters: Int
  /// Multiply-accumulate operations of one layer.
  let multiplyAdds: Int
}
