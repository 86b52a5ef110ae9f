import EvlogAnswers
import EvlogCore
import EvlogJSON

/// What the indexes of a log say, in words.
struct Statistics {
  let answer: Answers.Stats

  func print(top: Int, segmentTable: Bool) {
    let out = Output.standard
    out.line("events    \(Words.number(answer.events))")
    out.line("streams   \(Words.number(answer.streams.entries.count))")
    out.line("types     \(Words.number(answer.types.entries.count))")
    if let first = answer.firstTime, let last = answer.lastTime {
      out.line("times     \(first) to \(last)")
    }
    if let words = Self.words(answer.timesBackwards, answer.firstBackwards) {
      out.line("          \(words)")
    }
    let sealed = answer.segments.count(where: \.sealed)
    out.line(
      "segments  \(answer.segments.count): \(sealed) sealed, \(answer.segments.count - sealed) active"
    )
    out.line("size      \(size(stored: answer.bytes, raw: answer.rawBytes, events: answer.events))")
    let texts = ["snapshots", "verdicts", "indexes", "other"].compactMap { name in
      answer.caches[name].flatMap { room in
        room.files > 0
          ? "\(name) \(Words.bytes(room.bytes)) in \(Words.count(room.files, "file"))" : nil
      }
    }
    if !texts.isEmpty {
      out.line("caches    \(texts.joined(separator: ", "))")
    }
    if segmentTable { printSegments() }
    list("type", answer.types.entries, top)
    list("stream", answer.streams.entries, top)
  }

  /// Nil where times ascend.
  static func words(_ count: UInt64?, _ first: Offset?) -> String? {
    first.map { first in
      "they run backwards: \(Words.count(count ?? 0, "event")) dated before an earlier "
        + "event, the first at offset \(Words.number(first))"
    }
  }

  /// On disk, and what the events take in frames, before compression.
  private func size(stored: UInt64, raw: UInt64, events: UInt64) -> String {
    var text = Words.bytes(stored)
    if raw > stored, stored > 0 {
      text += ", \(Words.oneDecimal(Double(raw) / Double(stored))) × smaller than its frames"
    }
    if events > 0 {
      text += "; \(Words.oneDecimal(Double(stored) / Double(events))) bytes an event"
    }
    return text
  }

  private func printSegments() {
    let out = Output.standard
    out.line()
    for segment in answer.segments {
      let count = segment.endOffset - segment.firstOffset
      var text = "\(segment.file)  \(Words.count(count, "event")) from "
      text += "\(Words.number(segment.firstOffset))  "
      text += size(stored: segment.bytes, raw: segment.rawBytes, events: count)
      if let first = segment.firstTime, let last = segment.lastTime {
        text += "  \(first) to \(last)"
      }
      out.line(text)
    }
  }

  private func list(_ noun: String, _ counts: [(name: String, value: UInt64)], _ top: Int) {
    guard !counts.isEmpty, top > 0 else { return }
    Output.standard.line()
    let sorted = counts.sorted { ($1.value, Name($0.name)) < ($0.value, Name($1.name)) }
    for (name, count) in sorted.prefix(top) {
      let share = "\(Words.oneDecimal(Double(count) / Double(max(1, answer.events)) * 100)) %"
      Output.standard.line(
        right(Words.number(count), 12) + right(share, 9) + "  " + Words.plain(name))
    }
    if sorted.count > top {
      Output.standard.line(
        right("…", 12) + "           \(Words.count(sorted.count - top, "more \(noun)"))")
    }
  }

  private func right(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }
}
