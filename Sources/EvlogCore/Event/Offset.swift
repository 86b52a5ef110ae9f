/// An event's position in its log, from 0, without gaps. Compression never moves it.
@frozen public struct Offset: Ordinal {
  public let rawValue: UInt64

  @inlinable public init(_ rawValue: UInt64) { self.rawValue = rawValue }

  /// The cut just before the event.
  @inlinable public var cutBefore: Cut { Cut(rawValue) }
  /// The cut just after the event.
  @inlinable public var cutAfter: Cut { Cut(rawValue + 1) }
}

/// A position between events: cut `k` is the state after the first `k` events.
///
/// The event at offset `k` leads from cut `k` to cut `k + 1`.
@frozen public struct Cut: Ordinal {
  public let rawValue: UInt64

  @inlinable public init(_ rawValue: UInt64) { self.rawValue = rawValue }

  /// The event that leads to the cut; nil at cut 0.
  @inlinable public var offsetBefore: Offset? { rawValue == 0 ? nil : Offset(rawValue - 1) }
  /// The event that leads on from the cut, if there is one.
  @inlinable public var offsetAfter: Offset { Offset(rawValue) }
}

extension Range<Cut> {
  /// The events between two cuts.
  @inlinable public var offsets: Range<Offset> {
    lowerBound.offsetAfter..<upperBound.offsetAfter
  }
}

extension Range<Offset> {
  /// The cut just before the first of the events.
  @inlinable public var cutBefore: Cut { lowerBound.cutBefore }
  /// The cut just after the last of them.
  @inlinable public var cutAfter: Cut { upperBound.cutBefore }
}

/// An event's position in its stream, from 0.
@frozen public struct Revision: Ordinal {
  public let rawValue: UInt64

  @inlinable public init(_ rawValue: UInt64) { self.rawValue = rawValue }

  /// The revision of the stream's next event.
  @inlinable public var next: Revision { Revision(rawValue + 1) }
}
