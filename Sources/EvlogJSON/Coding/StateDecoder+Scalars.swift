// Texts, truth values and numbers, and what is said where there are others.
extension JSONText {
  @inline(__always) func string(at place: Int, in container: Int) throws -> String {
    guard let result = string(at: place) else {
      throw mismatch(String.self, at: place, in: container)
    }
    return result
  }

  @inline(__always) func bool(at place: Int, in container: Int) throws -> Bool {
    switch slots[place].kind {
    case .yes: return true
    case .no: return false
    default: throw mismatch(Bool.self, at: place, in: container)
    }
  }

  func double(at place: Int, in container: Int) throws -> Double {
    if let result = plainDouble(at: place) { return result }
    let text = try decimal(Double.self, at: place, in: container)
    guard let result = Double(text) else {
      throw misfit(text, Double.self, at: place, in: container)
    }
    return result
  }

  func float(at place: Int, in container: Int) throws -> Float {
    let text = try decimal(Float.self, at: place, in: container)
    guard let result = Float(text) else { throw misfit(text, Float.self, at: place, in: container) }
    return result
  }

  @inline(__always) func integer<T: FixedWidthInteger>(
    _ type: T.Type, at place: Int, in container: Int
  ) throws -> T {
    if let result = plainInteger(at: place, type) { return result }
    return try slowInteger(type, at: place, in: container)
  }

  /// A whole number however it is written: `1e2`, or as a key.
  @inline(never) func slowInteger<T: FixedWidthInteger>(
    _ type: T.Type, at place: Int, in container: Int
  ) throws -> T {
    let text = try decimal(type, at: place, in: container)
    guard let result = T(text) else { throw misfit(text, type, at: place, in: container) }
    return result
  }

  private func decimal(_ type: Any.Type, at place: Int, in container: Int) throws -> String {
    guard let text = decimal(at: place) else { throw mismatch(type, at: place, in: container) }
    return text
  }

  // MARK: Errors

  @inline(never) func mismatch(_ type: Any.Type, at place: Int, in container: Int) -> DecodingError
  {
    .typeMismatch(
      type,
      .init(
        codingPath: path(of: place, in: container),
        debugDescription: "expected \(type), found \(name(of: place))"))
  }

  private func misfit(_ text: String, _ type: Any.Type, at place: Int, in container: Int)
    -> DecodingError
  {
    .dataCorrupted(
      .init(
        codingPath: path(of: place, in: container),
        debugDescription: "\(text) does not fit \(type)"))
  }

  private func name(of place: Int) -> String {
    switch slots[place].kind {
    case .null: "null"
    case .yes, .no: "a boolean"
    case .whole, .number: "the number \(decimal(at: place) ?? "")"
    case .string, .escapedString, .key, .escapedKey, .keyBeside, .oldKey: "a string"
    case .array: "an array"
    case .object, .checkedObject, .list: "an object"
    }
  }
}
