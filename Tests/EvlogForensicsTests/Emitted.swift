#if JavaScript
  import Evlog
  import EvlogScripting
  import Foundation
  import SystemPackage
  import Testing

  /// 2 of 7778 events that break an invariant, found by `evlog minimise`: it fails until
  /// the code is fixed.
  func theInvariantHolds() async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    let log = try EventLog.create(FilePath(folder.path))
    let events = [
      NewEvent(
        stream: "sku-A-7",
        type: "StockCounted",
        data: Array(#"{"sku":"A-7","quantity":12}"#.utf8),
        recordedAt: Timestamp("2026-03-01T10:48:02.109000000Z"),
        metadata: Array(#"{"node":"api-1"}"#.utf8)),
      NewEvent(
        stream: "order-2394",
        type: "StockReserved",
        data: Array(#"{"sku":"A-7","quantity":40,"order":"order-2394"}"#.utf8),
        recordedAt: Timestamp("2026-03-01T10:48:05.123000000Z"),
        metadata: Array(#"{"node":"api-3"}"#.utf8)),
    ]
    for event in events { try await log.append([event]) }
    let program = try ScriptProgram(file: shopMachine)
    let scan = try await Replayer(program, over: log).scan()
    let finding = try #require(scan.findings.first { $0.invariant.name == "never oversell" })
    #expect(
      finding.episodes.isEmpty, "violated from offset \(finding.firstEpisode?.brokenBy ?? 0) on")
  }
#endif
