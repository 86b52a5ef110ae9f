import EvlogJSON
import Synchronization

/// Tells pages what happens to a subject.
final class Broadcast: Sendable {
  private struct State {
    var listeners: [Int: AsyncStream<ServerEvent>.Continuation] = [:]
    var next = 0
    /// What is wrong, for pages that come later; nil while nothing is.
    var trouble: ServerEvent?
  }

  private let state = Mutex(State())

  /// What happens from now on, until the listener goes away.
  func events() -> AsyncStream<ServerEvent> {
    AsyncStream { continuation in
      let id = state.withLock { state in
        state.next += 1
        state.listeners[state.next] = continuation
        if let trouble = state.trouble { continuation.yield(trouble) }
        return state.next
      }
      continuation.onTermination = { [weak self] _ in
        self?.state.withLock { _ = $0.listeners.removeValue(forKey: id) }
      }
    }
  }

  var isHeard: Bool { state.withLock { !$0.listeners.isEmpty } }

  func tell(_ event: ServerEvent) {
    for listener in state.withLock({ Array($0.listeners.values) }) { listener.yield(event) }
  }

  /// Says what is wrong, also to pages that come later; nil if it is over.
  func tellTrouble(_ message: String?) {
    let event = message.map {
      ServerEvent(name: "broken", data: .object([("message", .string($0))]))
    }
    state.withLock { $0.trouble = event }
    if let event { tell(event) }
  }
}
