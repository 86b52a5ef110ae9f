#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// How many files this process may have open at once.
enum OpenFiles {
  static let most: Int = {
    var limit = rlimit()
    #if canImport(Glibc)
      let files = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    #else
      let files = RLIMIT_NOFILE
    #endif
    // Where the system does not tell, few.
    guard unsafe getrlimit(files, &limit) == 0 else { return 64 }
    return Int(min(limit.rlim_cur, 1 << 20))
  }()
}
