import EvlogCore

/// An event in words.
enum EventText {
  /// One line for people.
  static func line(_ event: RecordedEvent, width: Int = 100) -> String {
    var data = String(decoding: event.data.prefix(4 * width), as: UTF8.self)
    data = Words.plain(String(data.map { $0.isNewline ? " " : $0 }))
    if data.count > width { data = data.prefix(width - 1) + "…" }
    let number = Words.number(event.offset.rawValue)
    var offset = String(repeating: " ", count: max(0, 9 - number.count)) + number
    if event.log != nil, let place = CurrentGroup.words(event.offset) {
      offset += "  " + place + String(repeating: " ", count: max(0, 12 - place.count))
    }
    return offset
      + "  \(event.recordedAt)  \(Words.plain(event.stream))  \(Words.plain(event.type))  \(data)"
  }
}
