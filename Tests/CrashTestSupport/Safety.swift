package import EvlogTesting
import Synchronization
import SystemPackage

/// What keeps a log whole in a crash, each of which can be left out to see that a crash then does harm.
package enum Safety: CaseIterable, Sendable {
  case frameSync, recoverySync
  case newSegmentSync, newSegmentFolderSync, recoveryFolderSync, spareHeaderSync
  case sealedSync, sealedFolderSync
  case tailZeroing, markSync, writingAgain
  case identitySync, rootFolderSync, parentFolderSync
  case sideFileSync, sideFolderSync
  case truncatedSegmentSync, truncatedFolderSync, quarantineCopySync, quarantineFolderSync
  case repairedSegmentSync, repairCopySync, repairFolderSync, repairIdentitySync
  case quarantineNameSync, truncationSync, truncationNameSync, truncationMarkSync, truncationEndSync

  /// The workloads in which it is missed soonest.
  package var workloads: [CrashWorkload] {
    let name =
      switch self {
      case .recoverySync: "killed"
      case .newSegmentSync, .newSegmentFolderSync, .recoveryFolderSync: "roll"
      case .spareHeaderSync: "spares"
      case .sealedSync, .sealedFolderSync: "seal"
      case .markSync: "failed-sync"
      case .writingAgain: "failed-sync-killed"
      case .sideFileSync, .sideFolderSync: "snapshot"
      case .frameSync, .tailZeroing: "together"
      case .truncatedSegmentSync, .truncatedFolderSync, .quarantineCopySync, .quarantineFolderSync,
        .quarantineNameSync, .truncationSync, .truncationNameSync, .truncationMarkSync,
        .truncationEndSync:
        "truncate"
      case .repairedSegmentSync, .repairCopySync, .repairFolderSync, .repairIdentitySync:
        "repair"
      case .identitySync, .rootFolderSync, .parentFolderSync: "create"
      }
    return CrashWorkload.all.filter { $0.name == name }
  }

  /// Whether a call is the one that is to be left out, given the one before it.
  private func isMeant(_ call: DiskCall, after previous: Previous?) -> Bool {
    let followsItsWrite = previous?.kind == .write && previous?.path == call.path
    let isActive = call.name.hasSuffix(".active")
    let isUnfinished = call.name.hasSuffix(".tmp")
    return switch self {
    case .frameSync: call.kind == .sync && isActive && followsItsWrite
    case .recoverySync:
      call.kind == .sync && isActive && (!followsItsWrite || previous?.wasAgain == true)
    case .newSegmentSync:
      call.kind == .sync && isUnfinished && call.isInSegments && !call.hasActiveTwin
    case .spareHeaderSync: call.kind == .sync && call.name.hasSuffix(".spare")
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
    case .writingAgain: call.kind == .write && isActive && call.isAlreadyThere
    case .markSync: call.kind == .sync && call.name == "DURABLE"
    case .identitySync: call.kind == .sync && call.name == "EVLOG.tmp"
    case .rootFolderSync: call.kind == .syncFolder && call.name == "log"
    case .parentFolderSync: call.kind == .syncFolder && call.name == "/"
    case .sideFileSync: call.kind == .sync && call.name.contains(".snapshot.")
    case .sideFolderSync: call.kind == .syncFolder && call.name == "snapshots"
    case .truncatedSegmentSync: call.kind == .sync && isUnfinished && call.hasSealedTwin
    case .truncatedFolderSync:
      call.kind == .syncFolder && call.name == "segments" && previous?.kind == .sync
        && previous?.path.extension == "tmp"
    case .quarantineCopySync: call.kind == .sync && call.path.string.contains("/quarantine/")
    case .repairedSegmentSync: call.kind == .sync && isUnfinished && call.hasSealedTwin
    case .repairCopySync: call.kind == .sync && call.path.string.contains("/quarantine/")
    case .repairFolderSync: call.kind == .syncFolder && call.name == "repair"
    case .repairIdentitySync: call.kind == .sync && call.name == "EVLOG.tmp"
    case .quarantineFolderSync: call.kind == .syncFolder && call.name.hasPrefix("truncated-")
    case .quarantineNameSync: call.kind == .syncFolder && call.name == "quarantine"
    case .truncationSync: call.kind == .sync && call.name == "TRUNCATE.tmp"
    case .truncationNameSync:
      call.kind == .syncFolder && call.name == "log" && call.disk.bytes(of: "/log/TRUNCATE") != nil
    case .truncationMarkSync:
      call.kind == .sync && call.name == "DURABLE" && call.disk.bytes(of: "/log/TRUNCATE") != nil
    case .truncationEndSync:
      call.kind == .syncFolder && call.name == "log" && previous?.kind == .unlink
        && previous?.path.lastComponent == "TRUNCATE"
    }
  }

  /// The call before.
  private struct Previous {
    let kind: DiskCall.Kind
    let path: FilePath
    /// Whether it wrote what was there.
    let wasAgain: Bool
  }

  /// A disk that leaves this one thing out. One thread only may use it.
  package func omission() -> @Sendable (DiskCall) -> DiskVerdict {
    let previous = LastCall()
    return { call in
      guard call.kind != .read else { return .honest }
      return isMeant(call, after: previous.replace(by: call)) ? .ignored : .honest
    }
  }

  private final class LastCall: Sendable {
    private let call = Mutex<Previous?>(nil)

    func replace(by new: DiskCall) -> Previous? {
      call.withLock { call in
        defer {
          call = Previous(
            kind: new.kind, path: new.path, wasAgain: new.kind == .write && new.isAlreadyThere)
        }
        return call
      }
    }
  }
}

extension DiskCall {
  fileprivate var isInSegments: Bool { path.removingLastComponent().lastComponent == "segments" }

  /// The names in the call's folder, or in the folder that it is about.
  private var names: [String] {
    disk.names(in: kind == .syncFolder ? path : path.removingLastComponent())
  }

  /// Whether what is written can be read there before.
  fileprivate var isAlreadyThere: Bool {
    let old = disk.bytes(of: path) ?? []
    return old.count >= position + bytes.count && bytes.contains { $0 != 0 }
      && old[position..<(position + bytes.count)].elementsEqual(bytes)
  }

  /// Whether the segment of an unfinished file is there, active: then it is being sealed.
  fileprivate var hasActiveTwin: Bool {
    names.contains(name.replacing(".tmp", with: ".active"))
  }

  /// Whether the segment of an unfinished file is there, sealed: then it is being cut.
  fileprivate var hasSealedTwin: Bool {
    names.contains(name.replacing(".tmp", with: ".sealed"))
  }

  fileprivate var hasSegmentTwice: Bool {
    names.contains {
      $0.hasSuffix(".sealed") && names.contains($0.replacing(".sealed", with: ".active"))
    }
  }
}
