import Foundation
import Testing

/// What a library does not do to the process and the users of somebody else's program.
@Suite struct PoliteLibraryTests {
  /// The modules below the command.
  static let modules = [
    "CEvlog", "EvlogCore", "EvlogStore", "EvlogJSON", "EvlogMachine", "EvlogComponents",
    "EvlogReplay",
    "EvlogForensics", "EvlogCuts",
    "EvlogTurns",
    "EvlogProjections",
    "EvlogScripting", "EvlogSources", "EvlogEngines", "EvlogTables", "EvlogErasure",
    "EvlogService", "EvlogStudio", "EvlogTesting",
  ]

  static func sources(of module: String, _ extensions: Set<String> = ["swift", "c", "h"]) throws
    -> [URL]
  {
    let folder = ArchitectureTests.root.appending(path: "Sources/\(module)")
    let all = try #require(
      FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
    return all.compactMap { $0 as? URL }.filter { extensions.contains($0.pathExtension) }
  }

  /// The command's verbs, as they are typed.
  static func verbs() throws -> [String] {
    let name = /commandName: "(?<verb>[a-z-]+)"/
    return try sources(of: "EvlogTool").flatMap { file in
      try String(contentsOf: file, encoding: .utf8).matches(of: name).map { String($0.verb) }
    }
  }

  /// Errors carry what helps as a value; only the command says which verb or option that is.
  @Test(arguments: modules) func noTextIsACommandLine(module: String) throws {
    let verbs = try Self.verbs()
    #expect(verbs.count > 20)
    let anyVerb = "(?:\(verbs.joined(separator: "|")))"
    let command = try Regex("evlog \(anyVerb)\\b|['`]\(anyVerb) [a-z-]")
    let option = /(?:^|[\s'"`(=])--[a-z]/
    for file in try Self.sources(of: module) {
      for text in SourceTexts(try String(contentsOf: file, encoding: .utf8)).texts {
        #expect(
          text.firstMatch(of: command) == nil && text.firstMatch(of: option) == nil,
          "\(file.lastPathComponent): \(text)")
      }
    }
  }

  /// An error that is dropped has a reason, in a comment just above.
  @Test(arguments: modules + ["EvlogTool"]) func whoeverDropsAnErrorSaysWhy(module: String) throws {
    for file in try Self.sources(of: module, ["swift"]) {
      // Of what is written into somebody else's package, only that knows.
      if file.lastPathComponent == "Reproduction.swift" { continue }
      let lines = try String(contentsOf: file, encoding: .utf8).split(
        separator: "\n", omittingEmptySubsequences: false)
      for (i, line) in lines.enumerated() where line.contains(/\btry\?/) {
        let isExplained = lines[max(0, i - 6)...i].contains { $0.contains(/(?:^|[^\/])\/\/(?!\/)/) }
        #expect(isExplained, "\(file.lastPathComponent):\(i + 1): \(line)")
      }
    }
  }

  @Test func textsAreFound() {
    let source = #"""
      let a = "one \"two\"" + "three"  // "no text"
      /* "nor this" */ let b = #"four "five""#
      let c = "six \(names["seven"] ?? "") eight"
      let d = 'x'
      """#
    #expect(SourceTexts(source).texts == [#"one "two"three"#, #"four "five""#, "six  eight"])
  }
}

/// The texts that are written in a source of Swift or C; those that are joined by `+` are one.
struct SourceTexts {
  private(set) var texts: [String] = []

  init(_ source: String) {
    var rest = Substring(source)
    var isJoined = false
    while let character = rest.first {
      if rest.hasPrefix("//") {
        rest = rest.drop { $0 != "\n" }
      } else if rest.hasPrefix("/*") {
        rest = rest.firstRange(of: "*/").map { rest[$0.upperBound...] } ?? ""
      } else if let (text, end) = Self.text(rest) {
        if isJoined, let last = texts.popLast() {
          texts.append(last + text)
        } else {
          texts.append(text)
        }
        rest = rest[end...]
        isJoined = true
      } else {
        // Only a `+` joins two texts.
        if !character.isWhitespace, character != "+" { isJoined = false }
        rest.removeFirst()
      }
    }
  }

  /// The text with which a source begins, without what is interpolated, and where it ends.
  private static func text(_ source: Substring) -> (String, String.Index)? {
    let hashes = source.prefix { $0 == "#" }
    let quotes = source.dropFirst(hashes.count).prefix { $0 == "\"" }
    guard !quotes.isEmpty else { return nil }
    let quote = quotes.count >= 3 ? "\"\"\"" : "\""
    var rest = source.dropFirst(hashes.count + quote.count)
    var text = ""
    while let character = rest.first {
      if rest.hasPrefix(quote + hashes) {
        return (text, rest.index(rest.startIndex, offsetBy: quote.count + hashes.count))
      }
      if rest.hasPrefix("\\" + hashes + "(") {
        rest = afterInterpolation(rest.dropFirst(2 + hashes.count))
      } else if rest.hasPrefix("\\" + hashes), let escaped = rest.dropFirst(1 + hashes.count).first
      {
        text.append(escaped)
        rest = rest.dropFirst(2 + hashes.count)
      } else {
        text.append(character)
        rest.removeFirst()
      }
    }
    return nil
  }

  private static func afterInterpolation(_ source: Substring) -> Substring {
    var rest = source
    var depth = 1
    while depth > 0, let character = rest.first {
      if let (_, end) = text(rest) {
        rest = rest[end...]
        continue
      }
      if character == "(" { depth += 1 }
      if character == ")" { depth -= 1 }
      rest.removeFirst()
    }
    return rest
  }
}
