import Foundation
import Testing

/// The arrows between the modules point one way. Here they are checked, not only drawn.
@Suite struct ArchitectureTests {
  static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// What each module may import, beside the standard library.
  static let allowed: [String: Set<String>] = [
    "EvlogCore": ["CEvlog", "CXXHash"],
    "EvlogContracts": ["EvlogCore", "EvlogJSON"],
    "EvlogStore": [
      "EvlogCore", "EvlogJSON", "EvlogContracts", "CEvlog", "CLZ4", "SystemPackage",
    ],
    "EvlogJSON": ["EvlogCore", "CEvlog"],
    "EvlogMachine": ["EvlogCore", "EvlogJSON", "EvlogContracts", "CEvlog"],
    "EvlogComponents": ["EvlogContracts", "EvlogMachine"],
    "EvlogReplay": ["EvlogCore", "EvlogStore", "EvlogJSON", "EvlogMachine"],
    "EvlogForensics": ["EvlogCore", "EvlogStore", "EvlogJSON", "EvlogMachine", "EvlogReplay"],
    "EvlogCuts": ["EvlogCore", "EvlogStore", "EvlogJSON", "EvlogReplay", "SystemPackage"],
    "EvlogTurns": [
      "EvlogCore", "EvlogStore", "EvlogJSON", "EvlogMachine", "EvlogReplay", "EvlogForensics",
    ],
    "EvlogProjections": [
      "EvlogCore", "EvlogStore", "EvlogJSON", "EvlogMachine", "EvlogReplay", "SystemPackage",
      "CSQLiteSession", "GRDB", "GRDBSQLite", "Foundation",
    ],
    "EvlogAnswers": [
      "EvlogCore", "EvlogStore", "EvlogJSON", "EvlogContracts", "EvlogMachine", "EvlogReplay",
      "EvlogForensics", "EvlogCuts", "EvlogProjections", "SystemPackage",
    ],
    "EvlogErasure": [
      "EvlogCore", "EvlogStore", "EvlogJSON", "EvlogMachine", "EvlogReplay", "Crypto",
      "SystemPackage", "Foundation",
    ],
    "EvlogSources": [
      "EvlogCore", "EvlogStore", "EvlogJSON", "EvlogContracts", "SystemPackage", "CZlib",
      "CZstd",
    ],
    "EvlogEngines": ["EvlogCore", "EvlogStore", "EvlogJSON", "EvlogSources", "CNATS"],
    "EvlogTables": ["EvlogSources", "EvlogCore", "CPostgres", "GRDB", "GRDBSQLite"],
    "EvlogScripting": [
      "EvlogCore", "EvlogJSON", "EvlogContracts", "EvlogMachine", "CJavaScriptCore",
      "SystemPackage",
    ],
    "EvlogService": [
      "EvlogCore", "EvlogStore", "EvlogJSON", "EvlogMachine", "EvlogReplay", "EvlogForensics",
      "EvlogTurns", "EvlogProjections", "GRDB", "Logging", "CoreMetrics", "Tracing",
      "Instrumentation", "ServiceContextModule", "ServiceLifecycle",
    ],
    "EvlogTesting": [
      "EvlogCore", "EvlogStore", "EvlogJSON", "EvlogMachine", "EvlogReplay", "EvlogForensics",
      "EvlogTurns", "EvlogProjections", "GRDB", "SystemPackage",
    ],
    "Evlog": [
      "EvlogAnswers", "EvlogStore", "EvlogJSON", "EvlogMachine", "EvlogReplay", "EvlogForensics",
      "EvlogCuts", "EvlogTurns", "EvlogProjections", "EvlogContracts",
    ],
    "EvlogStudio": [
      "EvlogCore", "EvlogStore", "EvlogJSON", "EvlogMachine", "EvlogReplay", "EvlogForensics",
      "EvlogCuts", "EvlogProjections", "EvlogAnswers", "EvlogPages", "Crypto", "HTTPTypes",
      "Hummingbird", "HummingbirdCore", "Logging", "NIOCore", "Subprocess", "SystemPackage",
    ],
    "EvlogTool": [
      "EvlogStudio", "EvlogAnswers", "EvlogCore", "EvlogStore", "EvlogJSON", "EvlogMachine",
      "EvlogReplay",
      "EvlogForensics", "EvlogCuts", "EvlogSources", "EvlogEngines", "EvlogTables",
      "EvlogScripting", "EvlogProjections", "EvlogContracts", "GRDB",
      "ArgumentParser", "Subprocess", "SystemPackage", "CZlib", "CEvlog", "EvlogPages",
      "EvlogComponentScripts",
    ],
    "evlog": ["EvlogTool"],
    "evlog-shop": ["EvlogTool", "EvlogCore", "EvlogJSON", "EvlogMachine", "EvlogReplay"],
  ]
  /// Parts of the toolchain that any module may use.
  static let standard: Set<String> = ["Synchronization", "Dispatch", "Glibc", "Musl", "Darwin"]

