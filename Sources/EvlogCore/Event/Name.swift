/// A name that is equal to another only if every byte is.
///
/// Swift's `String` takes "é" in one code point and in two for the same; names in a log and keys in
/// a state are data, and two different ones must not meet in a dictionary.
package struct Name: Sendable, Hashable, Comparable, CustomStringConvertible {
  package let string: String

  package init(_ string: String) { self.string = string }

  package static func == (a: Name, b: Name) -> Bool {
    isEqual(a.string.utf8Span.span, b.string.utf8Span.span)
  }

  package static func < (a: Name, b: Name) -> Bool {
    precedes(a.string.utf8Span.span, b.string.utf8Span.span)
  }

  package func hash(into hasher: inout Hasher) {
    var text = string
    text.withUTF8 { unsafe hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
  }

  package var description: String { string }
}
