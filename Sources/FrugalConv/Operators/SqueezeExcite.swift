/// Scales each channel by a gate computed from the means of all channels (Hu et al. 2018):
/// `y_c = x_c·gate(W₂·activation(W₁·mean(x) + b₁) + b₂)_c`.
public struct SqueezeExcite: Hashable, Sendable {
  /// Channels of the hidden layer: W₁ is `[hidden][C]`, W₂ is `[C][hidden]`.
  public var hidden: Int
  public var activation: Activation
  public var gate: Activation

  public init(hidden: Int, activation: Activation = .relu, gate: Activation = .sigmoid) {
    self.hidden = hidden
    self.activation = activation
    self.gate = gate
  }
}
