import Foundation
import Testing

/// A real server on this machine, with a port and a folder of its own. It ends with the value.
final class NATSServer: @unchecked Sendable {
  /// Debian has it where only the superuser looks.
  static let executable: String? = {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    let named = ProcessInfo.processInfo.environment["EVLOG_NATS_SERVER"]
    let folders = path.split(separator: ":").map(String.init) + ["/usr/sbin", "/usr/local/bin"]
    return ([named].compactMap { $0 } + folders.map { "\($0)/nats-server" }).first {
      FileManager.default.isExecutableFile(atPath: $0)
    }
  }()
  static var isInstalled: Bool { executable != nil }
  static let notInstalled: Comment =
    "nats-server is not installed: apt-get install nats-server, or name one in EVLOG_NATS_SERVER"

  let folder: URL
  let port: Int
  private let options: String
  private var process: Process?

  /// `options` are added to its configuration.
  init(_ options: String? = nil, in folder: URL, port: Int? = nil) throws {
    self.folder = folder
    self.port = try port ?? Self.freePort()
    self.options = options ?? "jetstream { store_dir: \"\(folder.path)/data\" }"
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit { kill() }

  var url: String { "nats://127.0.0.1:\(port)" }
  var data: URL { folder.appending(path: "data") }

  func start() async throws {
    let configuration = folder.appending(path: "nats.conf")
    try Data("listen: \"127.0.0.1:\(port)\"\n\(options)\n".utf8).write(to: configuration)
    let process = Process()
    process.executableURL = URL(filePath: try #require(Self.executable))
    process.arguments = ["-c", configuration.path, "-l", "\(folder.path)/nats.log"]
    try process.run()
    self.process = process
  }

  /// Ends it at once, as a power cut of its machine would that leaves the disk as it is.
  func kill() { end(SIGKILL) }

  /// Lets it write what it has.
  func stop() { end(SIGTERM) }

  private func end(_ signal: Int32) {
    guard let process, process.isRunning else { return }
    Foundation.kill(process.processIdentifier, signal)
    process.waitUntilExit()
    self.process = nil
  }

  /// A port on which nothing listens now.
  static func freePort() throws -> Int {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let result = unsafe withUnsafeMutablePointer(to: &address) {
      unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe bind(descriptor, $0, length) == 0 ? getsockname(descriptor, $0, &length) : -1
      }
    }
    try #require(result == 0)
    return Int(UInt16(bigEndian: address.sin_port))
  }
}
