import EvlogCore

extension SQLProjection {
  struct Sections {
    var name = ""
    var version = 1
    var tables = ""
    var handlers: [Name: Handler] = [:]
    var ignored: Set<Name> = []
  }

  /// What the SQL after a comment is.
  private enum Heading {
    case projection(name: String, version: Int)
    case on([String])
    case ignore([String])
  }

  static func sections(_ source: String, file: String) throws -> Sections {
    func problem(_ line: Int, _ message: String) -> SQLProjectionError {
      SQLProjectionError(file: file, line: line, message: message)
    }
    var sections = Sections()
    var current: (heading: Heading, line: Int, sql: String)?
    func end() throws {
      guard let (heading, line, sql) = current else { return }
      switch heading {
      case .projection(let name, let version):
        guard sections.name.isEmpty else {
          throw problem(line, "a file has one projection")
        }
        (sections.name, sections.version, sections.tables) = (name, version, sql)
      case .on(let types):
        for type in types.map(Name.init) {
          guard sections.handlers[type] == nil else {
            throw problem(line, "'\(type)' has a section already")
          }
          sections.handlers[type] = Handler(sql: sql, line: line)
        }
      case .ignore(let types):
        guard !hasStatements(sql) else {
          throw problem(line, "an ignored type has no SQL: write '-- on: TYPE' before it")
        }
        sections.ignored.formUnion(types.map(Name.init))
      }
    }
    for (i, text) in lines(of: source).enumerated() {
      if let heading = try Self.heading(text, { problem(i + 1, $0) }) {
        try end()
        current = (heading, i + 1, "")
      } else if current != nil {
        current?.sql += text + "\n"
      } else if !text.allSatisfy(\.isWhitespace), !text.hasPrefix("--") {
        throw problem(i + 1, "the file must begin with '-- projection: NAME VERSION'")
      }
    }
    try end()
    guard !sections.name.isEmpty else {
      throw problem(1, "the file must begin with '-- projection: NAME VERSION'")
    }
    if let type = sections.ignored.first(where: { sections.handlers[$0] != nil }) {
      throw problem(1, "'\(type)' is both handled and ignored")
    }
    return sections
  }

  /// With either end of a line; a carriage return and a line feed are one `Character`.
  private static func lines(of text: String) -> [Substring] {
    text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
  }

  /// Whether there is more than comments and empty lines.
  private static func hasStatements(_ sql: String) -> Bool {
    lines(of: sql).contains { line in
      let text = line.drop(while: \.isWhitespace)
      return !text.isEmpty && !text.hasPrefix("--")
    }
  }

  /// Names with commas between them. One in quotes may have commas in it; a quote in it is written twice.
  private static func names(
    _ text: Substring, _ problem: (String) -> SQLProjectionError
  ) throws -> [String] {
    var names: [String] = []
    var rest = text.drop(while: \.isWhitespace)
    while !rest.isEmpty {
      if rest.first == "\"" {
        var name = ""
        rest = rest.dropFirst()
        while true {
          guard let end = rest.firstIndex(of: "\"") else {
            throw problem("a name in quotes has no end; a quote in it is written twice")
          }
          name += rest[..<end]
          rest = rest[end...].dropFirst()
          guard rest.first == "\"" else { break }
          name += "\""
          rest = rest.dropFirst()
        }
        rest = rest.drop(while: \.isWhitespace)
        guard rest.isEmpty || rest.first == ",", !name.isEmpty else {
          throw problem("after a name in quotes comes a comma, or the end of the line")
        }
        names.append(name)
      } else {
        let name = rest.prefix { $0 != "," }
        rest = rest.dropFirst(name.count)
        let trimmed = String(name.reversed().drop(while: \.isWhitespace).reversed())
        if !trimmed.isEmpty { names.append(trimmed) }
      }
      rest = rest.dropFirst().drop(while: \.isWhitespace)
    }
    return names
  }

  private static func heading(
    _ line: Substring, _ problem: (String) -> SQLProjectionError
  ) throws -> Heading? {
    guard line.hasPrefix("-- ") else { return nil }
    let words = line.dropFirst(3).split(separator: " ", maxSplits: 1)
    guard let keyword = words.first else { return nil }
    let rest = words.count > 1 ? words[1] : ""
    switch keyword {
    case "projection:":
      let parts = rest.split(separator: " ")
      guard parts.count == 2, let version = Int(parts[1]), version > 0 else {
        throw problem("write '-- projection: NAME VERSION', the version a whole number from 1")
      }
      guard parts[0].allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "-_".contains($0)) })
      else { throw problem("a projection's name is of letters, digits, '-' and '_'") }
      return .projection(name: String(parts[0]), version: version)
    case "on:":
      let types = try names(rest, problem)
      guard !types.isEmpty else { throw problem("write '-- on: TYPE', or several, with commas") }
      return .on(types)
    case "ignore:":
      let types = try names(rest, problem)
      guard !types.isEmpty else {
        throw problem("write '-- ignore: TYPE', or several, with commas")
      }
      return .ignore(types)
    default: return nil
    }
  }
}
