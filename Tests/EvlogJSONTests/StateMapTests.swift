import EvlogJSON
import EvlogTesting
import ReplayTestSupport
import Testing

/// A map against a dictionary.
@Suite struct StateMapTests {
  /// Keys whose hashes meet, at the beginning or as a whole.
  struct Key: Hashable, Sendable, CodingKeyRepresentable {
    let number: Int
    let bits: Int

    var codingKey: any CodingKey { number.codingKey }
    init?<T: CodingKey>(codingKey: T) {
      guard let number = Int(codingKey.stringValue) else { return nil }
      self.init(number, bits: 0)
    }
    init(_ number: Int, bits: Int) {
      self.number = number
      self.bits = bits
    }
    func hash(into hasher: inout Hasher) { hasher.combine(number >> bits) }
  }

  @Test(arguments: [0, 3, 30]) func isWhatADictionaryIs(_ bits: Int) {
    for seed in Seeds.first(60) {
      var random = SeededGenerator(seed: seed)
      var map = StateMap<Key, [Int]>()
      var dictionary: [Key: [Int]] = [:]
      var kept: [(StateMap<Key, [Int]>, [Key: [Int]])] = []
      for _ in 0..<random.below(400) {
        let key = Key(random.below(60), bits: bits)
        let value = random.below(5)
        switch random.below(6) {
        case 0...1:
          map[key] = [value]
          dictionary[key] = [value]
        case 2:
          map[key, default: []].append(value)
          dictionary[key, default: []].append(value)
        case 3: #expect(map.removeValue(forKey: key) == dictionary.removeValue(forKey: key))
        case 4:
          #expect(
            map[key] == dictionary[key] && map[key, default: [9]] == dictionary[key, default: [9]])
        default: if random.below(10) == 0 { kept.append((map, dictionary)) }
        }
        #expect(map.count == dictionary.count, "seed \(seed)")
      }
      // Copies stay what they were.
      for (map, dictionary) in kept + [(map, dictionary)] {
        let pairs = map.map { ($0.key, $0.value) }
        #expect(pairs.count == dictionary.count, "seed \(seed)")
        #expect(Dictionary(uniqueKeysWithValues: pairs) == dictionary, "seed \(seed)")
      }
      for (a, first) in kept {
        for (b, second) in kept { #expect((a == b) == (first == second), "seed \(seed)") }
      }
      // In whatever order they came, the same keys make the same map.
      let other = StateMap(dictionary.shuffled(using: &random).map { ($0.key, $0.value) })
      #expect(other == map && other.hashValue == map.hashValue)
    }
  }

  struct State: Codable, Equatable {
    var accounts: StateMap<String, Int> = [:]
    var nested: StateMap<Int, StateMap<String, [Int]>> = [:]
    var other = 0
  }

  @Test func isEncodedLikeADictionary() throws {
    let map: StateMap<String, Int> = ["b": 2, "a": 1, "é": 3, "__proto__": 4]
    let text = try StateEncoder().canonicalBytes(of: map)
    #expect(
      text == (try StateEncoder().canonicalBytes(of: ["b": 2, "a": 1, "é": 3, "__proto__": 4])))
    #expect(try StateDecoder().decode(StateMap<String, Int>.self, from: text.span) == map)
    #expect(try StateEncoder().encode(map, at: StatePath([.key("a")])) == .int(1))
    // Another spelling of the key is no place of the text.
    #expect(try StateEncoder().encode(map, at: StatePath([.key("e\u{301}")])) == nil)
    #expect(throws: DecodingError.self) {
      try StateDecoder().decode(StateMap<Int, Int>.self, from: #"{"x":1}"#)
    }
  }
}
