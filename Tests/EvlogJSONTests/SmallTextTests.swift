import EvlogTesting
import Testing

@testable import EvlogJSON

/// Texts that are made of their words, against those that Swift makes of bytes.
@Suite struct SmallTextTests {
  @Test func textsAreThoseOfTheirBytes() throws {
    for seed in Seeds.first(3000) {
      var random = SeededGenerator(seed: seed)
      let bytes = (0..<random.below(20)).map { _ in UInt8(random.below(128)) }
      let made = SmallText.make(bytes.span)
      let text = String(decoding: bytes, as: UTF8.self)
      guard bytes.count <= 15 else {
        #expect(made == nil)
        continue
      }
      let small = try #require(made, "seed \(seed)")
      #expect(small == text && small.hashValue == text.hashValue, "seed \(seed)")
      #expect(Array(small.utf8) == bytes && small.count == text.count, "seed \(seed)")
      #expect(small + "more" == text + "more" && small < text + "\0", "seed \(seed)")
      let words = try #require(SmallText.Words(text))
      #expect(words == SmallText.Words(bytes.span), "seed \(seed)")
      // Another text has other words.
      var other = bytes
      if other.isEmpty { other = [0] } else { other[random.below(other.count)] ^= 1 }
      #expect(words != SmallText.Words(other.span), "seed \(seed)")
      let longer = Array((bytes + [0]).prefix(15))
      #expect(words != SmallText.Words(longer.span) || bytes.count == 15, "seed \(seed)")
    }
  }

  @Test func otherTextsAreMadeTheUsualWay() {
    for text in ["é", "grün", "日本", "0123456789abcde\u{e9}", "sixteen bytes ..", "\u{80}"] {
      #expect(SmallText.make(text.utf8Span.span) == nil)
      #expect(SmallText.Words(text) == nil)
    }
  }

  /// An array may be made of a slice, or a text be a part of another: the words are of the text alone.
  @Test func partsOfTextsHaveTheirWords() throws {
    let text = "a text of which parts are taken"
    for start in 0..<text.utf8.count {
      for count in 0...min(15, text.utf8.count - start) {
        let bytes = Array(text.utf8)[start..<(start + count)]
        let part = String(decoding: bytes, as: UTF8.self)
        #expect(SmallText.make(bytes.span) == part)
        #expect(SmallText.Words(part) == SmallText.Words(bytes.span))
      }
    }
  }
}
