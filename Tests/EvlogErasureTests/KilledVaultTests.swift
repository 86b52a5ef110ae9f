import Crypto
import EvlogErasure
import EvlogTesting
import Foundation
import ReplayTestSupport
import SystemPackage
import Testing

#if canImport(Glibc)
  import Glibc
#endif

private func text(of key: SymmetricKey) -> String {
  unsafe key.withUnsafeBytes { unsafe Data($0).base64EncodedString() }
}

@Suite struct KilledVaultTests {
  /// Somebody is killed while keys are made and erased, again and again, at moments that nobody chooses.
  ///
  /// What was done is noted in another file, before and after.
  @Test func keysAreThereOrErased() async throws {
    let folder = TemporaryFolder()
    let path = folder.path.string
    var erasures = 0
    for round in 0..<30 {
      await #expect(processExitsWith: .signal(SIGKILL)) {
        [path = path as String, round = round as Int] in
        let vault = try FileVault(FilePath(path).appending("vault"))
        let note = try FileDescriptor.open(
          FilePath(path).appending("notes"), .writeOnly, options: [.create, .append],
          permissions: .ownerReadWrite)
        let pause = UInt32.random(in: 1000..<30_000)
        Task.detached {
          usleep(pause)
          kill(getpid(), SIGKILL)
        }
        for i in 0... {
          let stream = "\(round)-\(i)"
          let key = text(of: try vault.makeKey(of: stream))
          try note.writeAll(Array("made \(stream) \(key)\n".utf8))
          guard i % 2 == 0 else { continue }
          try note.writeAll(Array("erasing \(stream)\n".utf8))
          try vault.eraseKey(of: stream)
          try note.writeAll(Array("erased \(stream)\n".utf8))
        }
      }
      let vault = try FileVault(folder.path.appending("vault"))
      let notes = String(
        decoding: try Data(contentsOf: URL(filePath: path + "/notes")), as: UTF8.self
      ).split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
      func streams(_ word: String) -> Set<String> {
        Set(notes.filter { $0[0] == word }.map { $0[1] })
      }
      let (begun, done) = (streams("erasing"), streams("erased"))
      erasures = done.count
      for note in notes where note[0] == "made" {
        let key = try vault.key(of: note[1]).map(text)
        if done.contains(note[1]) {
          #expect(key == nil, "round \(round), \(note[1])")
        } else if !begun.contains(note[1]) || key != nil {
          #expect(key == note[2], "round \(round), \(note[1])")
        }
      }
      // Nothing is left of a key that has its mark.
      let names = Set(try FileManager.default.contentsOfDirectory(atPath: path + "/vault"))
      for name in names where name.hasSuffix(".erased") {
        #expect(!names.contains(name.replacing(".erased", with: ".key")), "round \(round)")
      }
    }
    #expect(erasures > 0)
  }
}
