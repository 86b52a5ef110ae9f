import Synchronization

/// A sealed segment's open file and what decompresses its pages, used by one reader at a time.
final class OpenSegment {
  let file: File
  /// Made when the first page is read.
  var decoder: PageDecoder?

  init(file: File) { self.file = file }
}

/// A reader's hold on an open segment, which is given back when the last copy of the reader goes.
final class LentSegment {
  let segment: SealedSegment
  let open: OpenSegment

  init(_ segment: SealedSegment, _ open: OpenSegment) {
    self.segment = segment
    self.open = open
  }

  deinit { segment.giveBack(open) }
}

/// The open segments of a log that are not being read. A log may have more segments than a process may have open
/// files, so only those that were used last are kept, and fewer where a process may open few.
final class IdleSegments: Sendable {
  /// The most that one log keeps, and that all logs of the process keep together.
  static let most = 64
  private static let mostOfAll = max(1, min(4 * most, OpenFiles.most / 8))
  private static let countOfAll = Atomic(0)

  private struct Idle: @unchecked Sendable {
    var segment: ObjectIdentifier
    // Not used by anything else while it is here.
    var open: OpenSegment
  }

  /// The last one was used last.
  private let idle = Mutex<[Idle]>([])

  deinit { _ = idle.withLock { Self.countOfAll.subtract($0.count, ordering: .relaxed) } }

  func take(_ segment: SealedSegment) -> OpenSegment? {
    idle.withLock { idle in
      guard let i = idle.lastIndex(where: { $0.segment == ObjectIdentifier(segment) }) else {
        return nil
      }
      Self.countOfAll.subtract(1, ordering: .relaxed)
      return idle.remove(at: i).open
    }
  }

  /// Keeps what a reader has done with.
  func give(_ open: OpenSegment, of segment: SealedSegment) {
    idle.withLock { idle in
      idle.append(Idle(segment: ObjectIdentifier(segment), open: open))
      let all = Self.countOfAll.add(1, ordering: .relaxed).newValue
      if idle.count > Self.most || all > Self.mostOfAll {
        idle.removeFirst()
        Self.countOfAll.subtract(1, ordering: .relaxed)
      }
    }
  }

  /// Closes the files of a segment that goes.
  func forget(_ segment: SealedSegment) {
    idle.withLock { idle in
      let before = idle.count
      idle.removeAll { $0.segment == ObjectIdentifier(segment) }
      Self.countOfAll.subtract(before - idle.count, ordering: .relaxed)
    }
  }
}
