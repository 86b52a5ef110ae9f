extension Answers {
  /// The studio that was started.
  public struct Studio: Answer {
    public var question: String { "studio" }
    /// Where the page is, with the token that lets one browser in.
    public let address: String

    public init(address: String) { self.address = address }
  }
}
