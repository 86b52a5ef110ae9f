import Crypto
import Foundation

/// Seals what is personal in one event.
///
/// AES-GCM with a nonce that follows from the key, the stream and the text (a synthetic nonce, as in RFC
/// 5297, cut to 96 bits of HMAC-SHA-256): the same event gives the same bytes, so that a turn that is
/// appended again by its id is the same turn. Of two values of one stream it can be seen that they are
/// equal, and nothing else.
struct Sealer: Sendable {
  @TaskLocal static var current: Sealer?

  let stream: String
  let key: @Sendable () throws -> SymmetricKey

  func seal(_ plain: [UInt8]) throws -> [UInt8] {
    let keys = Keys(try key())
    let stream = Array(self.stream.utf8)
    let nonce = try AES.GCM.Nonce(data: keys.nonce(stream, plain))
    let box = try AES.GCM.seal(plain, using: keys.sealing, nonce: nonce, authenticating: stream)
    return [Keys.version] + Array(box.nonce) + Array(box.ciphertext) + Array(box.tag)
  }
}

/// Opens what is personal in one event.
struct Opener: Sendable {
  @TaskLocal static var current: Opener?

  let stream: String
  let key: @Sendable () throws -> SymmetricKey?

  /// Nil where the key was erased.
  func open(_ sealed: [UInt8]) throws -> [UInt8]? {
    guard let key = try key() else { return nil }
    func broken(_ reason: String) -> ErasureError {
      ErasureError(
        .notAuthentic, "Personal data of the stream '\(stream)' cannot be opened: \(reason)")
    }
    guard sealed.first == Keys.version, sealed.count >= 29 else {
      throw broken("it was not sealed by this version")
    }
    do {
      let box = try AES.GCM.SealedBox(combined: sealed.dropFirst())
      return Array(
        try AES.GCM.open(box, using: Keys(key).sealing, authenticating: Array(stream.utf8)))
    } catch { throw broken("it was changed, or sealed with another key") }
  }
}

/// What is derived of a stream's key, so that no key serves two purposes.
private struct Keys {
  static let version: UInt8 = 1

  let sealing: SymmetricKey
  private let nonces: SymmetricKey

  init(_ key: SymmetricKey) {
    func derived(_ purpose: String) -> SymmetricKey {
      HKDF<SHA256>.deriveKey(
        inputKeyMaterial: key, info: Array("evlog \(purpose)".utf8), outputByteCount: 32)
    }
    sealing = derived("seal")
    nonces = derived("nonce")
  }

  func nonce(_ stream: [UInt8], _ plain: [UInt8]) -> [UInt8] {
    var hmac = HMAC<SHA256>(key: nonces)
    // The length keeps stream and text apart.
    hmac.update(data: (0..<8).map { UInt8(truncatingIfNeeded: stream.count >> ($0 * 8)) })
    hmac.update(data: stream)
    hmac.update(data: plain)
    return Array(hmac.finalize().prefix(12))
  }
}
