/// A name that equals another only byte by byte.
///
/// To Swift, "é" and "e" followed by U+0301 are the same string. A log gives back the bytes that it
/// was given, so its lists of names must tell the two apart.
struct ExactName: Hashable {
  let text: String

  init(_ text: String) { self.text = text }

  static func == (a: ExactName, b: ExactName) -> Bool { a.text.utf8.elementsEqual(b.text.utf8) }

  func hash(into hasher: inout Hasher) {
    var text = text
    text.withUTF8 { unsafe hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
  }
}
