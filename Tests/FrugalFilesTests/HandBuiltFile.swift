/// The bytes of a `.npy` file put together by hand, so that any part of it can be wrong.
func numpyFile(
  version: (major: UInt8, minor: UInt8) = (1, 0), header: String, data: [UInt8] = []
) -> [UInt8] {
  let length = header.utf8.count
  let lengthBytes = (0..<(version.major == 1 ? 2 : 4)).map { UInt8(length >> (8 * $0) & 0xFF) }
  return [0x93] + Array("NUMPY".utf8) + [version.major, version.minor]
    + lengthBytes + Array(header.utf8) + data
}

/// The header NumPy would write, without its padding.
func header(_ descr: String, fortranOrder: Bool = false, shape: String) -> String {
  let fortran = fortranOrder ? "True" : "False"
  return "{'descr': '\(descr)', 'fortran_order': \(fortran), 'shape': \(shape), }\n"
}
