public import Crypto
import EvlogCore
import Synchronization

/// A vault in memory, for tests.
public final class MemoryVault: KeyVault {
  private struct State {
    var keys: [Name: SymmetricKey] = [:]
    var erased: Set<Name> = []
  }

  private let state = Mutex(State())
  private let number = UInt64.random(in: .min ... .max)

  public init() {}

  /// The vault, and the number of keys that it has erased.
  public var identity: String { "\(number), \(state.withLock { $0.erased.count }) erased" }

  public func key(of stream: String) throws -> SymmetricKey? {
    try state.withLock { state in
      if let key = state.keys[Name(stream)] { return key }
      if state.erased.contains(Name(stream)) { return nil }
      throw ErasureError(.missingKey, "There is no key for the stream '\(stream)'")
    }
  }

  public func makeKey(of stream: String) throws -> SymmetricKey {
    try state.withLock { state in
      let name = Name(stream)
      guard !state.erased.contains(name) else {
        throw ErasureError(.erased, "The key of the stream '\(stream)' was erased")
      }
      if let key = state.keys[name] { return key }
      let key = SymmetricKey(size: .bits256)
      state.keys[name] = key
      return key
    }
  }

  public func eraseKey(of stream: String) {
    state.withLock { state in
      state.keys[Name(stream)] = nil
      state.erased.insert(Name(stream))
    }
  }
}
