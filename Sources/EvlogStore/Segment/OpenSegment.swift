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

/// The open segments of a log that nobody reads at the moment: a log may have more segments than a process may have
/// open files, so only those that were used last are kept.
final class IdleSegments: Sendable {
  static let most = 64

  private struct Idle: @unchecked Sendable {
    var segment: ObjectIdentifier
    // Not used by anything else while it is here.
    var open: OpenSegment
  }

  /// The last one was used last.
  private let idle = Mutex<[Idle]>([])

  func take(_ segment: SealedSegment) -> OpenSegment? {
    idle.withLock { idle in
      guard let i = idle.lastIndex(where: { $0.segment == ObjectIdentifier(segment) }) else {
        return nil
      }
      return idle.remove(at: i).open
    }
  }

  /// Keeps what a reader has done with.
  func give(_ open: OpenSegment, of segment: SealedSegment) {
    idle.withLock { idle in
      idle.append(Idle(segment: ObjectIdentifier(segment), open: open))
      if idle.count > Self.most { idle.removeFirst() }
    }
  }

  /// Closes the files of a segment that goes.
  func forget(_ segment: SealedSegment) {
    idle.withLock { idle in idle.removeAll { $0.segment == ObjectIdentifier(segment) } }
  }
}
