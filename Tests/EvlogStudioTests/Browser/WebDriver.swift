#if Studio && JavaScript
  import Foundation
  import ReplayTestSupport
  import SystemPackage

  /// The part of WebDriver that the tests speak: https://www.w3.org/TR/webdriver2.
  extension Browser {
    static func send<T: Decodable>(
      _ method: String, _ path: String, _ body: (some Encodable & Sendable)?,
      to driver: ServedStudio
    ) async throws -> T {
      let text =
        try body.map { String(decoding: try JSONEncoder().encode($0), as: UTF8.self) } ?? ""
      let answer = try await driver.ask(
        path, method, headers: ["Content-Type: application/json"], body: text)
      let data = Data(answer.body)
      guard answer.status == 200 else {
        let problem = try JSONDecoder().decode(Value<Problem>.self, from: data).value
        throw BrowserError("\(method) \(path): \(problem.error): \(problem.message.prefix(400))")
      }
      return try JSONDecoder().decode(Value<T>.self, from: data).value
    }

    static func program(_ name: String) -> FilePath? {
      (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        .map { FilePath(String($0)).appending(name) }
        .first { FileManager.default.isExecutableFile(atPath: $0.string) }
    }

    struct Value<T: Decodable>: Decodable { let value: T }
    struct Nothing: Codable, Sendable {}
    struct Begun: Decodable, Sendable { let sessionId: String }
    struct Problem: Decodable { let error: String, message: String }
    struct Entry: Decodable, Sendable { let level: String, message: String }
    struct Script: Encodable, Sendable { let script: String, args: [String] }
    struct Command<T: Encodable & Sendable>: Encodable, Sendable { let cmd: String, params: T }
    struct Metrics: Encodable, Sendable {
      let width: Int, height: Int, deviceScaleFactor: Int, mobile: Bool
    }
    struct Media: Encodable, Sendable {
      struct Feature: Encodable, Sendable { let name: String, value: String }
      let features: [Feature]
    }

    struct Actions: Encodable, Sendable {
      struct Source: Encodable, Sendable { let type: String, id: String, actions: [Action] }
      struct Action: Encodable, Sendable {
        var type: String
        var value: String?
        var x: Int?
        var y: Int?
        var button: Int?
      }
      let actions: [Source]
    }

    /// The browser that is wanted: without a window, with all that its console says.
    struct Wanted: Encodable, Sendable {
      struct Capabilities: Encodable, Sendable { let alwaysMatch: Match }
      struct Options: Encodable, Sendable { let binary: String, args: [String] }
      struct Match: Encodable, Sendable {
        let browserName = "chrome"
        let logs = ["browser": "ALL"]
        let options: Options

        enum CodingKeys: String, CodingKey {
          case browserName
          case logs = "goog:loggingPrefs"
          case options = "goog:chromeOptions"
        }
      }
      let capabilities: Capabilities

      init(_ chromium: FilePath) {
        capabilities = Capabilities(
          alwaysMatch: Match(
            options: Options(
              binary: chromium.string,
              args: ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]))
        )
      }
    }
  }

  struct BrowserError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
      self.description = description
    }

    /// The element that was meant is no longer on the page.
    var isStale: Bool { description.contains("stale element") }
  }
#endif
