import EvlogJSON
import EvlogMachine
import Foundation

/// Personal data in an event or a state: present, or erased.
///
///     enum Event: Codable, Sendable {
///       case registered(name: Erasable<String>, plan: String)
///     }
///
/// In an event, it is sealed with the stream's key: only the vault's `encode` writes it, and only the vault's
/// `decode` reads it. In a state it is plain, so a saved state contains what it shows.
public enum Erasable<Value: Codable & Sendable>: Sendable {
  case present(Value)
  case erased

  /// The value, or nil if it was erased.
  public var value: Value? { if case .present(let value) = self { value } else { nil } }

  public init(_ value: Value) { self = .present(value) }
}

extension Erasable: Equatable where Value: Equatable {}
extension Erasable: Hashable where Value: Hashable {}

extension Erasable: Codable {
  private enum Key: String, CodingKey {
    case sealed = "evlog.sealed"
    case erased = "evlog.erased"
  }

  public func encode(to encoder: any Encoder) throws {
    guard case .present(let value) = self else {
      var container = encoder.container(keyedBy: Key.self)
      return try container.encode(true, forKey: .erased)
    }
    guard let sealer = Sealer.current else {
      if EventEncoding.isActive {
        throw ErasureError(
          .needsVault,
          "An event has personal data, and would be written in clear: encode it with the vault")
      }
      return try value.encode(to: encoder)
    }
    // What is inside of what is sealed need not be sealed by itself.
    let plain = try Sealer.$current.withValue(nil) {
      try EventEncoding.$isActive.withValue(false) {
        try StateEncoder().canonicalBytes(of: value)
      }
    }
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(
      Data(try sealer.seal(plain)).base64EncodedString(), forKey: .sealed)
  }

  public init(from decoder: any Decoder) throws {
    // What is no object was never sealed; the value itself is read then, and its error is the one to tell.
    if let container = try? decoder.container(keyedBy: Key.self) {
      if container.contains(.erased) {
        self = .erased
        return
      }
      if container.contains(.sealed) {
        let text = try container.decode(String.self, forKey: .sealed)
        guard let opener = Opener.current else {
          throw ErasureError(
            .needsVault, "An event has personal data that is sealed: decode it with the vault")
        }
        guard let sealed = Data(base64Encoded: text) else {
          throw ErasureError(.notAuthentic, "The sealed data is not Base64")
        }
        guard let plain = try opener.open(Array(sealed)) else {
          self = .erased
          return
        }
        self = .present(try StateDecoder().decode(Value.self, from: plain[...]))
        return
      }
    }
    self = .present(try Value(from: decoder))
  }
}
