import Synchronization

/// Objects that are used again, because their memory is worth keeping.
@safe struct Spares<Element: AnyObject & Sendable>: ~Copyable, Sendable {
  private static var limit: Int { 8 }

  /// The one that was used last; more of them where several are in use.
  private let last = unsafe Atomic<Unmanaged<Element>?>(nil)
  private let others = Mutex<[Element]>([])

  func take() -> Element? {
    if let element = unsafe last.exchange(nil, ordering: .acquiring) {
      return unsafe element.takeRetainedValue()
    }
    return others.withLock { $0.popLast() }
  }

  /// The caller must hold the only reference.
  func put(_ element: Element) {
    let own = unsafe Unmanaged.passRetained(element)
    guard let other = unsafe last.exchange(own, ordering: .acquiringAndReleasing) else { return }
    let element = unsafe other.takeRetainedValue()
    others.withLock { if $0.count < Self.limit { $0.append(element) } }
  }
}
