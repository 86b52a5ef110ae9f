import EvlogComponentScripts

/// A component's machine in JavaScript, which is part of the program.
struct ComponentScript {
  let name: String
  let source: String

  /// All of them, by name.
  static let all: [ComponentScript] = (0..<evlog_component_script_count()).map { number in
    let script = unsafe evlog_component_script_at(number)
    return unsafe ComponentScript(
      name: String(cString: script.name),
      source: String(
        decoding: UnsafeBufferPointer(start: script.bytes, count: script.length), as: UTF8.self))
  }

  private init(name: String, source: String) { (self.name, self.source) = (name, source) }

  init(named name: String) throws {
    guard let found = Self.all.first(where: { $0.name == name }) else {
      throw Failure.usage(
        "There is no component '\(Words.plain(name))'. There are: "
          + Self.all.map(\.name).joined(separator: ", "))
    }
    self = found
  }

  /// What it is: the first line of its file, which is a comment.
  var summary: String { String(source.prefix { $0 != "\n" }.drop { "/ ".contains($0) }) }

  /// The name of its file, unless it is given another one.
  var fileName: String { "\(name).js" }

  /// A line of the help: the name, and what it is.
  var line: String {
    "  \(name)\(String(repeating: " ", count: max(1, 18 - name.count)))\(summary)"
  }
}
