import Dispatch
import Synchronization

/// Runs what is asynchronous and waits for it, on a thread that may block.
///
/// The main thread stays what it is: a program with an asynchronous `main` gives it up, and then
/// valgrind loses its way.
func waiting<T: Sendable>(_ body: @escaping @Sendable () async throws -> T) throws -> T {
  let done = DispatchSemaphore(value: 0)
  let slot = Slot<T>()
  Task.detached {
    do { slot.fill(.success(try await body())) } catch { slot.fill(.failure(error)) }
    done.signal()
  }
  done.wait()
  guard let result = slot.value else { throw Failure("There is no result") }
  return try result.get()
}

private final class Slot<T: Sendable>: Sendable {
  private let result = Mutex<Result<T, any Error>?>(nil)

  var value: Result<T, any Error>? { result.withLock { $0 } }

  func fill(_ value: Result<T, any Error>) { result.withLock { $0 = value } }
}
