import EvlogJSON
import Synchronization
import SystemPackage

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A stream of the process, buffered; nothing is lost at its end, and a closed pipe ends the process.
final class Output: Sendable {
  static let standard = Output(.standardOutput)
  static let error = Output(.standardError)

  private let descriptor: FileDescriptor
  private let buffer = Mutex<[UInt8]>([])
  let isTerminal: Bool
  static let isInputTerminal = isatty(FileDescriptor.standardInput.rawValue) == 1

  private init(_ descriptor: FileDescriptor) {
    self.descriptor = descriptor
    isTerminal = isatty(descriptor.rawValue) == 1
  }

  /// How much of an error is printed: a text in it may have any length.
  private static let errorLimit = 4096

  /// One line for people. Whatever it holds of others' texts, it is one line, and harmless.
  func line(_ text: String = "") {
    var bytes: [UInt8] = []
    let shown = self === Self.error ? TerminalText.shortened(text, to: Self.errorLimit) : text
    TerminalText.append(shown, keepsNewlines: false, to: &bytes)
    write(bytes: bytes + [0x0A])
  }

  /// A text of ours for people, of any number of lines.
  func text(_ text: String) {
    var bytes: [UInt8] = []
    TerminalText.append(text, keepsNewlines: true, to: &bytes)
    write(bytes: bytes)
  }

  /// An error that may have several lines. Those after the first are set in, so that none can be taken for
  /// a message of its own.
  func error(_ text: String) {
    let shown = TerminalText.shortened(text, to: Self.errorLimit)
    let lines = shown.split(separator: "\n", omittingEmptySubsequences: false)
    self.text(lines.joined(separator: "\n  ") + "\n")
    flush()
  }

  /// A JSON text, byte for byte, and on a terminal the same value without what would control it.
  func json(_ bytes: [UInt8]) {
    if isTerminal { show(bytes, .json) } else { write(bytes: bytes) }
  }

  func json(_ text: String) { json(Array(text.utf8)) }

  /// A JSON text that people read, and programs may.
  func pretty(_ value: JSONValue) { show(Array((value.prettyText + "\n").utf8), .json) }

  /// A text for programs, byte for byte, and on a terminal for people.
  func forPrograms(_ bytes: [UInt8]) {
    if isTerminal { show(bytes, .people) } else { write(bytes: bytes) }
  }

  private func show(_ bytes: [UInt8], _ form: TerminalText.Form) {
    var shown: [UInt8] = []
    let text = String(decoding: bytes, as: UTF8.self)
    TerminalText.append(text, keepsNewlines: true, form: form, to: &shown)
    write(bytes: shown)
  }

  /// Bytes that are no text.
  func write(bytes: [UInt8]) {
    let isFull = buffer.withLock {
      $0 += bytes
      return $0.count >= 1 << 16
    }
    if isFull { flush() }
  }

  func flush() {
    let bytes = buffer.withLock { buffer in
      defer { buffer = [] }
      return buffer
    }
    guard !bytes.isEmpty else { return }
    do {
      _ = try descriptor.writeAll(bytes)
    } catch {
      if descriptor != .standardError {
        Failure.report(Failure(.failed, "Standard output cannot be written: \(error)"))
      }
    }
  }

  /// Whether colour may be used: on a terminal, and not where `NO_COLOR` forbids it.
  var hasColour: Bool { unsafe isTerminal && getenv("NO_COLOR") == nil }

  /// A remark on standard error, after what is on standard output so far.
  static func note(_ text: String) {
    standard.flush()
    error.line("\(EvlogTool.name): \(text)")
    error.flush()
  }

  func bold(_ text: String) -> String { styled(text, "1") }

  /// A line of a diff in its colour; the sign says the same without it.
  func coloured(_ line: String) -> String {
    switch line.first {
    case "+": styled(line, "32")
    case "-": styled(line, "31")
    case "~": styled(line, "33")
    default: line
    }
  }

  private func styled(_ text: String, _ style: String) -> String {
    let mark = TerminalText.mark
    return hasColour ? "\(mark)[\(style)m\(text)\(mark)[0m" : text
  }

  /// Takes what was drawn on this line of the terminal away.
  func clearLine() { write(bytes: Array("\r\u{1B}[K".utf8)) }
}
