#if JavaScript
  import EvlogJSON
  import EvlogCore

  /// How payloads that are written alike go into a script: without their keys, which it knows from the first of
  /// them, and their texts by number, as far as they came before.
  ///
  /// To the engine most of the work of a payload is to make texts of it, one by one; most texts come again.
  @safe struct EventShapes: ~Copyable {
    /// How many values a batch has room for.
    static let slotLimit = 16 * EventBatch.limit
    /// At most this many texts are kept on either side before both start again.
    private static let wordLimit = 1 << 16
    /// So many shapes an event type has, and a script; and so many types may have any.
    private static let typeLimit = 4
    private static let limit = 1000
    private static let typesLimit = 4096
    /// A type gets shapes when so many of its events have come.
    private static let least = 16

    /// The values of all payloads of a batch that have a shape: a whole number as it is, a text by its number,
    /// and any other by its place among the batch's values.
    let slots: UnsafeMutablePointer<Double>
    private var slotCount = 0
    /// The texts, without their quotes.
    private var words = NameTable()
    /// Those that are new in a batch, as an array.
    private(set) var newWords = UTF16Text()
    private var shapes: [Known] = []
    /// How many of them the script knows.
    private var toldCount = 0
    /// The first is for types that come when there are very many.
    private var types = [TypeShapes(isHopeless: true)]
    private var typeNumbers: [Name: Int] = [:]
    private var values = JSONShape.Values(repeating: 0..<0)

    /// A shape, and how often the texts of each member came for the first time.
    private struct Known {
      let shape: JSONShape
      var count = 0
      var newCounts: [Int]

      init(_ shape: JSONShape) {
        self.shape = shape
        newCounts = Array(repeating: 0, count: shape.kinds.count)
      }
    }

    /// The shapes of an event type's payloads; the one that came last is the first.
    private struct TypeShapes {
      var shapes: [Int] = []
      var count = 0
      var fitting = 0
      /// Whether they are too different to be worth a comparison.
      var isHopeless = false
    }

    /// A payload that has a shape: which one, and where its values begin.
    struct Shaped {
      let shape: Int
      let slot: Int
    }

    init() {
      unsafe slots = .allocate(capacity: Self.slotLimit)
      unsafe slots.initialize(repeating: 0, count: Self.slotLimit)
    }

    deinit { unsafe slots.deallocate() }

    /// Whether enough texts are known that both sides should start again.
    var isFull: Bool { words.count > Self.wordLimit }

    /// Begins a batch.
    mutating func begin(forgets: Bool) {
      if forgets { words.removeAll() }
      slotCount = 0
      newWords.removeAll()
      newWords.append(UInt8(ascii: "["))
    }

    /// Ends a batch.
    mutating func finish() { newWords.append(UInt8(ascii: "]")) }

    /// The number of an event type.
    mutating func number(ofType name: Span<UInt8>) -> Int {
      let name = Name(unsafe String(copying: UTF8Span(unchecked: name)))
      if let number = typeNumbers[name] { return number }
      guard types.count < Self.typesLimit else { return 0 }
      typeNumbers[name] = types.count
      types.append(TypeShapes())
      return types.count - 1
    }

    /// An array of the functions that make payloads of shapes which the script does not know yet; nil where it
    /// knows them all.
    var newFunctions: String? {
      guard toldCount < shapes.count else { return nil }
      return "[" + shapes[toldCount...].map { Self.function($0.shape) }.joined(separator: ",") + "]"
    }

    /// The script knows them now.
    mutating func tellFunctions() { toldCount = shapes.count }

    /// Gets words, slots, the place of the first slot, and the batch's values.
    private static func function(_ shape: JSONShape) -> String {
      let members = shape.keys.indices.map { i in
        var member: [UInt8] = []
        JSONValue.write(shape.keys[i], to: &member)
        let slot = "s[i+\(i)]"
        let value =
          switch shape.kinds[i] {
          case .text: "w[\(slot)]"
          case .integer: slot
          case .any: "v[\(slot)]"
          }
        return "\(String(decoding: member, as: UTF8.self)):\(value)"
      }
      return "(w,s,i,v)=>({\(members.joined(separator: ","))})"
    }

    /// Takes a payload, if it has a shape; values of any kind are added to those of the batch.
    mutating func take(_ data: Span<UInt8>, type: Int, _ batch: inout BatchValues) -> Shaped? {
      guard !types[type].isHopeless, slotCount + JSONShape.memberLimit <= Self.slotLimit else {
        return nil
      }
      types[type].count += 1
      // To make a function takes as long as to read some payloads.
      if types[type].shapes.isEmpty, types[type].count < Self.least { return nil }
      let found = shape(of: data, type: type)
      if found != nil { types[type].fitting += 1 }
      if types[type].count == 1024 {
        types[type].isHopeless = types[type].fitting < 512
        (types[type].count, types[type].fitting) = (0, 0)
      }
      guard let found else { return nil }
      defer { slotCount += shapes[found].shape.kinds.count }
      write(data, found, &batch)
      if shapes[found].count == Self.wordLimit / 4 { dropRareWords(of: found, type) }
      return Shaped(shape: found, slot: slotCount)
    }

    /// The shape that a payload has, which may be a new one.
    private mutating func shape(of data: Span<UInt8>, type: Int) -> Int? {
      for i in types[type].shapes.indices {
        let known = types[type].shapes[i]
        var fit = shapes[known].shape.fit(data, &values)
        var others: [Int] = []
        while case .otherKind(let member) = fit {
          others.append(member)
          fit = shapes[known].shape.widened(at: others).fit(data, &values)
        }
        guard case .fits = fit, others.isEmpty || widen(known, others, type) else { continue }
        let found = types[type].shapes[i]
        if i > 0 { types[type].shapes.swapAt(0, i) }
        return found
      }
      guard types[type].shapes.count < Self.typeLimit, shapes.count < Self.limit,
        let shape = JSONShape(of: data), case .fits = shape.fit(data, &values)
      else { return nil }
      shapes.append(Known(shape))
      types[type].shapes.insert(shapes.count - 1, at: 0)
      return shapes.count - 1
    }

    /// Lets members of a type's shape have any value from now on.
    private mutating func widen(_ shape: Int, _ members: [Int], _ type: Int) -> Bool {
      guard shapes.count < Self.limit, let i = types[type].shapes.firstIndex(of: shape) else {
        return false
      }
      shapes.append(Known(shapes[shape].shape.widened(at: members)))
      types[type].shapes[i] = shapes.count - 1
      return true
    }

    /// Texts that mostly come once are not worth a number.
    private mutating func dropRareWords(of shape: Int, _ type: Int) {
      let rare = shapes[shape].newCounts.indices.filter {
        shapes[shape].newCounts[$0] * 2 > shapes[shape].count
      }
      if !rare.isEmpty { _ = widen(shape, rare, type) }
      shapes[shape].count = 0
      for i in shapes[shape].newCounts.indices { shapes[shape].newCounts[i] = 0 }
    }

    /// Writes the values of a payload.
    private mutating func write(_ data: Span<UInt8>, _ found: Int, _ batch: inout BatchValues) {
      shapes[found].count &+= 1
      for member in shapes[found].shape.kinds.indices {
        let value = data.extracting(values[member])
        let slot: Double
        switch shapes[found].shape.kinds[member] {
        case .integer: slot = Double(Self.integer(value))
        case .any:
          slot = Double(batch.count)
          batch.append(value)
        case .text:
          let known = words.count
          let number = words.add(value, hash: hash64(value))
          if words.count > known {
            shapes[found].newCounts[member] &+= 1
            appendNewWord(value)
          }
          slot = Double(number)
        }
        unsafe slots[slotCount &+ member] = slot
      }
    }

    private mutating func appendNewWord(_ word: Span<UInt8>) {
      let quote = UInt8(ascii: "\"")
      if newWords.count > 1 { newWords.append(UInt8(ascii: ",")) }
      newWords.append(quote)
      newWords.append(utf8: word)
      newWords.append(quote)
    }

    /// A whole number of a few digits.
    private static func integer(_ digits: Span<UInt8>) -> Int {
      var number = 0
      for i in digits.indices where digits[i] != UInt8(ascii: "-") {
        number = number &* 10 &+ Int(digits[i] &- 0x30)
      }
      return digits[0] == UInt8(ascii: "-") ? -number : number
    }
  }
#endif
