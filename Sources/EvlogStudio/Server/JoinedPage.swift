/// The page as it is served: with its modules in one file, and its sheets in another.
///
/// A browser takes longer to ask for some sixty modules than to run them. So they are put one after the other in the
/// order in which it would run them, each after those that it imports. They then share one scope, in which imports and
/// exports can be left out, because no two modules have the same name at their top.
struct JoinedPage {
  /// The page itself, and the two files, by the paths under which they are served.
  let files: [String: Page]

  private static let entry = "main.js"

  init(_ pages: [String: Page]) {
    guard let index = pages["/"] else {
      files = [:]
      return
    }
    var html: [Substring] = []
    var styles: [UInt8] = []
    // The sheet of the dark theme has a switch, so it stays apart. It comes after the others.
    for line in index.text.split(separator: "\n", omittingEmptySubsequences: false) {
      let sheet = Self.attribute("<link rel=\"stylesheet\" href=\"", of: line)
      if let sheet, line.hasSuffix("\">"), !line.contains(" media=") {
        if styles.isEmpty { html.append("<link rel=\"stylesheet\" href=\"/studio/page.css\">") }
        styles += (pages[String(sheet)]?.bytes ?? []) + [UInt8(ascii: "\n")]
      } else if line.hasPrefix("<script type=\"module\"") {
        html.append("<script type=\"module\" src=\"/studio/page.js\"></script>")
      } else {
        html.append(line)
      }
    }
    let modules = Self.order(pages).flatMap { name in
      Self.withoutImports(pages["/studio/\(name)"]?.bytes ?? [])
    }
    let script = pages["/studio/\(Self.entry)"]?.contentType ?? ""
    let sheet = pages["/studio/base.css"]?.contentType ?? ""
    let text = html.joined(separator: "\n")
    files = [
      "/": Page(name: index.name, contentType: index.contentType, bytes: Array(text.utf8)),
      "/studio/page.css": Page(name: "page.css", contentType: sheet, bytes: styles),
      "/studio/page.js": Page(name: "page.js", contentType: script, bytes: modules),
    ]
  }

  /// The modules of the page in the order in which a browser runs them.
  static func order(_ pages: [String: Page]) -> [String] {
    var order: [String] = []
    var reached: Set<String> = []
    func reach(_ name: String) {
      guard let page = pages["/studio/\(name)"], reached.insert(name).inserted else { return }
      for line in lines(page.bytes) where line.starts(with: "import ".utf8) {
        let parts = line.split(separator: UInt8(ascii: "\""))
        guard parts.count > 1, parts[1].starts(with: "studio/".utf8) else { continue }
        reach(String(decoding: parts[1].dropFirst("studio/".utf8.count), as: UTF8.self))
      }
      order.append(name)
    }
    reach(entry)
    return order
  }

  private static func withoutImports(_ bytes: [UInt8]) -> [UInt8] {
    var joined: [UInt8] = []
    for line in lines(bytes) where !line.starts(with: "import ".utf8) {
      let isExport = line.starts(with: "export ".utf8)
      joined += line.dropFirst(isExport ? "export ".utf8.count : 0) + [UInt8(ascii: "\n")]
    }
    return joined
  }

  private static func lines(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] {
    bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
  }

  /// What follows a beginning, up to the next quotation mark.
  private static func attribute(_ beginning: String, of line: Substring) -> Substring? {
    guard line.hasPrefix(beginning) else { return nil }
    return line.dropFirst(beginning.count).prefix { $0 != "\"" }
  }
}
