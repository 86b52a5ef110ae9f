public import EvlogMachine

/// Expects that merging values of a type is commutative, associative and idempotent.
///
///     try expectMergeLaws { random in
///       var counter = MergeableCounter()
///       for _ in 0..<random.below(5) { counter.add(1, at: "replica \(random.below(3))") }
///       return counter
///     }
///
/// The values are made at random from a seed. Values that could not have come from one history, such as two
/// that added different things under the same tag, are no fair trial. Throws ``ExpectationFailure`` with the
/// law, the values and the seed.
public func expectMergeLaws<T: Mergeable>(
  trials: Int = 500, seed: UInt64 = .random(in: 0...UInt64.max),
  of make: (inout SeededGenerator) throws -> T
) throws {
  try expectMergeLaws(trials: trials, seed: seed) { random in
    (try make(&random), try make(&random), try make(&random))
  }
}

/// The same for values that are made three at a time: replicas of one history.
public func expectMergeLaws<T: Mergeable>(
  trials: Int = 500, seed: UInt64 = .random(in: 0...UInt64.max),
  ofReplicas make: (inout SeededGenerator) throws -> (T, T, T)
) throws {
  var random = SeededGenerator(seed: seed)
  for trial in 0..<trials {
    let (a, b, c) = try make(&random)
    func expect(_ law: String, _ left: T, _ right: T) throws {
      guard left != right else { return }
      throw ExpectationFailure(
        """
        merging \(T.self) is not \(law) (trial \(trial), seed \(seed))
        a      \(a)
        b      \(b)
        c      \(c)
        left   \(left)
        right  \(right)
        """)
    }
    try expect("commutative: a ∪ b is not b ∪ a", a.merged(with: b), b.merged(with: a))
    try expect(
      "associative: (a ∪ b) ∪ c is not a ∪ (b ∪ c)", a.merged(with: b).merged(with: c),
      a.merged(with: b.merged(with: c)))
    try expect("idempotent: a ∪ a is not a", a.merged(with: a), a)
    try expect(
      "idempotent: (a ∪ b) ∪ b is not a ∪ b", a.merged(with: b).merged(with: b), a.merged(with: b))
  }
}
