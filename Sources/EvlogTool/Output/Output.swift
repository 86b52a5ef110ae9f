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

  func write(_ text: String) { write(bytes: Array(text.utf8)) }

  func write(bytes: [UInt8]) {
    let isFull = buffer.withLock {
      $0 += bytes
      return $0.count >= 1 << 16
    }
    if isFull { flush() }
  }

  func line(_ text: String = "") { write(text + "\n") }

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

  func bold(_ text: String) -> String { hasColour ? "\u{1B}[1m\(text)\u{1B}[0m" : text }

  /// A line of a diff in its colour; the sign says the same without it.
  func coloured(_ line: String) -> String {
    guard hasColour else { return line }
    switch line.first {
    case "+": return "\u{1B}[32m\(line)\u{1B}[0m"
    case "-": return "\u{1B}[31m\(line)\u{1B}[0m"
    case "~": return "\u{1B}[33m\(line)\u{1B}[0m"
    default: return line
    }
  }
}
