import EvlogJSON
import EvlogPages

/// An answer as a page that needs nothing but a browser: the modules and styles of the studio that show it, and the
/// answer itself.
enum AnswerPage {
  /// The module that shows it, with whatever it imports.
  private static let entry = "studio/file/file.js"
  private static let styles = ["base.css", "dark.css", "layout.css", "panels.css", "answers.css"]

  static func html(of answer: JSONValue, command: String) -> String {
    let data = JSONValue.object([("command", .string(command)), ("answer", answer)])
    let imports = modules().sorted { $0.key < $1.key }.map { name, text in
      let code = Base64.encode(Array(text.utf8)[...])
      return (name, JSONValue.string("data:text/javascript;base64,\(code)"))
    }
    let title = command.replacing("&", with: "&amp;").replacing("<", with: "&lt;")
    return """
      <!doctype html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline' data:; \
      style-src 'unsafe-inline'; img-src data:">
      <title>\(title)</title>
      <style>
      \(styles.map(style).joined(separator: "\n"))
      </style>
      <script type="importmap">\(JSONValue.object([("imports", .object(imports))]).canonicalText)</script>
      <script type="application/json" id="answer">\(data.canonicalText.replacing("<", with: "\\u003c"))</script>
      <script type="module">import "\(entry)"</script>
      </head>
      <body class="standalone"></body>
      </html>

      """
  }

  /// The styles of a sheet; those of the dark theme for readers whose system has it.
  private static func style(_ name: String) -> String {
    let text = file(name) ?? ""
    return name == "dark.css" ? "@media (prefers-color-scheme: dark) {\n\(text)}" : text
  }

  /// The modules that the entry imports, and those that they import, by the names under which they do.
  private static func modules() -> [String: String] {
    var found: [String: String] = [:]
    var wanted = [entry]
    while let name = wanted.popLast() {
      guard found[name] == nil, let text = file(String(name.dropFirst("studio/".count))) else {
        continue
      }
      found[name] = text
      wanted += text.matches(of: /(?:from|import) "(studio\/[^"]+)"/).map { String($0.1) }
    }
    return found
  }

  private static func file(_ name: String) -> String? {
    for number in 0..<evlog_page_count() {
      let page = unsafe evlog_page_at(number)
      guard unsafe String(cString: page.name) == name else { continue }
      return unsafe String(
        decoding: UnsafeBufferPointer(start: page.bytes, count: page.length), as: UTF8.self)
    }
    return nil
  }
}
