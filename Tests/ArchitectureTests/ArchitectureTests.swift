import Foundation
import Testing

/// The arrows between the modules point one way. Here they are checked, not only drawn.
@Suite struct ArchitectureTests {
  static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// What each module may import, beside the standard library.
  static let allowed: [String: Set<String>] = [
    "EvlogStore": ["CEvlog", "CLZ4", "CXXHash", "SystemPackage"],
    "EvlogAnswers": [
      "EvlogStore", "EvlogReplay", "EvlogForensics", "EvlogProjections", "SystemPackage",
    ],
    "Evlog": [
      "EvlogAnswers", "EvlogStore", "EvlogReplay", "EvlogForensics", "EvlogTurns",
      "EvlogProjections",
    ],
    "EvlogTesting": [
      "EvlogStore", "EvlogReplay", "EvlogForensics", "EvlogTurns", "EvlogProjections", "GRDB",
      "SystemPackage",
    ],
    "EvlogReplay": ["EvlogStore", "CEvlog"],
    "EvlogForensics": ["EvlogStore", "EvlogReplay"],
    "EvlogTurns": ["EvlogStore", "EvlogReplay", "EvlogForensics"],
    "EvlogProjections": [
      "EvlogStore", "EvlogReplay", "SystemPackage", "CSQLiteSession", "GRDB", "GRDBSQLite",
      "Foundation",
    ],
    "EvlogErasure": ["EvlogStore", "EvlogReplay", "Crypto", "SystemPackage", "Foundation"],
    "EvlogService": [
      "EvlogStore", "EvlogReplay", "EvlogForensics", "EvlogTurns", "EvlogProjections", "GRDB",
      "Logging", "CoreMetrics",
      "Tracing", "Instrumentation", "ServiceContextModule", "ServiceLifecycle",
    ],
    "EvlogScripting": ["EvlogStore", "EvlogReplay", "CJavaScriptCore", "SystemPackage"],
    "EvlogTool": [
      "EvlogAnswers", "EvlogStore", "EvlogReplay", "EvlogForensics", "EvlogScripting",
      "EvlogProjections", "GRDB",
      "ArgumentParser",
      "Subprocess", "SystemPackage", "CZlib", "CEvlog",
    ],
    "evlog": ["EvlogTool"],
    "evlog-shop": ["EvlogTool", "EvlogStore", "EvlogReplay"],
  ]
  /// Parts of the toolchain that any module may use.
  static let standard: Set<String> = ["Synchronization", "Dispatch", "Glibc", "Musl", "Darwin"]

  private func swiftFiles(in folder: URL) throws -> [URL] {
    let all = try #require(
      FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
    return all.compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" }
  }

  @Test(arguments: allowed.keys.sorted()) func importsPointDown(module: String) throws {
    let files = try swiftFiles(in: Self.root.appending(path: "Sources/\(module)"))
    #expect(!files.isEmpty)
    for file in files {
      for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
        let words = line.split(separator: " ")
        guard let at = words.firstIndex(of: "import"), words.count > at + 1,
          at == 0 || at == 1 && ["public", "package", "internal"].contains(words[0])
        else { continue }
        let name = String(words[at + 1])
        #expect(
          Self.allowed[module]?.contains(name) == true || Self.standard.contains(name),
          "\(file.lastPathComponent) imports \(name)")
      }
    }
  }

  /// What was compiled says which libraries it wants linked.
  @Test func nothingBelowTheToolLinksFoundation() throws {
    let build = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
    for module in ["EvlogStore", "EvlogReplay", "EvlogForensics", "EvlogTurns", "EvlogScripting"] {
      let folder = build.appending(path: "\(module).build")
      let objects = try #require(
        FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
      ).compactMap { $0 as? URL }.filter { $0.pathExtension == "o" }
      #expect(!objects.isEmpty, "no objects of \(module)")
      for object in objects {
        let bytes = try Data(contentsOf: object)
        #expect(bytes.range(of: Data("-lFoundation".utf8)) == nil, "\(object.lastPathComponent)")
        if module != "EvlogScripting" {
          #expect(
            bytes.range(of: Data("JavaScriptCore".utf8)) == nil, "\(object.lastPathComponent)")
        }
      }
    }
  }

  @Test func filesAreOneIdea() throws {
    for file in try swiftFiles(in: Self.root.appending(path: "Sources")) {
      let lines = try String(contentsOf: file, encoding: .utf8).count { $0 == "\n" }
      #expect(lines <= 450, "\(file.lastPathComponent) has \(lines) lines")
    }
  }
}
