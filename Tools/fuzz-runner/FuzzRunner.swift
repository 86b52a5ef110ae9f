import FuzzTestSupport
import SystemPackage

#if canImport(Glibc)
  import Glibc
#endif

/// Which target `Tools/fuzz` asks for.
private let target: FuzzTarget = {
  let name = unsafe getenv("EVLOG_FUZZ_TARGET").map { unsafe String(cString: $0) } ?? ""
  guard let target = FuzzTarget.named(name) else {
    print("EVLOG_FUZZ_TARGET is one of \(FuzzTarget.all.map(\.name).joined(separator: ", "))")
    exit(64)
  }
  return target
}()

/// What libFuzzer calls first: puts the seeds into the folder `EVLOG_FUZZ_SEEDS`, where there is one.
@_cdecl("LLVMFuzzerInitialize")
public func initialize(
  _ count: UnsafeMutablePointer<Int32>?, _ arguments: UnsafeMutableRawPointer?
) -> Int32 {
  guard let folder = unsafe getenv("EVLOG_FUZZ_SEEDS") else { return 0 }
  for (i, seed) in target.seeds().enumerated() {
    let path = FilePath(unsafe String(cString: folder)).appending("seed-\(i)")
    do {
      let file = try FileDescriptor.open(
        path, .writeOnly, options: [.create, .truncate], permissions: .ownerReadWrite)
      _ = try file.closeAfter { try file.writeAll(seed) }
    } catch {
      print("\(path): \(error)")
      exit(74)
    }
  }
  return 0
}

/// What libFuzzer calls with everything that it makes up. A finding ends the process: libFuzzer then
/// keeps the bytes.
@_cdecl("LLVMFuzzerTestOneInput")
public func examineOne(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
  do {
    try target.examine(unsafe Array(UnsafeBufferPointer(start: bytes, count: count)))
  } catch {
    print("\(target.name): \(error)")
    fflush(nil)
    abort()
  }
  return 0
}
