import EvlogCore
import EvlogCuts
import EvlogReplay
import EvlogStore

/// A group whose logs grow. Its causal order is made again, with the machine over it, while the old one answers.
extension Subject {
  func followGroup(wording: @escaping Wording) async {
    do {
      guard var ends = source.group?.ends else { return }
      var failures = 0
      while let group = source.group,
        try await group.waitForEvents(after: ends, orFor: failures > 0 ? Self.pause : nil)
      {
        let seen = group.group.members.map(\.history.end)
        do {
          try await takeGrowth(of: group, wording: wording)
          (ends, failures) = (seen, 0)
        } catch is CancellationError {
          throw CancellationError()
        } catch {
          failures += 1
          // A cause may be in a log that is read a moment later than the one with its effect.
          if failures == 3 { broadcast.tellTrouble(wording(error)) }
        }
        try await Task.sleep(for: Self.pause)
      }
    } catch is CancellationError {
      // The studio ends.
    } catch {
      broadcast.tellTrouble(wording(error))
    }
  }

  /// Puts the group as it is now in use, and tells pages.
  private func takeGrowth(of group: CausalHistory, wording: @escaping Wording) async throws {
    let again = try await QuestionThreads.run { try group.readAgain() }
    guard again.ends != group.ends else { return }
    while true {
      let before = now
      var after = before
      after.source.history = again
      after.tiles = TileIndex(again)
      after.tables = SubjectTables(after.source.projections, over: again)
      after.loaded = before.loaded.map {
        LoadedMachine($0.program, over: after.source, wording: wording)
      }
      _ = try await after.tiles.tiles()
      let failure = try await after.loaded?.judge().scan.failure
      guard replace(before, by: after) else { continue }
      broadcast.tellTrouble(failure.map { wording($0) })
      let isReordered = !group.isBeginning(of: again)
      let data = try await grown(since: isReordered ? 0 : group.end, isReordered: isReordered)
      return broadcast.tell(ServerEvent(name: "grown", data: data))
    }
  }
}

extension CausalHistory {
  /// Waits until one of the logs is longer, at most for a time if one is given; false once all are closed.
  fileprivate func waitForEvents(after ends: [Cut], orFor time: Duration?) async throws -> Bool {
    try await withThrowingTaskGroup(of: Bool.self) { waiting in
      for (member, end) in zip(group.members, ends) {
        guard let log = member.history as? EventLog else { continue }
        waiting.addTask { try await log.waitForEvents(after: end) }
      }
      if let time {
        waiting.addTask {
          try await Task.sleep(for: time)
          return true
        }
      }
      defer { waiting.cancelAll() }
      for try await hasMore in waiting where hasMore { return true }
      return false
    }
  }
}
