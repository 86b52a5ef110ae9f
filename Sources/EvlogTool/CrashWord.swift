import CEvlog

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// What the command says where it ends by a signal: a line for its user, and how its makers get more.
enum CrashWord {
  /// What JavaScriptCore needs of the address space; it reserves far more than it uses.
  private static let scriptAddressSpace: UInt64 = 6 << 30

  /// The bytes to which this process's address space is limited; nil where it is not.
  private static var addressSpace: UInt64? {
    var limit = rlimit()
    guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0,
      limit.rlim_cur < 1 << 62
    else { return nil }
    return UInt64(limit.rlim_cur)
  }

  /// Replaces Swift's report of a crash, unless that was requested.
  static func install() {
    let wanted = unsafe getenv("SWIFT_BACKTRACE").map { unsafe String(cString: $0) } ?? ""
    if wanted.contains("enable=yes") { return }
    let name = EvlogTool.name
    var text = "\n\(name): it crashed."
    if let addressSpace {
      text +=
        " Its address space is limited to \(Words.bytes(addressSpace)) (ulimit -v), which may be "
      text += "too little."
    }
    text += " Unless it ran out of memory, this is a bug in \(name); for its developers: "
    text += "SWIFT_BACKTRACE=enable=yes shows where.\n"
    unsafe text.withCString { unsafe evlog_crash_word($0) }
  }

  /// Throws where scripts cannot run for want of addresses: JavaScriptCore would end the process.
  static func checkAddressSpaceForScripts() throws {
    guard let addressSpace, addressSpace < scriptAddressSpace else { return }
    throw Failure(
      .failed,
      "Machines in JavaScript need \(Words.bytes(scriptAddressSpace)) of address space, far more than "
        + "the memory that they use, and this process may have \(Words.bytes(addressSpace)). Raise the "
        + "limit: ulimit -v unlimited. To bound the memory of a script: --memory-mib.")
  }
}
