/// A generator whose whole sequence follows from its seed (SplitMix64, by Sebastiano Vigna).
public struct SeededGenerator: RandomNumberGenerator, Sendable {
  package private(set) var state: UInt64

  /// The same seed gives the same sequence, in every process.
  public init(seed: UInt64) { state = seed }

  public mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ z &>> 30) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ z &>> 27) &* 0x94d0_49bb_1331_11eb
    return z ^ z &>> 31
  }

  /// A number from 0 up to, but not including, `bound`; slightly uneven, and fast.
  public mutating func below(_ bound: Int) -> Int {
    bound <= 1 ? 0 : Int(next() >> 1) % bound
  }

  /// True once in this many calls, on average.
  public mutating func oneIn(_ count: Int) -> Bool { below(count) == 0 }
}
