import EvlogCore
import EvlogJSON
import EvlogReplay
import EvlogStore

extension Subject {
  /// At most so often the page is told that the log has grown: a writer may append a thousand times a second.
  static let pause = Duration.milliseconds(200)

  /// Judges what there is, and then what comes, until the task is cancelled or the log cannot be followed.
  func follow(wording: @escaping Wording) async {
    await judge(wording: wording)
    await tellJudged(wording: wording)
    if source.group != nil { return await followGroup(wording: wording) }
    guard let log else { return }
    do {
      var end = log.end
      while try await log.waitForEvents(after: end) {
        try Task.checkCancellation()
        let before = loaded?.knownTo ?? end
        end = log.end
        _ = try await tiles.tiles()
        await judge(wording: wording)
        broadcast.tell(ServerEvent(name: "grown", data: try await grown(since: before)))
        try await Task.sleep(for: Self.pause)
      }
    } catch is CancellationError {
      // The studio ends.
    } catch {
      broadcast.tellTrouble(wording(error))
    }
  }

  /// Pages that were opened before the verdicts were known learn them.
  private func tellJudged(wording: Wording) async {
    do {
      broadcast.tell(ServerEvent(name: "judged", data: try await grown(since: 0)))
    } catch is CancellationError {
      // The studio ends.
    } catch {
      broadcast.tellTrouble(wording(error))
    }
  }

  private func judge(wording: Wording) async {
    guard let loaded else { return }
    do {
      let failure = try await loaded.judge().scan.failure
      broadcast.tellTrouble(failure.map { wording($0) })
    } catch is CancellationError {
      // The studio ends.
    } catch {
      broadcast.tellTrouble(wording(error))
    }
  }

  /// What a page is told when there are more events.
  func grown(since before: Cut, isReordered: Bool = false) async throws -> JSONValue {
    let loaded = loaded
    let tiles = try await self.tiles.tiles()
    return try await QuestionThreads.run {
      let window = TileWindow(
        .offset, from: Int64(UInt64(before)), to: Int64(UInt64(tiles.end)), columns: 800)
      let last = tiles.times.map { Timestamp(nanoseconds: $0.upperBound).description }
      return .object([
        ("end", .int(tiles.end)), ("lastTime", last.map { .string($0) } ?? .null),
        ("knownTo", loaded.map { .int($0.knownTo) } ?? .null),
        ("marks", .array(try marks(window, tiles))), ("reordered", .bool(isReordered)),
      ])
    }
  }
}
