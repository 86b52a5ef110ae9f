import CrashTestSupport
import EvlogTesting
import Synchronization
import SystemPackage
import Testing

@testable import EventLog

/// Each safety is needed: where one is left out, the crash states find it.
///
/// That they find nothing where none is left out, `CrashStatesTests` shows.
@Suite struct NegativeControlTests {
  enum Safety: CaseIterable {
    case frameSync, recoverySync
    case newSegmentSync, newSegmentFolderSync, recoveryFolderSync
    case sealedSync, sealedFolderSync
    case tailZeroing, markSync
    case identitySync, rootFolderSync, parentFolderSync
    case sideFileSync, sideFolderSync

    /// Whether a call is the one that is to be left out, given the one before it.
    func isMeant(_ call: DiskCall, after previous: Previous?) -> Bool {
      let followsItsWrite = previous?.kind == .write && previous?.path == call.path
      let isActive = call.name.hasSuffix(".active")
      let isUnfinished = call.name.hasSuffix(".tmp")
      return switch self {
      case .frameSync: call.kind == .sync && isActive && followsItsWrite
      case .recoverySync: call.kind == .sync && isActive && !followsItsWrite
      case .newSegmentSync:
        call.kind == .sync && isUnfinished && call.isInSegments && !call.hasActiveTwin
      case .newSegmentFolderSync:
        call.kind == .syncFolder && call.name == "segments" && previous?.kind == .rename
          && !call.hasSegmentTwice
      case .recoveryFolderSync:
        call.kind == .syncFolder && call.name == "segments"
          && previous?.kind != .rename && previous?.kind != .unlink
      case .sealedSync:
        call.kind == .sync && isUnfinished && call.isInSegments && call.hasActiveTwin
      case .sealedFolderSync:
        call.kind == .syncFolder && call.name == "segments" && call.hasSegmentTwice
      case .tailZeroing:
        call.kind == .write && isActive && call.position + call.bytes.count <= call.size
          && call.bytes.allSatisfy { $0 == 0 }
      case .markSync: call.kind == .sync && call.name == "DURABLE"
      case .identitySync: call.kind == .sync && call.name == "EVLOG.tmp"
      case .rootFolderSync: call.kind == .syncFolder && call.name == "log"
      case .parentFolderSync: call.kind == .syncFolder && call.name == "/"
      case .sideFileSync: call.kind == .sync && call.name.contains(".snapshot.")
      case .sideFolderSync: call.kind == .syncFolder && call.name == "snapshots"
      }
    }
  }

  struct Previous {
    let kind: DiskCall.Kind
    let path: FilePath
  }

  @Test(arguments: Safety.allCases) func withoutItACrashDoesHarm(safety: Safety) async {
    // What comes before decides, so this is one thread's work.
    let previous = Mutex<Previous?>(nil)
    let omissions = Mutex(0)
    let states = CrashStates(judge: { call in
      guard call.kind != .read else { return .honest }
      let before = previous.withLock { previous in
        defer { previous = Previous(kind: call.kind, path: call.path) }
        return previous
      }
      guard safety.isMeant(call, after: before) else { return .honest }
      omissions.withLock { $0 += 1 }
      return .ignored
    })
    let run = await CrashRun.examine(0..<20_000, of: states, workers: 1, stopAfter: 1)
    #expect(omissions.withLock { $0 } > 0)
    #expect(!run.violations.isEmpty, "without \(safety), \(run.diskCount) disks were all right")
  }

  @Test func withoutTheChecksumOfFramesACrashDoesHarm() async {
    let faults = FaultInjector()
    faults.omit(.frameChecksum)
    let run = await CrashRun.examine(0..<20_000, of: CrashStates(faults: faults), stopAfter: 1)
    #expect(!run.violations.isEmpty)
  }
}

extension DiskCall {
  fileprivate var isInSegments: Bool { path.removingLastComponent().lastComponent == "segments" }

  /// The names in the call's folder, or in the folder that it is about.
  private var names: [String] {
    disk.names(in: kind == .syncFolder ? path : path.removingLastComponent())
  }

  /// Whether the segment of an unfinished file is there, active: then it is being sealed.
  fileprivate var hasActiveTwin: Bool {
    names.contains(name.replacing(".tmp", with: ".active"))
  }

  fileprivate var hasSegmentTwice: Bool {
    names.contains {
      $0.hasSuffix(".sealed") && names.contains($0.replacing(".sealed", with: ".active"))
    }
  }
}
