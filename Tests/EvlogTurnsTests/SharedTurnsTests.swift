import EvlogStore
import EvlogTesting
import Testing

@testable import EvlogTurns

/// Who has a stream, in the moments between being told that somebody else has it and waiting for it.
@Suite struct SharedTurnsTests {
  private func shared() throws -> SharedTurns {
    let log = try EventLog.inMemory()
    defer { log.close() }
    return SharedTurns(orders: try Orders(of: "machine", in: log))
  }

  @Test func aStreamThatSomebodyIsAboutToWaitForStaysTheSame() async throws {
    var shared = try shared()
    let name = Name("a")
    let (first, isFree) = shared.take(name, limit: 1)
    #expect(isFree)
    let (second, isFreeToo) = shared.take(name, limit: 1)
    #expect(!isFreeToo && second === first)
    // It is free for a moment, and nothing is known of it; others come and need room.
    shared.give(first)
    let (other, _) = shared.take(Name("b"), limit: 1)
    let (third, isFreeForThird) = shared.take(name, limit: 1)
    #expect(isFreeForThird && third === second)
    await withCheckedContinuation { continuation in
      let isFree = shared.take(second, or: continuation)
      #expect(!isFree, "the third one has it")
      shared.give(third)
    }
    // Now the second one has it.
    let (fourth, isFreeForFourth) = shared.take(name, limit: 1)
    #expect(!isFreeForFourth && fourth === second)
    shared.give(second)
    await withCheckedContinuation { continuation in
      if shared.take(fourth, or: continuation) { continuation.resume() }
    }
    shared.give(fourth)
    shared.give(other)
    // Nobody has it, and nothing is known of it: the next one begins anew.
    #expect(shared.take(name, limit: 1).slot !== first)
  }
}
