/// Memory for plain values that is used again and again; whoever owns it frees it.
///
/// Unlike an array's, its places can be read and changed through a class without asking each time
/// whether somebody else is changing them. Every place is checked to be one that was filled.
@safe struct Scratch<Element: BitwiseCopyable> {
  private var base: UnsafeMutablePointer<Element>
  private(set) var capacity: Int
  private(set) var count = 0

  init(capacity: Int) {
    unsafe base = .allocate(capacity: capacity)
    self.capacity = capacity
  }

  func free() { unsafe base.deallocate() }

  @inline(__always) subscript(i: Int) -> Element {
    get {
      precondition(i >= 0 && i < count)
      return unsafe base[i]
    }
    nonmutating set {
      precondition(i >= 0 && i < count)
      unsafe base[i] = newValue
    }
  }

  @inline(__always) mutating func append(_ element: Element) {
    if count == capacity { grow(to: count + 1) }
    unsafe (base + count).initialize(to: element)
    count &+= 1
  }

  mutating func append(_ elements: Span<Element>) {
    if count + elements.count > capacity { grow(to: count + elements.count) }
    for i in elements.indices { unsafe (base + count + i).initialize(to: elements[i]) }
    count += elements.count
  }

  @inline(__always) mutating func removeAll() { count = 0 }

  /// A part of what was filled, for as long as nothing is added.
  func withSpan<R>(_ range: Range<Int>, _ body: (Span<Element>) throws -> R) rethrows -> R {
    precondition(range.lowerBound >= 0 && range.upperBound <= count)
    let part = unsafe UnsafeBufferPointer(start: base + range.lowerBound, count: range.count)
    return try body(unsafe part.span)
  }

  @inline(never) private mutating func grow(to least: Int) {
    let larger = max(least, 2 * capacity)
    let new = UnsafeMutablePointer<Element>.allocate(capacity: larger)
    unsafe new.moveInitialize(from: base, count: count)
    unsafe base.deallocate()
    unsafe base = new
    capacity = larger
  }
}
