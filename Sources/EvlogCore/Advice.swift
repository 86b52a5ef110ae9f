/// Advice on an error: what to do next, and the remedy that does it.
///
/// A program that shows errors to its users can put the remedy into words of its own: a command, or a button.
public struct Advice<Remedy>: Sendable, Hashable
where Remedy: Sendable & Hashable & CustomStringConvertible {
  /// The advice in words that hold for every user of the library. A remedy ends the sentence.
  public let text: String
  /// The remedy; nil if nothing in the library can do it.
  public let remedy: Remedy?

  public init(_ text: String, _ remedy: Remedy? = nil) {
    self.text = text
    self.remedy = remedy
  }

  /// The same advice with the remedy in other words, which end the sentence.
  public func saying(_ words: (Remedy) -> String) -> Advice {
    Advice(text + (remedy.map(words) ?? ""))
  }
}

extension Advice: ExpressibleByStringInterpolation {
  public init(stringLiteral text: String) { self.init(text) }
}

extension Advice: CustomStringConvertible {
  public var description: String { saying(\.description).text }
}
