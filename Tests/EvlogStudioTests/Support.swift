#if Studio
  import EvlogJSON
  import EvlogStore
  import EvlogTesting
  import Foundation
  import ReplayTestSupport
  import Synchronization
  import SystemPackage
  import Testing

  @testable import EvlogStudio

  #if canImport(Glibc)
    import Glibc
  #endif

  /// A studio that serves, and a browser's part in it: by plain sockets, so that every header is the test's own.
  final class ServedStudio: Sendable {
    let address: String
    let port: Int
    let token: String
    private let task: Task<Void, any Error>?

    convenience init(_ studio: Studio) async throws {
      let (addresses, told) = AsyncStream.makeStream(of: String.self)
      let task = Task {
        defer { told.finish() }
        try await StudioServer(studio).run { told.yield($0) }
      }
      var iterator = addresses.makeAsyncIterator()
      try self.init(at: try #require(await iterator.next()), task)
    }

    /// One that serves at an address, in this process or in another.
    init(at address: String, _ task: Task<Void, any Error>? = nil) throws {
      self.address = address
      self.task = task
      let url = try #require(URL(string: address))
      port = try #require(url.port)
      token = String(try #require(url.fragment).dropFirst(2))
    }

    func end() async {
      task?.cancel()
      _ = await task?.result
    }

    /// An answer of the server, as it was sent.
    struct Answer {
      let status: Int
      let headers: [String: String]
      let body: [UInt8]

      var json: JSONValue { JSONValue(validating: body[...]) ?? .null }
    }

    /// A socket to the server.
    func connect(to address: String = "127.0.0.1") throws -> FileDescriptor {
      let number = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
      var to = sockaddr_in()
      to.sin_family = sa_family_t(AF_INET)
      to.sin_port = in_port_t(port).bigEndian
      to.sin_addr.s_addr = unsafe inet_addr(address)
      let result = unsafe withUnsafePointer(to: &to) {
        unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          unsafe Glibc.connect(number, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
      }
      guard result == 0 else {
        let error = Errno(rawValue: errno)
        _ = Glibc.close(number)
        throw error
      }
      return FileDescriptor(rawValue: number)
    }

    /// Sends a request as it is written, and reads the whole answer, or until the server closes the connection.
    ///
    /// On a thread of its own: one that waits in the pool that the server's tasks run on would hold them up.
    func raw(_ request: String) async throws -> Answer {
      try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread {
          continuation.resume(with: Result { try self.exchange(request) })
        }
      }
    }

    private func exchange(_ request: String) throws -> Answer {
      let connection = try connect()
      defer { try? connection.close() }
      try connection.writeAll(request.utf8)
      var all: [UInt8] = []
      var part = [UInt8](repeating: 0, count: 64 << 10)
      while !Self.isWhole(all) {
        let count = try unsafe part.withUnsafeMutableBytes { try unsafe connection.read(into: $0) }
        if count == 0 { break }
        all += part.prefix(count)
      }
      let text = String(decoding: all, as: UTF8.self)
      let end = try #require(text.firstRange(of: "\r\n\r\n"))
      let lines = text[..<end.lowerBound].split(separator: "\r\n")
      var headers: [String: String] = [:]
      for line in lines.dropFirst() {
        let sides = line.split(separator: ":", maxSplits: 1)
        headers[sides[0].lowercased()] = String(sides[1].dropFirst())
      }
      let status = try #require(Int(lines[0].split(separator: " ")[1]))
      return Answer(
        status: status, headers: headers, body: Array(text[end.upperBound...].utf8))
    }

    /// Whether as much has come as the answer says it has; some servers keep the connection.
    private static func isWhole(_ bytes: [UInt8]) -> Bool {
      guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return false }
      let head = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).lowercased()
      guard let length = head.firstMatch(of: /\r\ncontent-length: *(\d+)/) else { return false }
      return Int(length.1).map { bytes.count >= end.upperBound + $0 } ?? false
    }

    /// A request with headers, of which some may be replaced or left out.
    func ask(
      _ target: String, _ method: String = "GET", host: String? = nil, headers: [String] = [],
      body: String = ""
    ) async throws -> Answer {
      let lines =
        [
          "\(method) \(target) HTTP/1.1", "Host: \(host ?? "127.0.0.1:\(port)")",
          "Connection: close",
        ]
        + headers + (body.isEmpty ? [] : ["Content-Length: \(body.utf8.count)"])
      return try await raw(lines.joined(separator: "\r\n") + "\r\n\r\n" + body)
    }

    var origin: String { "Origin: http://127.0.0.1:\(port)" }

    /// Exchanges the token for a cookie.
    func begin() async throws -> Session {
      let answer = try await ask(
        "/api/session", "POST", headers: [origin], body: "{\"token\":\"\(token)\"}")
      try #require(answer.status == 204)
      let cookie = try #require(answer.headers["set-cookie"]?.split(separator: ";").first)
      return Session(studio: self, cookie: String(cookie))
    }

    /// What a page does once it has the cookie.
    struct Session {
      let studio: ServedStudio
      let cookie: String

      func get(_ target: String) async throws -> Answer {
        try await studio.ask(target, headers: ["Cookie: \(cookie)"])
      }

      func json(_ target: String) async throws -> JSONValue {
        let answer = try await get(target)
        #expect(answer.status == 200, "\(target): \(String(decoding: answer.body, as: UTF8.self))")
        return answer.json
      }

      /// Listens to a stream of events, as they come.
      func listen(_ target: String) throws -> Listener {
        let connection = try studio.connect()
        try connection.writeAll(
          "GET \(target) HTTP/1.1\r\nHost: 127.0.0.1:\(studio.port)\r\nCookie: \(cookie)\r\n\r\n"
            .utf8)
        return Listener(connection)
      }

      func post(_ target: String, _ body: String) async throws -> Answer {
        try await studio.ask(
          target, "POST", headers: ["Cookie: \(cookie)", studio.origin], body: body)
      }
    }
  }

  /// A stream of events that somebody listens to.
  final class Listener: Sendable {
    private let connection: FileDescriptor
    private let rest = Mutex<[UInt8]>([])

    init(_ connection: FileDescriptor) { self.connection = connection }

    /// The data of the next event of a name.
    func next(_ name: String) async throws -> JSONValue {
      try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread {
          continuation.resume(with: Result { try self.read(until: name) })
        }
      }
    }

    private func read(until name: String) throws -> JSONValue {
      var current = ""
      while true {
        let line = try readLine()
        if line.hasPrefix("event: ") { current = String(line.dropFirst(7)) }
        if line.hasPrefix("data: "), current == name {
          return JSONValue(validating: Array(line.dropFirst(6).utf8)[...]) ?? .null
        }
      }
    }

    private func readLine() throws -> String {
      var bytes = rest.withLock { $0 }
      while true {
        if let end = bytes.firstIndex(of: 0x0A) {
          rest.withLock { $0 = Array(bytes[(end + 1)...]) }
          return String(decoding: bytes[..<end].filter { $0 != 0x0D }, as: UTF8.self)
        }
        var part = [UInt8](repeating: 0, count: 64 << 10)
        let count = try unsafe part.withUnsafeMutableBytes { try unsafe connection.read(into: $0) }
        guard count > 0 else { throw Errno.connectionReset }
        bytes += part.prefix(count)
      }
    }

    func close() throws { try connection.close() }
  }

  /// A log of a few events, and the studio over it.
  func smallStudio(_ folder: TemporaryFolder, events: [NewEvent]? = nil) throws -> Studio {
    let log = try folder.log(
      "small.evlog",
      events ?? (0..<50).map { NewEvent("T\($0 % 3)", "{\"n\":\($0)}", at: Int64($0)) }
    )
    let source = SubjectSource(log: "small.evlog", history: log)
    return try Studio([source], wording: { "\($0)" })
  }
#endif
