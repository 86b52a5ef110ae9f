import EvlogJSON
import Foundation
import Testing

/// A browser that needs no window.
private let browser = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]
  .first { FileManager.default.isExecutableFile(atPath: $0) }

/// The page of a map, as a browser has it.
@Suite(.enabled(if: browser != nil, "There is no chromium here: Tools/test installs it."))
struct MapPageTests {
  /// The document after its script has run.
  private func document(_ page: String, in place: Workplace) async throws -> String {
    let answer = try await place.run(
      try #require(browser),
      [
        "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
        "--virtual-time-budget=4000", "--dump-dom",
        place.folder.appending(path: page).absoluteString,
      ])
    #expect(answer.status == 0, "\(answer.error)")
    return answer.output
  }

  private let types = [
    "ok", "<script>document.title = 'taken'</script>", "quote\"s & 'ticks'", "</script><b>x",
  ]

  /// Every cell is on it, whatever names there are.
  @Test func everyCellIsShown() async throws {
    let place = try Workplace()
    let lines = (0..<40).map { i in
      let type = JSONValue.string(types[i % 4]).canonicalText
      return #"{"stream":"s","type":\#(type),"data":{"r":\#(i % 3)}}"#
    }
    try place.write(lines.joined(separator: "\n"), to: "events.ndjson")
    #expect(try await place.evlog("import", "log.evlog", "events.ndjson").status == 0)
    try place.write(
      """
      machine("top <b>&amp;", 1, { initial: { r: "none" },
        on: { "*": (s, e) => { s.r = ["<i>one</i>", "top", "</script>"][e.data.r] } },
        regions: { of: s => s.r, moves: { none: { ok: ["<i>one</i>"] }, top: { ok: "forbidden", never: [] } } } })
      """, to: "odd.js")
    let answer = try await place.evlog(
      "map", "log.evlog", "--machine", "odd.js", "--html", "map.html", "--json")
    #expect(answer.status <= 1, "\(answer.error)")
    let cells = try answer.json()["cells"]?.arrayValue ?? []
    #expect(cells.count >= 16)
    let document = try await document("map.html", in: place)
    #expect(document.components(separatedBy: "data-mark=").count - 1 == cells.count)
    #expect(document.contains("<title>evlog map log.evlog --machine odd.js</title>"))
    for (name, all) in [("type", types), ("region", ["<i>one</i>", "top", "</script>"])] {
      let shown = document.matches(
        of: try Regex("data-\(name)=\"([^\"]*)\"", as: (Substring, Substring).self))
      let texts = Set(shown.map { unescaped($0.output.1) })
      #expect(texts.isSuperset(of: all), "\(texts)")
    }
    #expect(!document.contains("<i>one") && !document.contains("</script><b>x"))
    // Without its colours a cell says its mark by a sign.
    #expect(cells.contains { $0["mark"] == .string("broken") })
    #expect(document.contains(#"<span class="mark-glyph mark-broken" aria-hidden="true">✕</span>"#))
  }

  /// What an attribute says.
  private func unescaped(_ text: Substring) -> String {
    [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&nbsp;", "\u{a0}"), ("&amp;", "&")]
      .reduce(String(text)) { $0.replacing($1.0, with: $1.1) }
  }
}
