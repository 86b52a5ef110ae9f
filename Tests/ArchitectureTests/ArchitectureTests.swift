import Foundation
import Testing

/// The arrows between the modules point one way. Here they are checked, not only drawn.
@Suite struct ArchitectureTests {
  static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// What each module may import, beside the standard library.
  static let allowed: [String: Set<String>] = [
    "EventLog": ["CEvlog", "CLZ4", "CXXHash", "SystemPackage"],
    "Evlog": ["EventLog", "Replay", "Forensics", "Turns", "Projections"],
    "EvlogTesting": [
      "EventLog", "Replay", "Forensics", "Turns", "Projections", "GRDB", "SystemPackage",
    ],
    "Replay": ["EventLog", "CEvlog"],
    "Forensics": ["EventLog", "Replay"],
    "Turns": ["EventLog", "Replay", "Forensics"],
    "Projections": [
      "EventLog", "Replay", "SystemPackage", "CSQLiteSession", "GRDB", "GRDBSQLite", "Foundation",
    ],
    "Erasure": ["EventLog", "Replay", "Crypto", "SystemPackage", "Foundation"],
    "EvlogService": [
      "EventLog", "Replay", "Forensics", "Turns", "Projections", "GRDB", "Logging", "CoreMetrics",
      "Tracing", "Instrumentation", "ServiceContextModule", "ServiceLifecycle",
    ],
    "Scripting": ["EventLog", "Replay", "CJavaScriptCore", "SystemPackage"],
    "EvlogTool": [
      "EventLog", "Replay", "Forensics", "Scripting", "Projections", "GRDB", "ArgumentParser",
      "Subprocess", "SystemPackage", "CZlib", "CEvlog",
    ],
    "evlog": ["EvlogTool"],
    "evlog-shop": ["EvlogTool", "EventLog", "Replay"],
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
    for module in ["EventLog", "Replay", "Forensics", "Turns", "Scripting"] {
      let folder = build.appending(path: "\(module).build")
      let objects = try #require(
        FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
      ).compactMap { $0 as? URL }.filter { $0.pathExtension == "o" }
      #expect(!objects.isEmpty, "no objects of \(module)")
      for object in objects {
        let bytes = try Data(contentsOf: object)
        #expect(bytes.range(of: Data("-lFoundation".utf8)) == nil, "\(object.lastPathComponent)")
        if module != "Scripting" {
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
