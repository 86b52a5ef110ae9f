import EvlogCore

/// Reads the lines of a group side by side, in the causal order, in blocks.
struct MergedBlockReader: BlockReader {
  private let order: CausalOrder
  private let end: Cut
  /// Where the next block begins.
  private var position: Cut
  private var lines: [any BlockReader]
  private var merger: BlockMerger
  /// Why a line cannot be read on; what comes before it in the order is read for all that.
  private var failure: (any Error)?

  /// About so many events and bytes of payload a block has.
  private static let blockCount = 4096
  private static let blockBytes = 1 << 20

  /// Nil if a line has no blocks.
  init?(_ history: CausalHistory, _ range: Range<Cut>) throws {
    order = history.order
    (position, end) = (range.lowerBound, range.upperBound)
    let (from, to) = (order.vectorCut(at: position), order.vectorCut(at: end))
    lines = []
    for (line, member) in history.group.members.enumerated() {
      let query = Query(
        from: history.own(from.positions[line], in: line),
        to: history.own(to.positions[line], in: line), stream: member.stream)
      guard let reader = try (member.history as? any BlockHistory)?.blockReader(of: query) else {
        return nil
      }
      lines.append(reader)
    }
    merger = BlockMerger(sources: history.group.names)
  }

  mutating func read(into block: inout EventBlock) throws -> Bool {
    if let failure { throw failure }
    let first = position
    do { try gather() } catch {
      failure = error
      if merger.count == 0 { throw error }
    }
    guard merger.count > 0 else { return false }
    merger.finish(firstOffset: first.offsetAfter, into: &block)
    return true
  }

  private mutating func gather() throws {
    while position < end, merger.count < Self.blockCount, merger.byteCount < Self.blockBytes {
      let line = order.line(at: Int(UInt64(position)))
      while merger.isEmpty(line) {
        guard try merger.refill(line, { try lines[line].read(into: &$0) }) else {
          throw CausalityError(
            .invalidGroup,
            "The log '\(order.causality.names[line])' has fewer events than its order")
        }
      }
      merger.append(from: line)
      position += 1
    }
  }
}
