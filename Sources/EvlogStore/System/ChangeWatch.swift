import Dispatch
import SystemPackage

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Reports when a file in a folder changes, without polling.
///
/// Linux reports changes by this machine (inotify). A follower that is not woken checks now and then all the
/// same.
@safe final class ChangeWatch: Sendable {
  /// Set up once, and then only cancelled.
  nonisolated(unsafe) private let source: any DispatchSourceRead

  /// Nil where the system offers none, or has no more of them.
  init?(_ folder: FilePath, onChange: @escaping @Sendable () -> Void) {
    #if os(Linux)
      let descriptor = inotify_init1(O_NONBLOCK | O_CLOEXEC)
      guard descriptor >= 0 else { return nil }
      let events =
        IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF
      let watch = unsafe folder.withPlatformString {
        unsafe inotify_add_watch(descriptor, $0, UInt32(events))
      }
      guard watch >= 0 else {
        _ = close(descriptor)
        return nil
      }
      let source = DispatchSource.makeReadSource(
        fileDescriptor: descriptor, queue: .global(qos: .userInitiated))
      source.setEventHandler {
        // What has changed does not matter: a woken reader looks at the log itself.
        var room = [UInt8](repeating: 0, count: 4096)
        while unsafe room.withUnsafeMutableBytes({
          unsafe read(descriptor, $0.baseAddress, $0.count)
        }) > 0 {}
        onChange()
      }
      source.setCancelHandler { _ = close(descriptor) }
      source.activate()
      unsafe self.source = source
    #else
      return nil
    #endif
  }

  deinit { unsafe source.cancel() }
}
