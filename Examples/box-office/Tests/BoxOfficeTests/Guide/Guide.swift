import Foundation

/// The documentation of the modules, and the sources that it quotes.
enum Guide {
  static let example = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  static let sources = example.appending(path: "../../Sources")

  /// The names of the articles, by the catalogues in the modules' folders.
  static let articles: [String] = ["Evlog", "EvlogComponents"].flatMap { module in
    let catalog = "\(module)/\(module).docc"
    // A test demands that there are articles in both.
    let files = try? FileManager.default.contentsOfDirectory(
      atPath: sources.appending(path: catalog).path)
    return (files ?? []).filter { $0.hasSuffix(".md") }.sorted().map { "\(catalog)/\($0)" }
  }

  /// The code blocks of a language in an article, with the line at which each begins.
  static func blocks(of language: String, in article: String) throws -> [(
    line: Int, lines: [String]
  )] {
    let text = try String(contentsOf: sources.appending(path: article), encoding: .utf8)
    var blocks: [(line: Int, lines: [String])] = []
    var isInside = false
    for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
    {
      if isInside, line == "```" {
        isInside = false
      } else if isInside {
        blocks[blocks.count - 1].lines.append(String(line))
      } else if line == "```\(language)" {
        isInside = true
        blocks.append((number + 1, []))
      }
    }
    return blocks
  }

  /// The lines of each source of the examples, without what they are indented by and without empty ones.
  static func exampleSources() throws -> [[String]] {
    try ["box-office", "services"].flatMap { name in
      let example = example.deletingLastPathComponent().appending(path: name)
      let files = try ["Sources", "Tests"].flatMap { folder in
        try FileManager.default.subpathsOfDirectory(atPath: example.appending(path: folder).path)
          .filter { $0.hasSuffix(".swift") }.map { "\(folder)/\($0)" }
      }
      return try (["Package.swift"] + files).map {
        try significant(String(contentsOf: example.appending(path: $0), encoding: .utf8))
      }
    }
  }

  static func significant(_ text: String) -> [String] {
    text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
      .filter { !$0.isEmpty }
  }
}
