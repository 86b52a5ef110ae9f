import FuzzTestSupport
import SystemPackage
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// What libFuzzer once found interesting, and what was wrong once, in `Fixtures/fuzz`: all of it is
/// right, in every run of the tests. `Tools/fuzz` looks for more.
@Suite struct CorpusTests {
  private static var folder: FilePath {
    FilePath(#filePath).removingLastComponent().removingLastComponent().removingLastComponent()
      .appending("Fixtures/fuzz")
  }

  private func names(in folder: FilePath) -> [String] {
    guard let handle = unsafe opendir(folder.string) else { return [] }
    defer { _ = unsafe closedir(handle) }
    var names: [String] = []
    while let entry = unsafe readdir(handle) {
      names.append(
        unsafe withUnsafePointer(to: &entry.pointee.d_name) { tuple in
          unsafe tuple.withMemoryRebound(to: CChar.self, capacity: 256) {
            unsafe String(cString: $0)
          }
        })
    }
    return names.filter { !$0.hasPrefix(".") }.sorted()
  }

  private func read(_ path: FilePath) throws -> [UInt8] {
    let file = try FileDescriptor.open(path, .readOnly)
    return try file.closeAfter {
      var bytes = [UInt8](repeating: 0, count: 1 << 16)
      let count = unsafe try bytes.withUnsafeMutableBytes { unsafe try file.read(into: $0) }
      return Array(bytes[..<count])
    }
  }

  @Test(arguments: FuzzTarget.all.map(\.name)) func whatIsKeptIsRight(target name: String) throws {
    let target = try #require(FuzzTarget.named(name))
    let folder = Self.folder.appending(name)
    let files = names(in: folder)
    #expect(files.count > 10, "the corpus of \(name) is missing")
    for file in files {
      let bytes = try read(folder.appending(file))
      #expect(throws: Never.self, "\(name)/\(file)") { try target.examine(bytes) }
    }
    for (i, seed) in target.seeds().enumerated() {
      #expect(throws: Never.self, "\(name), seed \(i)") { try target.examine(seed) }
    }
  }

  /// The files that are changed are the same in every run, or what is kept would mean nothing.
  @Test func theFilesAreAlwaysTheSame() {
    for target in FuzzTarget.all { #expect(target.seeds() == target.seeds()) }
  }
}