  /// What links Foundation, and makes whoever uses it do so.
  static let usersOfFoundation: Set<String> = [
    "Foundation", "ArgumentParser", "Crypto", "GRDB", "Hummingbird", "HummingbirdCore", "Logging",
    "ServiceLifecycle",
    "Subprocess",
  ]

  /// A module and all that lies below it.
  static func closure(of module: String) -> Set<String> {
    var found: Set = [module]
    var next = [module]
    while let one = next.popLast() {
      for below in allowed[one] ?? [] where found.insert(below).inserted { next.append(below) }
    }
    return found
  }

  private func files(in folder: URL, _ kind: String) throws -> [URL] {
    let all = try #require(
      FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
    return all.compactMap { $0 as? URL }.filter { $0.pathExtension == kind }
  }

  /// The modules that a source imports, whatever else is said in the same line.
  static func imports(_ source: String) -> [String] {
    let line =
      /^\s*(?:@\w+(?:\([^)]*\))?\s+|(?:public|package|internal|fileprivate|private)\s+)*import\s+(?:(?:struct|class|enum|protocol|actor|func|var|let|typealias)\s+)?(\w+)/
      .anchorsMatchLineEndings()
    return source.matches(of: line).map { String($0.1) }
  }

  @Test func everyImportIsFound() {
    let source = """
      import A
        @testable import B
      @_exported public import C // why
      @_spi(Door) @preconcurrency package import struct D.Thing
      internal import E; let important = 1
      // import F
      """
    #expect(Self.imports(source) == ["A", "B", "C", "D", "E"])
  }

  @Test(arguments: allowed.keys.sorted()) func importsPointDown(module: String) throws {
    let files = try files(in: Self.root.appending(path: "Sources/\(module)"), "swift")
    #expect(!files.isEmpty)
    let may = try #require(Self.allowed[module]).union(Self.standard)
    for file in files {
      for name in Self.imports(try String(contentsOf: file, encoding: .utf8)) {
        #expect(may.contains(name), "\(file.lastPathComponent) imports \(name)")
      }
    }
  }

  /// The manifest has the arrows that files use, and no others.
  @Test func theManifestSaysWhatIsImported() throws {
    let targets = try Manifest().targets
    let kinds = Dictionary(uniqueKeysWithValues: targets.map { ($0.name, $0.kind) })
    #expect(Set(Self.allowed.keys).isSubset(of: kinds.keys))
    for target in targets {
      let files = try files(in: Self.root.appending(path: target.folder), "swift")
      let imports = try Set(
        files.flatMap { Self.imports(try String(contentsOf: $0, encoding: .utf8)) })
      for name in target.dependencies where kinds[name] != "executableTarget" {
        #expect(files.isEmpty || imports.contains(name), "\(target.name) does not use \(name)")
        if let allowed = Self.allowed[target.name] {
          #expect(allowed.contains(name), "\(target.name) may not depend on \(name)")
        }
      }
      for name in imports where kinds[name] != nil {
        #expect(
          target.dependencies.contains(name), "\(target.name) does not say that it uses \(name)")
      }
      let isC = ["CEvlog", "EvlogComponentScripts", "EvlogPages"].contains(target.name)
      if target.folder.hasPrefix("Sources/"), !isC {
        #expect(Self.allowed[target.name] != nil, "\(target.name) is not on the map")
      }
    }
  }

  /// An example is tested as a part of this package, and others build it as one of its own.
  @Test(arguments: Manifest.examples)
  func anExampleNamesWhatItNeeds(_ example: String, targetCount: Int) throws {
    let own = try Manifest(of: example).targets
    let here = try Manifest().targets.filter { $0.folder.hasPrefix("\(example)/") }
    #expect(own.count == targetCount)
    #expect(own.map(\.name).sorted() == here.map(\.name).sorted())
    for target in own {
      let same = here.first { $0.name == target.name }
      #expect(same?.dependencies.sorted() == target.dependencies.sorted(), "\(target.name)")
    }
  }

  /// What was compiled says which libraries it wants linked, and whose symbols it uses.
  @Test(arguments: allowed.keys.sorted()) func objectsPointDown(module: String) throws {
    let build = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
    let objects = try files(
      in: build.appending(path: "\(module.replacing("-", with: "_")).build"), "o")
    #expect(!objects.isEmpty, "no objects of \(module)")
    let below = Self.closure(of: module)
    let symbols = Self.allowed.keys.filter { $0.hasPrefix("Evlog") && !below.contains($0) }
      .map { "\($0.utf8.count)\($0)" }
    let libraries =
      (below.isDisjoint(with: Self.usersOfFoundation) ? ["-lFoundation"] : [])
      + (below.contains("CJavaScriptCore") ? [] : ["JavaScriptCore"])
    for object in objects {
      let bytes = try Data(contentsOf: object)
      for text in symbols + libraries {
        #expect(!Self.names(text, in: bytes), "\(object.lastPathComponent) has \(text)")
      }
    }
  }

  /// Whether a text is in the bytes of an object; where a digit is before it, it is another name.
  private static func names(_ text: String, in bytes: Data) -> Bool {
    var rest = bytes.startIndex..<bytes.endIndex
    while let found = bytes.range(of: Data(text.utf8), in: rest) {
      let before = found.lowerBound > bytes.startIndex ? bytes[found.lowerBound - 1] : 0
      if !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(before) { return true }
      rest = found.upperBound..<bytes.endIndex
    }
    return false
  }

  /// A module brings no other with it, but for two. `Evlog` is the library by one import. And the log gives and
  /// takes events, so `import EvlogStore` is enough to use it.
  @Test func whatAModuleBringsWithIt() throws {
    for module in Self.allowed.keys.sorted() where module != "Evlog" {
      let brought = try files(in: Self.root.appending(path: "Sources/\(module)"), "swift").flatMap {
        try String(contentsOf: $0, encoding: .utf8).matches(of: /@_exported[^\n]*import (\w+)/)
          .map { String($0.output.1) }
      }
      #expect(brought == (module == "EvlogStore" ? ["EvlogCore"] : []), "\(module)")
    }
  }

  /// Events are known without files: `EvlogCore` imports nothing that does I/O, and calls nothing of the
  /// system but what moves memory.
  @Test func theCoreDoesNoIO() throws {
    let may = try #require(Self.allowed["EvlogCore"]).union(["Synchronization"])
    for file in try files(in: Self.root.appending(path: "Sources/EvlogCore"), "swift") {
      for name in Self.imports(try String(contentsOf: file, encoding: .utf8)) {
        #expect(may.contains(name), "\(file.lastPathComponent) imports \(name)")
      }
    }
    let build = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
    let objects = try files(in: build.appending(path: "EvlogCore.build"), "o")
    #expect(!objects.isEmpty)
    for object in objects {
      for symbol in try ObjectFile(object).undefinedSymbols {
        #expect(Self.isMemoryOnly(symbol), "\(object.lastPathComponent) calls \(symbol)")
      }
    }
  }

  /// Whether a symbol is of Swift's libraries, which does not print or read, or of C, for memory alone.
  private static func isMemoryOnly(_ symbol: String) -> Bool {
    let isSwift = symbol.hasPrefix("$s") || symbol.contains(/^_*swift/)
    let printsOrReads = symbol.contains(/^\$ss\d+(?:print|debugPrint|dump|readLine)/)
    let ofC: Set = [
      "memcpy", "memmove", "memset", "memcmp", "malloc_usable_size", "__stack_chk_fail",
      "_GLOBAL_OFFSET_TABLE_",
    ]
    return isSwift && !printsOrReads || ofC.contains(symbol)
  }

  /// Every public type is a word of the glossary, or carries one.
  @Test func publicTypesAreInTheGlossary() throws {
    let text = try String(
      contentsOf: Self.root.appending(path: "ARCHITECTURE.md"), encoding: .utf8)
    let start = try #require(text.firstRange(of: "## Words\n")).upperBound
    let end = try #require(text[start...].firstRange(of: "\n## ")).lowerBound
    let words = Set(text[start..<end].matches(of: /`(\w+)`/).map { String($0.output.1) })
    let type =
      /(?m)^(?: {2})?(?:@\w+ )?public (?:final |indirect )?(?:struct|enum|class|protocol|typealias) (\w+)/
    var types: Set<String> = []
    for file in try files(in: Self.root.appending(path: "Sources"), "swift") {
      let source = try String(contentsOf: file, encoding: .utf8)
      let isConditional = source.hasPrefix("#if") || source.contains("\n#if JavaScript")
      for match in source.matches(of: type) where isConditional || !match.output.0.hasPrefix(" ") {
        types.insert(String(match.output.1))
      }
    }
    let unknown = types.filter { !words.contains($0) && !$0.hasSuffix("Error") }
    #expect(unknown.isEmpty, "not in the glossary: \(unknown.sorted())")
    #expect(types.count > 150)
  }

  @Test func filesAreOneIdea() throws {
    for file in try files(in: Self.root.appending(path: "Sources"), "swift") {
      let lines = try String(contentsOf: file, encoding: .utf8).count { $0 == "\n" }
      #expect(lines <= 450, "\(file.lastPathComponent) has \(lines) lines")
    }
  }
}
