import GRDBSQLite

/// Where SQLite takes the value of a column from. It takes a copy of all bytes.
@safe struct SQLAnswer {
  private let context: OpaquePointer
  private static let transient = unsafe unsafeBitCast(-1, to: sqlite3_destructor_type.self)

  init(_ context: OpaquePointer) { unsafe self.context = unsafe context }

  func null() { unsafe sqlite3_result_null(context) }

  func number(_ number: Int64) { unsafe sqlite3_result_int64(context, number) }

  func text(_ text: Span<UInt8>) {
    unsafe text.withUnsafeBytes { bytes in
      // A text without an address would be NULL.
      guard let start = bytes.baseAddress else {
        return unsafe sqlite3_result_text(context, "", 0, Self.transient)
      }
      unsafe sqlite3_result_text64(
        context, start.assumingMemoryBound(to: CChar.self), UInt64(bytes.count), Self.transient,
        UInt8(SQLITE_UTF8))
    }
  }

  func text(_ text: String?) {
    guard let text else { return null() }
    self.text(text.utf8Span.span)
  }

  func bytes(_ bytes: Span<UInt8>) {
    unsafe bytes.withUnsafeBytes { bytes in
      guard let start = bytes.baseAddress, bytes.count > 0 else {
        return unsafe sqlite3_result_zeroblob(context, 0)
      }
      unsafe sqlite3_result_blob64(context, start, UInt64(bytes.count), Self.transient)
    }
  }
}
