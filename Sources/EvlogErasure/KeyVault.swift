public import Crypto
public import EvlogCore
public import EvlogMachine

/// Keeps a key for each stream that holds personal data, apart from the log.
///
/// Erasing the key makes what was sealed with it unreadable, in every copy of the log: crypto-shredding. So
/// never back up a vault together with the log; its own backups must forget what it forgets.
///
/// A machine may hold a vault. Its ``MachineParameter/identity`` changes with each erased key, so that what was
/// cached for the machine before is no longer used.
public protocol KeyVault: MachineParameter, Sendable {
  /// The key of a stream; nil if it was erased. Throws `ErasureError.missingKey` if there never was one.
  func key(of stream: String) throws -> SymmetricKey?
  /// The key of a stream, made if there is none. Throws `ErasureError.erased` if it was erased.
  func makeKey(of stream: String) throws -> SymmetricKey
  /// Erases a stream's key for good.
  func eraseKey(of stream: String) throws
}

extension KeyVault {
  /// The encoded event for a stream, with every ``Erasable`` in it sealed.
  public func encode(_ event: some Encodable, to stream: String, schemaVersion: UInt32 = 1) throws
    -> EncodedEvent
  {
    let sealer = Sealer(stream: stream) { try makeKey(of: stream) }
    var encoded = try Sealer.$current.withValue(sealer) { try EncodedEvent(encoding: event) }
    encoded.schemaVersion = schemaVersion
    return encoded
  }

  /// The decoded event, with every ``Erasable`` in it opened, or erased.
  public func decode<Event: Decodable>(_ event: RecordedEvent, as type: Event.Type = Event.self)
    throws -> Event
  {
    let opener = Opener(stream: event.stream) { try key(of: event.stream) }
    return try Opener.$current.withValue(opener) { try event.decoded(as: type) }
  }
}

/// Why personal data cannot be sealed or opened.
public struct ErasureError: Error, Sendable, Hashable, CustomStringConvertible {
  public enum Kind: String, Sendable, Hashable {
    /// An `Erasable` was encoded into an event, or decoded, without a vault.
    case needsVault
    /// There is no key for a stream, and it was not erased either.
    case missingKey
    /// The stream's key was erased, so nothing can be sealed with it any more.
    case erased
    /// The sealed data was changed, or was sealed with another key.
    case notAuthentic
    /// The vault's files cannot be read or written.
    case vault
  }

  public let kind: Kind
  public let description: String

  init(_ kind: Kind, _ description: String) {
    self.kind = kind
    self.description = description
  }
}
