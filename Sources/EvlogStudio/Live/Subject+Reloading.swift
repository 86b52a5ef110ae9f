import EvlogAnswers
import EvlogCore
import EvlogForensics
import EvlogJSON
import EvlogMachine
import EvlogReplay
import SystemPackage

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

extension Subject {
  /// So often it is looked whether the script is another one.
  private static let interval = Duration.milliseconds(250)
  /// A longer file is no script.
  private static let scriptLimit = 16 << 20
  /// So many verdicts that are new, or gone, are listed.
  private static let listLimit = 100

  /// Loads the machine again whenever its script, or a file that it uses, changes, until the task is cancelled. The old one answers until the
  /// new one has judged the log.
  func watchScript(wording: @escaping Wording) async {
    guard let script = source.script, let load = source.load else { return }
    var files = [script] + (loaded?.program.files ?? []).map { FilePath($0) }
    var known = Self.digest(of: files)
    var stamp = files.map(Self.stamp)
    while !Task.isCancelled {
      do { try await Task.sleep(for: Self.interval) } catch { return }
      // Bytes are only looked at where something else says that they may be others.
      let newStamp = files.map(Self.stamp)
      if newStamp == stamp { continue }
      stamp = newStamp
      // While an editor replaces a file, it may be missing.
      guard let now = Self.digest(of: files), now != known else { continue }
      known = now
      do {
        let start = ContinuousClock.now
        let program = try await QuestionThreads.run { try load() }
        files = [script] + program.files.map { FilePath($0) }
        known = Self.digest(of: files)
        stamp = files.map(Self.stamp)
        guard program.descriptor.fingerprint != loaded?.descriptor.fingerprint else { continue }
        let (old, new) = try await use(program, wording: wording)
        let changes = try await Self.changes(from: old, to: new)
        broadcast.tellTrouble(new.verdicts?.scan.failure.map { wording($0) })
        let took = (ContinuousClock.now - start) / .milliseconds(1)
        broadcast.tell(
          ServerEvent(
            name: "machine",
            data: .object(
              changes + [("milliseconds", JSONNumber(took.rounded()).map { .number($0) } ?? .null)])
          ))
      } catch is CancellationError {
        return
      } catch {
        broadcast.tellTrouble(wording(error))
      }
    }
  }

  /// Puts a program in use once it has judged the events; the machine before it, and the new one.
  private func use(_ program: any Program, wording: @escaping Wording) async throws
    -> (LoadedMachine?, LoadedMachine)
  {
    while true {
      let before = now
      let new = LoadedMachine(program, over: before.source, wording: wording)
      _ = try await new.judge()
      if replace(new, madeFor: before.generation) { return (before.loaded, new) }
    }
  }

  /// What is another one after most changes of a file: its number, its length, and when it was written.
  private static func stamp(of file: FilePath) -> [Int] {
    var status = stat()
    guard unsafe file.withPlatformString({ unsafe stat($0, &status) }) == 0 else { return [] }
    #if os(Linux)
      let time = status.st_mtim
    #else
      let time = status.st_mtimespec
    #endif
    return [
      Int(truncatingIfNeeded: status.st_ino), Int(status.st_size), time.tv_sec, time.tv_nsec,
    ]
  }

  /// The digest of the bytes of some files; nil where one cannot be read, or is too long.
  private static func digest(of files: [FilePath]) -> Digest? {
    var bytes: [UInt8] = []
    for file in files {
      guard let digest: Digest = digest(of: file) else { return nil }
      bytes += "\(digest)\n".utf8
    }
    return Digest(of: bytes)
  }

  /// The digest of a file's bytes; nil where it cannot be read, or is too long.
  private static func digest(of file: FilePath) -> Digest? {
    // What is wrong with it is said when it is loaded.
    guard let descriptor = try? FileDescriptor.open(file, .readOnly) else { return nil }
    // Nothing was written to it.
    defer { try? descriptor.close() }
    var bytes: [UInt8] = []
    while bytes.count < scriptLimit {
      var part = [UInt8](repeating: 0, count: 64 << 10)
      // The same.
      guard
        let count = try? unsafe part.withUnsafeMutableBytes({ try unsafe descriptor.read(into: $0) }
        )
      else { return nil }
      if count == 0 { return Digest(of: bytes) }
      bytes += part.prefix(count)
    }
    return nil
  }

  /// Which verdicts are gone and which are new, and how much is unknown.
  private static func changes(from old: LoadedMachine?, to new: LoadedMachine) async throws
    -> [(String, JSONValue)]
  {
    func breaks(_ machine: LoadedMachine?) -> [Break] {
      machine?.verdicts?.findings.flatMap { finding in
        finding.breaks.map { Break(invariant: Name(finding.invariant.name), episode: $0) }
      } ?? []
    }
    let (before, after) = (breaks(old), breaks(new))
    let gone = Self.missing(from: after, of: before)
    let appeared = Self.missing(from: before, of: after)
    func list(_ breaks: [Break]) -> JSONValue { .array(breaks.prefix(listLimit).map(\.json)) }
    return [
      ("fingerprint", .string("\(new.descriptor.fingerprint)")), ("gone", list(gone)),
      ("goneCount", .int(gone.count)), ("appeared", list(appeared)),
      ("appearedCount", .int(appeared.count)), ("knownTo", .int(new.knownTo)),
      ("unknownBefore", try await unknown(old)), ("unknownAfter", try await unknown(new)),
    ]
  }

  private static func missing(from others: [Break], of breaks: [Break]) -> [Break] {
    let others = Set(others)
    return breaks.filter { !others.contains($0) }
  }

  /// How many cells of the declared regions are unknown, of how many; null without regions.
  private static func unknown(_ machine: LoadedMachine?) async throws -> JSONValue {
    guard let machine, machine.descriptor.regions != nil else { return .null }
    let map = try await machine.map(by: .declared, to: nil)
    return .object([
      ("unknown", .int(map.cells.count { $0.mark == .unknown })), ("cells", .int(map.cells.count)),
    ])
  }

  /// A break of an invariant, as something that two machines may have.
  private struct Break: Hashable {
    let invariant: Name
    let episode: Episode

    static func == (a: Break, b: Break) -> Bool {
      a.invariant == b.invariant && a.episode.firstCut == b.episode.firstCut
        && a.episode.endCut == b.episode.endCut
        && a.episode.key.map(Name.init) == b.episode.key.map(Name.init)
    }

    func hash(into hasher: inout Hasher) {
      hasher.combine(invariant)
      hasher.combine(episode.firstCut)
    }

    var json: JSONValue {
      .object([
        ("invariant", .string(invariant.string)),
        ("key", episode.key.map { .string($0) } ?? .null), ("firstCut", .int(episode.firstCut)),
        ("endCut", episode.endCut.map { .int($0) } ?? .null),
      ])
    }
  }
}
