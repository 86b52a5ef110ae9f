import EvlogCore
import EvlogForensics
import EvlogJSON
import EvlogMachine

/// The text of a first machine for a log. It handles every type, keeps the last value of each field, and has regions:
/// the values of a field that has few, or else the type of the last event.
struct DraftSource {
  /// What a machine has a state for.
  private enum Subject {
    case log
    case stream
    case key(String)
  }

  private let survey: EventSurvey
  private let name: String
  private let source: String
  private let subject: Subject
  /// The field that tells regions apart; nil for the type of the last event.
  let regionField: String?
  /// The member of the state that has the type of the last event.
  private let phase: String
  /// What was guessed, each as a sentence.
  private(set) var guesses: [String] = []

  init(_ survey: EventSurvey, name: String, of source: String) {
    (self.survey, self.name, self.source) = (survey, name, source)
    let names = Set(survey.types.flatMap { $0.fields.map(\.name) })
    phase = ["phase", "lastType", "phaseOfState"].first { !names.contains($0) } ?? "_phase"
    let total = survey.events
    if survey.streams > 1 {
      subject = .stream
      guesses.append(
        "One state for each stream: \(Words.count(UInt64(survey.streams), "stream")) with "
          + "\(Self.ratio(total, UInt64(survey.streams))) events on average.")
    } else if let key = Self.key(survey) {
      subject = .key(key)
      guesses.append("One state for each '\(key)', which nearly all events have.")
    } else {
      subject = .log
      guesses.append("One state for the whole log, which has one stream.")
    }
    regionField = Self.regionField(survey)
    guesses.append(
      regionField.map { "The regions are the values of '\($0)', which has few." }
        ?? "The regions are the type of the last event, because no field with few values occurs in several types."
    )
  }

  private static func ratio(_ a: UInt64, _ b: UInt64) -> String {
    let tenths = a * 10 / max(1, b)
    return "\(tenths / 10).\(tenths % 10)"
  }

  /// A field that says what nearly all events of one stream are about.
  private static func key(_ survey: EventSurvey) -> String? {
    var counts: [(name: String, events: UInt64, values: Int)] = []
    for field in survey.types.flatMap(\.fields)
    where field.kinds == [.text] || field.kinds == [.integer] {
      if let i = counts.firstIndex(where: { $0.name == field.name }) {
        counts[i].events += field.count
        counts[i].values = max(counts[i].values, field.valueCount)
      } else {
        counts.append((field.name, field.count, field.valueCount))
      }
    }
    return counts.filter {
      $0.events * 20 >= survey.events * 19 && $0.values > 12
        && UInt64($0.values) * 2 <= survey.events
    }.max { $0.values < $1.values }?.name
  }

  /// A text or truth value with few values, that a good part of the events of several types have.
  private static func regionField(_ survey: EventSurvey) -> String? {
    var counts: [(name: String, events: UInt64, types: Int, values: Set<JSONValue>)] = []
    var excluded: Set<String> = []
    for field in survey.types.flatMap(\.fields) {
      guard field.kinds == [.text] || field.kinds == [.boolean], let values = field.values,
        isIdentifier(field.name)
      else {
        excluded.insert(field.name)
        continue
      }
      if let i = counts.firstIndex(where: { $0.name == field.name }) {
        counts[i].events += field.count
        counts[i].types += 1
        counts[i].values.formUnion(values)
      } else {
        counts.append((field.name, field.count, 1, Set(values)))
      }
    }
    return counts.filter {
      !excluded.contains($0.name) && $0.types > 1 && (2...12).contains($0.values.count)
        && $0.events * 10 >= survey.events * 3
        // In a short log, every field has few values.
        && $0.events >= 3 * UInt64($0.values.count)
    }.max { $0.events < $1.events }?.name
  }

