import EvlogStore
import EvlogTesting
import SystemPackage
import Testing

/// The simulated disk keeps what real ones keep, and may lose what they may lose.
@Suite struct SimulatedDiskTests {
  private func write(
    _ disk: SimulatedDisk, _ name: FilePath, _ bytes: [UInt8], at position: UInt64 = 0
  )
    throws -> Int32
  {
    let file = try disk.open(name, disk.status(name) != nil ? .readWrite : .create)
    let count = unsafe try bytes.withUnsafeBytes {
      unsafe try disk.write(file, from: $0, at: position)
    }
    #expect(count == bytes.count)
    return file
  }

  private func syncRoot(_ disk: SimulatedDisk) throws {
    let root = try disk.open("/", .folder)
    try disk.syncFolder(root)
    disk.close(root)
  }

  private func cuts(_ disk: SimulatedDisk) -> [DiskState] {
    (0..<300).map { disk.powerCut(seed: $0).state }
  }

  @Test func whatWasSyncedIsThere() throws {
    let disk = SimulatedDisk()
    let bytes = (0..<9000).map { UInt8(truncatingIfNeeded: $0 * 7) }
    let file = try write(disk, "/a", bytes)
    try disk.sync(file)
    try syncRoot(disk)
    for state in cuts(disk) { #expect(state.bytes(of: "/a") == bytes) }
  }

  @Test func aNameThatWasNotSyncedMayBeGone() throws {
    let disk = SimulatedDisk()
    try disk.sync(try write(disk, "/a", [1, 2, 3]))
    let found = cuts(disk).map { $0.bytes(of: "/a") }
    #expect(found.contains(nil))
    #expect(found.contains([1, 2, 3]))
    #expect(found.allSatisfy { $0 == nil || $0 == [1, 2, 3] })
  }

  @Test func ofARenameTheOldNameIsThereOrTheNew() throws {
    let disk = SimulatedDisk()
    for (name, byte) in [("/old", 1), ("/new", 2)] as [(FilePath, UInt8)] {
      try disk.sync(try write(disk, name, [byte]))
    }
    try syncRoot(disk)
    try disk.rename("/old", to: "/new")
    var forms: Set<[[UInt8]?]> = []
    for state in cuts(disk) { forms.insert([state.bytes(of: "/old"), state.bytes(of: "/new")]) }
    #expect(forms == [[[1], [2]], [nil, [1]]])
  }

  @Test func piecesOfAWriteSurviveByThemselves() throws {
    let disk = SimulatedDisk()
    try disk.sync(try write(disk, "/a", [UInt8](repeating: 1, count: 8192)))
    try syncRoot(disk)
    _ = try write(disk, "/a", [UInt8](repeating: 2, count: 4096), at: 2048)
    var kinds: Set<[UInt8]> = []
    for state in cuts(disk) {
      let bytes = try #require(state.bytes(of: "/a"))
      // What the write did not touch is as it was.
      #expect(bytes.count == 8192)
      #expect(bytes[..<2048].allSatisfy { $0 == 1 } && bytes[6144...].allSatisfy { $0 == 1 })
      kinds.insert(stride(from: 2048, to: 6144, by: 512).map { bytes[$0] })
    }
    #expect(kinds.contains([UInt8](repeating: 1, count: 8)))
    #expect(kinds.contains([UInt8](repeating: 2, count: 8)))
    #expect(kinds.count > 20)
  }

  @Test func aFileThatGrewIsShortOrHasZerosOrGarbage() throws {
    let disk = SimulatedDisk()
    try disk.sync(try write(disk, "/a", [1]))
    try syncRoot(disk)
    _ = try write(disk, "/a", [UInt8](repeating: 2, count: 2048), at: 512)
    let found = try cuts(disk).map { try #require($0.bytes(of: "/a")) }
    #expect(found.contains([1]))
    #expect(found.contains { $0.count == 2560 && $0[512...].allSatisfy { $0 == 0 } })
    #expect(found.contains { $0.count == 2560 && $0[512...].allSatisfy { $0 == 2 } })
    #expect(found.contains { $0[min(512, $0.count)...].contains { $0 != 0 && $0 != 2 } })
    #expect(found.allSatisfy { $0[0] == 1 })
  }

  @Test func aFailedSyncForgets() throws {
    let disk = SimulatedDisk()
    let file = try write(disk, "/a", [UInt8](repeating: 1, count: 512))
    try disk.sync(file)
    try syncRoot(disk)
    _ = try write(disk, "/a", [UInt8](repeating: 2, count: 512))
    disk.judge { $0.kind == .sync ? .fails(.ioError) : .honest }
    #expect(throws: Errno.ioError) { try disk.sync(file) }
    disk.judge(nil)
    try disk.sync(file)
    #expect(disk.state.bytes(of: "/a")?.first == 2)
    // By now the disk has made up its mind.
    #expect(Set(cuts(disk).map { $0.bytes(of: "/a") }).count == 1)
  }

  @Test func aLostWriteIsSeenUntilThePowerIsCut() throws {
    let disk = SimulatedDisk()
    disk.judge { $0.kind == .write ? .lost : .honest }
    let file = try write(disk, "/a", [7, 7])
    try disk.sync(file)
    try syncRoot(disk)
    #expect(disk.state.bytes(of: "/a") == [7, 7])
    #expect(PowerCut.settled(disk.state).bytes(of: "/a") == [])
  }

  @Test func aFullDiskTakesWhatFits() throws {
    let disk = SimulatedDisk()
    let file = try disk.open("/a", .create)
    disk.setCapacity(10)
    func write(at position: UInt64) throws -> Int {
      let bytes = [UInt8](repeating: 1, count: 16)
      return unsafe try bytes.withUnsafeBytes { buffer in
        unsafe try disk.write(file, from: buffer, at: position)
      }
    }
    #expect(try write(at: 0) == 10)
    #expect(throws: Errno.noSpace) { _ = try write(at: 10) }
  }

  @Test func aLockIsHeldByOne() throws {
    let disk = SimulatedDisk()
    let (a, b) = (try disk.open("/a", .create), try disk.open("/a", .readWrite))
    try disk.lock(a, exclusive: true)
    #expect(throws: Errno.wouldBlock) { try disk.lock(b, exclusive: false) }
    disk.close(a)
    try disk.lock(b, exclusive: false)
  }
}
