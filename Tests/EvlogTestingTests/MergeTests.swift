import EvlogMachine
import EvlogStore
import EvlogTesting
import Testing

/// Adds up: whoever hears of it twice counts it twice.
private struct Sum: Mergeable {
  var value = 0
  mutating func merge(_ other: Sum) { value += other.value }
}

/// Takes the last that comes.
private struct Last: Mergeable {
  var value = 0
  mutating func merge(_ other: Last) { value = other.value }
}

@Suite struct MergeTests {
  /// Three replicas of one history, which hear of each other now and then.
  private func replicas<T: Mergeable>(
    of first: T, _ random: inout SeededGenerator,
    _ change: (inout T, _ replica: String, inout SeededGenerator) throws -> Void
  ) rethrows -> (T, T, T) {
    var all = [first, first, first]
    for _ in 0..<random.below(25) {
      let i = random.below(3)
      if random.below(4) == 0 { all[i].merge(all[random.below(3)]) }
      try change(&all[i], "r\(i)", &random)
    }
    return (all[0], all[1], all[2])
  }

  @Test func countersKeepTheLaws() throws {
    try expectMergeLaws(ofReplicas: { random in
      replicas(of: MergeableCounter(), &random) { counter, replica, random in
        counter.add(Int64(random.below(9)) - 4, at: replica)
      }
    })
  }

  @Test func registersKeepTheLaws() throws {
    // Also where two places write at the same time, and one writes twice at once.
    try expectMergeLaws { random in
      MergeableRegister(
        random.below(4), at: Timestamp(nanoseconds: Int64(random.below(3))),
        by: "r\(random.below(2))")
    }
  }

  @Test func setsAndMapsKeepTheLaws() throws {
    try expectMergeLaws(ofReplicas: { random in
      replicas(of: MergeableSet<Int>(), &random) { set, replica, random in
        if random.below(3) == 0 {
          set.remove(random.below(4))
        } else {
          set.insert(random.below(4), at: replica)
        }
      }
    })
    try expectMergeLaws(ofReplicas: { random in
      replicas(of: MergeableMap<String, MergeableCounter>(), &random) { map, replica, random in
        let key = "k\(random.below(3))"
        if random.below(4) == 0 {
          map.remove(key)
        } else {
          map.update(key, default: MergeableCounter(), at: replica) { $0.add(1, at: replica) }
        }
      }
    })
  }

  /// Everyone who has heard of everything has the same, and it is what was done.
  @Test func whoHasHeardAllAgrees() throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    print("seed \(seed)")
    var random = SeededGenerator(seed: seed)
    for _ in 0..<200 {
      var expected = 0
      let (a, b, c) = replicas(of: MergeableCounter(), &random) { counter, replica, random in
        let amount = random.below(9) - 4
        expected += amount
        counter.add(Int64(amount), at: replica)
      }
      #expect(a.merged(with: b).merged(with: c).value == Int128(expected))
    }
    var left = MergeableSet<String>()
    left.insert("x", at: "left")
    var right = left
    right.remove("x")
    left.insert("x", at: "left")
    // It was added anew where the removal had not been heard of.
    #expect(left.merged(with: right).elements == ["x"])
    right.merge(left)
    right.remove("x")
    #expect(left.merged(with: right).elements == [])
  }

  @Test func whatBreaksALawIsFound() {
    #expect(throws: ExpectationFailure.self) {
      try expectMergeLaws { Sum(value: $0.below(5)) }
    }
    #expect(throws: ExpectationFailure.self) {
      try expectMergeLaws { Last(value: $0.below(5)) }
    }
  }
}
