public import EvlogMachine

extension MessageQueue {
  public var invariants: [Invariant<Self>] {
    let (attempts, visibility) = (attempts, visibility)
    return [
      .always("what is settled never comes back") { state in
        state.messages.allSatisfy { state.settled[$0.id] == nil }
      },
      .history("nothing is lost", initial: [String]()) { sent, _, event, after, _ in
        if case .send(let id, _) = event, !sent.contains(id) { sent = (sent + [id]).sorted() }
        return sent.allSatisfy { after.settled[$0] != nil || after[$0] != nil }
      },
      .step("only a dead letter is discarded") { before, _, after, _ in
        after.settled.allSatisfy { id, settlement in
          before.settled[id] != nil
            || (settlement == .discarded) == (before[id]?.place == .dead)
        }
      },
      .step("a message is taken by one consumer at a time") { before, _, after, _ in
        Self.goneOut(before, after).allSatisfy { before[$0.id]?.place == .waiting }
      },
      .step("an old receipt does nothing") { before, event, after, _ in
        switch event {
        case .acknowledge(let id, let receipt), .reject(let id, let receipt):
          before == after
            || before.messages.contains {
              $0.id == id && $0.place == .taken && $0.receipt == receipt
            }
        default: true
        }
      },
      .step("what is said in time counts") { before, event, after, _ in
        switch event {
        case .acknowledge(let id, let receipt):
          !before.isTaken(id, receipt) || after.settled[id] == .acknowledged
        case .discard(let id):
          before[id]?.place != .dead || after.settled[id] == .discarded
        case .reject(let id, let receipt):
          !before.isTaken(id, receipt) || after[id]?.place != .taken && after[id]?.left == 0
        default: true
        }
      },
      .step("a message goes back when its time is over") { before, event, after, _ in
        guard case .tick = event else { return true }
        return before.messages.filter { $0.place == .taken }.allSatisfy { old in
          guard let now = after[old.id] else { return false }
          return now.left == old.left - 1 && (now.place == .taken) == (now.left > 0)
        }
      },
      .step("a delivery counts") { before, _, after, _ in
        Self.goneOut(before, after).allSatisfy {
          $0.left == visibility && $0.attempts == (before[$0.id]?.attempts ?? 0) + 1
        }
      },
      .step("a receipt is used once") { before, _, after, _ in
        after.messages.allSatisfy { $0.receipt >= before[$0.id]?.receipt ?? 0 }
          && Self.goneOut(before, after).allSatisfy { $0.receipt > before[$0.id]?.receipt ?? 0 }
      },
      .history("messages of one key go out in order", initial: [Sent]()) {
        sent, before, event, after, _ in
        if case .send(let id, let key) = event, sent.allSatisfy({ $0.id != id }) {
          sent.append(Sent(id: id, key: key))
        }
        return Self.goneOut(before, after).allSatisfy { message in
          sent.prefix { $0.id != message.id }
            .allSatisfy { $0.key != message.key || before.settled[$0.id] != nil }
        }
      },
      .always("no message is tried more often than allowed") {
        $0.messages.allSatisfy { $0.attempts <= attempts }
      },
      .always("no message is given up before that") {
        $0.messages.allSatisfy { $0.place != .dead || $0.attempts == attempts }
      },
      .step("what may go out does") { before, event, after, _ in
        guard case .receive = event else { return true }
        return Self.goneOut(before, after).count == 1
          || before.messages.indices.allSatisfy { i in
            before.messages[i].place != .waiting
              || before.messages[..<i].contains { $0.key == before.messages[i].key }
          }
      },
    ]
  }

  /// What was sent, as the law of order remembers it.
  private struct Sent: Codable, Sendable {
    var id: String
    var key: String
  }

  /// The messages that an event has delivered: their place, their receipt or their time says so.
  private static func goneOut(_ before: State, _ after: State) -> [Message] {
    after.messages.filter { message in
      guard message.place == .taken else { return false }
      guard let old = before[message.id], old.place == .taken else { return true }
      return old.receipt != message.receipt || old.left < message.left
    }
  }
}
