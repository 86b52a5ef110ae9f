#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The seeds that a random test tries: as many as it asks for, the same each time. `EVLOG_SEEDS=20` tries twenty times
/// as many.
package enum Seeds {
  package static func first(_ count: UInt64) -> Range<UInt64> { 0..<count * factor }

  private static let factor: UInt64 =
    unsafe getenv("EVLOG_SEEDS").flatMap { unsafe UInt64(String(cString: $0)) } ?? 1
}
