/// Reusable memory for plain values; its owner frees it.
///
/// Unlike an array's, its places can be read and changed through a class without an exclusivity check each
/// time. Every access is checked to be to a filled place.
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

  @inline(__always) func change(_ i: Int, _ body: (inout Element) -> Void) {
    precondition(i >= 0 && i < count)
    unsafe body(&base[i])
  }

  @inline(__always) mutating func append(_ element: Element) {
    if count == capacity { grow(to: count + 1) }
    unsafe (base + count).initialize(to: element)
    count &+= 1
  }

  @inline(__always) mutating func append(_ elements: Span<Element>) {
    if count &+ elements.count > capacity { grow(to: count + elements.count) }
    unsafe elements.withUnsafeBufferPointer { elements in
      guard let first = elements.baseAddress else { return }
      unsafe (base + count).initialize(from: first, count: elements.count)
    }
    count &+= elements.count
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

/// What takes bytes one after another.
protocol ByteSink {
  mutating func append(_ byte: UInt8)
  mutating func append(_ bytes: Span<UInt8>)
}

extension ByteSink {
  @inline(__always) mutating func append(_ text: StaticString) {
    for i in 0..<text.utf8CodeUnitCount { unsafe append(text.utf8Start[i]) }
  }
}

extension Scratch: ByteSink where Element == UInt8 {}

extension [UInt8]: ByteSink {
  @inline(__always) mutating func append(_ bytes: Span<UInt8>) {
    unsafe bytes.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
  }
}