  /// The machine's text; `moves`: by region and type, where events led.
  func text(moves: [(region: String, types: [(type: String, targets: [String])])]) -> String {
    var lines = [
      "// A draft made from \(Words.count(survey.events, "event")) of \(source). It runs as it is. Next, decide which",
      "// fields matter, which moves are allowed, and what must always hold. Guesses:",
    ]
    lines += guesses.map { "// - \($0)" }
    lines.append("machine(\(Self.quoted(name)), 1, {")
    switch subject {
    case .log: break
    case .stream: lines += ["  scope: \"stream\",", ""]
    case .key(let field):
      lines += ["  scope: \"key\",", "  key: e => e.data\(Self.member(field)) ?? null,", ""]
    }
    lines += ["  initial: { \(phase): \"none\" },", "", "  on: {"]
    for type in survey.types { lines += handler(type) }
    lines += ["  },", "", "  regions: {"]
    lines.append(
      "    of: s => "
        + (regionField.map { "`${s\(Self.member($0)) ?? \"none\"}`" } ?? "s.\(phase)") + ",")
    lines.append("    // As they were seen. Everything else is unknown.")
    lines.append("    moves: {")
    for row in moves {
      lines.append("      \(Self.key(row.region)): {")
      for (type, targets) in row.types {
        lines.append(
          "        \(Self.key(type)): [\(targets.map(Self.quoted).joined(separator: ", "))],")
      }
      lines.append("      },")
    }
    lines += ["    },", "  },", "", "  invariants: {"]
    lines.append("    // \"a rule by its name\": always(s => true),")
    lines += ["  },", "})", ""]
    // In JavaScript these end a line, and with it a comment; in a text, they may stand.
    return lines.map { line in
      guard line.drop(while: { $0 == " " }).hasPrefix("//") else { return line }
      return
        String(
          String.UnicodeScalarView(
            line.unicodeScalars.map { (0x2028...0x2029).contains($0.value) ? " " : $0 }))
    }.joined(separator: "\n")
  }

  private func handler(_ type: EventSurvey.EventType) -> [String] {
    var lines = [
      "    // \(Words.count(type.count, "event")), the first at offset \(Words.number(type.first))"
        + (type.otherData > 0 ? "; \(Words.number(type.otherData)) without a JSON object" : "")
    ]
    for field in type.fields { lines.append("    //   \(Self.described(field, of: type))") }
    lines.append("    \(Self.key(type.name)): (s, e) => {")
    lines.append("      s.\(phase) = \(Self.quoted(type.name))")
    // Nothing is known of the members of data that is no object.
    for field in type.fields where type.otherData == 0 && Self.isScalar(field) {
      let member = Self.member(field.name)
      lines.append(
        "      s\(member) = e.data\(member)" + (field.count < type.count ? " ?? null" : ""))
    }
    lines.append("    },")
    return lines
  }

  private static func isScalar(_ field: EventSurvey.Field) -> Bool {
    Set(field.kinds).isDisjoint(with: [.list, .record])
  }

  private static func described(
    _ field: EventSurvey.Field, of type: EventSurvey.EventType
  ) -> String {
    var text =
      "\(Words.plain(field.name)): \(field.kinds.map(\.rawValue).joined(separator: " or "))"
    if let range = field.range {
      text +=
        range.lowerBound == range.upperBound
        ? ", always \(range.lowerBound)" : ", \(range.lowerBound) to \(range.upperBound)"
    }
    if field.identifies {
      text += ", identifies the subject"
    } else if let values = field.values, field.kinds == [.text] {
      text += ": " + values.map(\.canonicalText).joined(separator: ", ")
    } else if field.kinds.contains(.text) {
      text +=
        ", \(field.valueCount)\(field.valueCount == EventSurvey.Field.mostValues ? " or more" : "") values"
    }
    if field.count < type.count {
      text += "; in \(Words.number(field.count)) of \(Words.number(type.count))"
    }
    return text
  }

  private static func isIdentifier(_ name: String) -> Bool {
    let bytes = Array(name.utf8)
    guard let first = bytes.first, !(0x30...0x39).contains(first) else { return false }
    return bytes.allSatisfy {
      (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
        || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "$")
    }
  }

  private static func quoted(_ text: String) -> String { JSONValue.string(text).canonicalText }

  private static func key(_ name: String) -> String {
    // As it is, this member of an object literal would set the prototype.
    name == "__proto__" ? "[\"__proto__\"]" : isIdentifier(name) ? name : quoted(name)
  }

  private static func member(_ name: String) -> String {
    isIdentifier(name) ? ".\(name)" : "[\(quoted(name))]"
  }
}
