/// The random identity of a log, in each of its files: a file of another log is never read as ours.
public struct StoreID: Sendable, Hashable, CustomStringConvertible {
  let bytes: [UInt8]

  init(bytes: [UInt8]) { self.bytes = bytes }

  static func random() -> StoreID {
    StoreID(bytes: (0..<16).map { _ in UInt8.random(in: .min ... .max) })
  }

  /// Thirty-two hexadecimal digits.
  public var description: String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
