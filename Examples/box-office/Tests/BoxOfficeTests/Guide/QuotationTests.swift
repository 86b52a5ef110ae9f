import Testing

/// What the documentation shows is what is built and tested here.
@Suite struct QuotationTests {
  /// Each block of Swift is in one of the sources, line for line; where it says `…`, something is left
  /// out.
  @Test(arguments: Guide.articles) func everyBlockIsInTheSources(_ article: String) throws {
    let sources = try Guide.exampleSources()
    for block in try Guide.blocks(of: "swift", in: article) {
      let parts = Guide.significant(block.lines.joined(separator: "\n"))
        .split { $0 == "…" || $0 == "// …" }
      let isQuoted = sources.contains { source in
        var rest = source[...]
        return parts.allSatisfy { part in
          guard let place = rest.firstRange(of: part) else { return false }
          rest = rest[place.upperBound...]
          return true
        }
      }
      #expect(isQuoted, "\(article):\(block.line)")
    }
  }

  @Test func thereAreArticles() {
    for module in ["Evlog", "EvlogComponents"] {
      #expect(Guide.articles.contains { $0.hasPrefix("\(module)/") }, "\(module)")
    }
  }
}
